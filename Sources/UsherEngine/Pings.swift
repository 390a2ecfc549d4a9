package import UsherJob
internal import UsherModel
internal import UsherTransfer

/// Calls the URLs that a job names at start, success and failure: how a person learns that a cron job has stopped running.
package struct Pings: Sendable {
    private let urls: [Job.PingMoment: SecretReference]
    private let secrets: SecretStore

    /// Takes the job, and the environment its references are looked up in.
    package init(_ assembly: ConfiguredJob) {
        urls = assembly.job.ping
        secrets = SecretStore(environment: assembly.surroundings.environment, folder: assembly.job.folder)
    }

    /// Calls the URL of a moment, if there is one.
    ///
    /// - Returns: What went wrong, for people; nil where nothing did. It never stops a run.
    package func call(_ moment: Job.PingMoment) async -> String? {
        guard let reference = urls[moment] else { return nil }
        do throws(SecretError) {
            let secret = try secrets.secret(reference)
            return await get(secret, moment)
        } catch {
            return "ping.\(moment.rawValue): \(error)"
        }
    }

    /// The URL is a secret: no more than its host is shown.
    private func get(_ secret: Secret, _ moment: Job.PingMoment) async -> String? {
        do throws(TransferError) {
            let url = try secret.reveal { (text) throws(TransferError) in try HTTPURL(text) }
            var request = HTTPRequest(.get, url)
            request.visibility = .origin
            (request.totalTimeout, request.responseBytes) = (.seconds(30), 64 * 1024)
            let client = try HTTPClient()
            let response = try await client.send(request)
            await client.close()
            return (200..<300).contains(response.status) ? nil : "ping.\(moment.rawValue): answered \(response.status)"
        } catch {
            return "ping.\(moment.rawValue): \(error)"
        }
    }
}

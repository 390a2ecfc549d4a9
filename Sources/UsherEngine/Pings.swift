package import UsherJob
internal import UsherModel
internal import UsherTransfer

/// Calls the URLs that a job names at start, success and failure: how a person learns that a cron job has stopped running.
package struct Pings: Sendable {
    private let urls: [Job.PingMoment: SecretReference]
    private let secrets: SecretStore
    private let client = HTTPClient(userAgent: "usher")

    /// Takes the job and the environment its references are looked up in.
    package init(_ assembly: Assembly, environment: [String: String]) {
        urls = assembly.job.ping
        secrets = SecretStore(environment: environment, folder: assembly.job.folder)
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

    /// The URL is a secret: neither it nor its path is shown.
    private func get(_ secret: Secret, _ moment: Job.PingMoment) async -> String? {
        let request = secret.reveal { HTTPRequest(.get, $0) }
        do throws(TransferError) {
            let response = try await client.send(request)
            return (200..<300).contains(response.status) ? nil : "ping.\(moment.rawValue): answered \(response.status)"
        } catch {
            return "ping.\(moment.rawValue): \(error.found). \(error.next)"
        }
    }
}

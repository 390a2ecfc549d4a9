internal import UsherCredentials
package import UsherJob
internal import UsherModel
internal import UsherTransfer

/// Calls the URLs that a job names for start, success and failure, so that a monitoring service notices when cron stops running it.
package struct Pings: Sendable {
    private let urls: [Job.PingMoment: SecretReference]
    private let secrets: SecretStore

    package init(_ job: ConfiguredJob) {
        urls = job.definition.ping
        secrets = job.secrets
    }

    /// Calls the URL of a moment, if the job names one.
    ///
    /// - Returns: What went wrong, for a person; nil on success. A failed ping never stops a run.
    package func call(_ moment: Job.PingMoment) async -> String? {
        guard let reference = urls[moment] else { return nil }
        do throws(SecretError) {
            let secret = try secrets.secret(reference)
            return await get(secret, moment)
        } catch {
            return "ping.\(moment.rawValue): \(error)"
        }
    }

    /// Calls the URL, which is a secret: messages show only its scheme and host.
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

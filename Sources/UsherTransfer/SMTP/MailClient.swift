internal import Synchronization

/// Sends messages to mail servers over a bounded pool of reused connections, which one thread of its own serves.
///
/// Close it when done.
package final class MailClient: Sendable {
    private let options: MailTransferOptions
    private let loop = Mutex<MailLoop?>(nil)

    /// Creates a client; connections are opened when they are needed.
    package init(_ options: MailTransferOptions) { self.options = options }

    deinit { loop.withLock { $0?.abandon() } }

    /// Sends one message.
    ///
    /// Canceling the task ends the dialogue within about a second; if the final dot has been sent, the outcome is then
    /// in doubt.
    ///
    /// - Parameters:
    ///   - mail: The message.
    ///   - credentials: How to sign in; nil for not at all.
    ///   - wire: Awaited once, when everything but the message's last line end and the final dot has been sent. If it throws,
    ///     the dialogue ends without them, and nothing was delivered.
    /// - Returns: How the dialogue ended.
    /// - Throws: What `wire` throws.
    package func send<Failure: Error>(
        _ mail: MailTransfer, as credentials: MailCredentials?, wire: () async throws(Failure) -> Void
    ) async throws(Failure) -> MailOutcome {
        guard let loop = running() else { return .closed(options) }
        let log = Self.log(credentials)
        // A reused connection that the server has closed in the meantime is no reason to wait for the next run.
        for isLast in [false, true] {
            let job = MailJob(mail, credentials, log)
            guard loop.submit(.send(job)) else { break }
            var failure: Failure?
            var report = await Self.report(of: job, loop)
            if case .held = report {
                do throws(Failure) {
                    // An abandoned message is not completed either: that avoids a doubt.
                    if !job.isAbandoned { try await wire() }
                    loop.submit(.decide(job, !job.isAbandoned))
                } catch {
                    failure = error
                    loop.submit(.decide(job, false))
                }
                report = await Self.report(of: job, loop)
            }
            if let failure { throw failure }
            guard case .ended(let outcome) = report else { break }
            if isLast || !outcome.isStaleConnection { return outcome }
        }
        return .closed(options)
    }

    /// Connects to each server as for a message, and disconnects.
    ///
    /// No reply is waited for longer than half a minute.
    ///
    /// - Parameter credentials: How to sign in; nil for not at all.
    /// - Returns: One report for each server, in the order of the options.
    package func examine(as credentials: MailCredentials?) async -> [MailServerReport] {
        var reports: [MailServerReport] = []
        for server in options.servers {
            var options = options
            options.servers = [server]
            options.replyTimeout = min(options.replyTimeout, .seconds(30))
            let (visit, log) = (options, Self.log(credentials))
            reports.append(await OwnThread.run { MailServerReport(visiting: visit, as: credentials, log) })
        }
        return reports
    }

    /// Finishes the messages under way, then closes all connections with QUIT.
    package func close() async { await loop.withLock { $0 }?.close() }

    private static func log(_ credentials: MailCredentials?) -> DialogueLog? {
        var log = DialogueLog()
        if let credentials { log?.hide(credentials.secret) }
        return log
    }

    private func running() -> MailLoop? {
        loop.withLock { loop in
            if loop == nil { loop = MailLoop(options) }
            return loop
        }
    }

    private static func report(of job: MailJob, _ loop: MailLoop) async -> MailJob.Report {
        await withTaskCancellationHandler {
            await job.next()
        } onCancel: {
            job.abandon()
            loop.submit(.abandon(job))
        }
    }
}

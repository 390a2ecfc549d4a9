internal import Synchronization

/// Hands messages to mail servers over a bounded pool of reused connections, which one thread of its own watches.
///
/// Close it when done.
package final class MailClient: Sendable {
    private let options: MailTransferOptions
    private let loop = Mutex<MailLoop?>(nil)

    /// Takes the options; connections are made when they are needed.
    package init(_ options: MailTransferOptions) { self.options = options }

    deinit { loop.withLock { $0?.abandon() } }

    /// Hands over one message.
    ///
    /// Canceling the task ends the dialogue within a second or so; if the final dot has left, the outcome is in doubt then.
    ///
    /// - Parameters:
    ///   - mail: The message.
    ///   - credentials: How to sign in; nil for not at all.
    ///   - wire: Awaited once, when the server has taken everything but the message's last line end and the final dot. Where it throws,
    ///     the dialogue is ended without them: nothing was delivered.
    /// - Returns: What became of it.
    /// - Throws: What `wire` throws.
    package func send<Failure: Error>(
        _ mail: MailTransfer, as credentials: MailCredentials?, wire: () async throws(Failure) -> Void
    ) async throws(Failure) -> MailOutcome {
        guard let loop = running() else { return .closed(options) }
        // A reused connection that the server has ended meanwhile is no reason to wait for another run.
        for isLast in [false, true] {
            let job = MailJob(mail, credentials)
            guard loop.give(.carry(job)) else { break }
            var failure: Failure?
            var report = await Self.report(of: job, loop)
            if case .held = report {
                do throws(Failure) {
                    // What has been given up is not completed either: that spares a doubt.
                    if !job.isAbandoned { try await wire() }
                    loop.give(.decide(job, !job.isAbandoned))
                } catch {
                    failure = error
                    loop.give(.decide(job, false))
                }
                report = await Self.report(of: job, loop)
            }
            if let failure { throw failure }
            guard case .ended(let outcome) = report else { break }
            if isLast || !outcome.isStaleConnection { return outcome }
        }
        return .closed(options)
    }

    /// Connects to each server as for a message, and takes leave of it.
    ///
    /// No server is waited for longer than half a minute at a time.
    ///
    /// - Parameter credentials: How to sign in; nil for not at all.
    /// - Returns: What each said, in the order of the options.
    package func examine(as credentials: MailCredentials?) async -> [MailServerReport] {
        var reports: [MailServerReport] = []
        for server in options.servers {
            var options = options
            options.servers = [server]
            options.replyTimeout = min(options.replyTimeout, .seconds(30))
            let visit = options
            reports.append(await OwnThread.run { MailServerReport(visiting: visit, as: credentials) })
        }
        return reports
    }

    /// Ends all connections, with QUIT, once what is under way has come to its end.
    package func close() async { await loop.withLock { $0 }?.close() }

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
            job.giveUp()
            loop.give(.giveUp(job))
        }
    }
}

internal import Synchronization

/// Hands messages to mail servers over a bounded pool of reused connections, each with a thread of its own.
///
/// A thread for each connection, because libcurl waits for the reply to the final dot without giving its multi handle back
/// (7.88, `smtp_done`): one slow server would hold up all others. Close it when done.
package final class MailClient: Sendable {
    private let options: MailTransferOptions
    private let pool: Mutex<Pool>

    private struct Pool {
        var idle: [MailConnection] = []
        var made = 0
        var waiting: [CheckedContinuation<MailConnection?, Never>] = []
        var isClosed = false
    }

    /// Takes the options; connections are made when they are needed.
    package init(_ options: MailTransferOptions) {
        self.options = options
        pool = Mutex(Pool())
    }

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
        guard let connection = await take() else { return closed }
        defer { give(connection) }
        // A reused connection that the server has ended meanwhile is no reason to wait for another run.
        for isLast in [false, true] {
            let job = MailJob(mail, credentials)
            connection.start(job)
            var failure: Failure?
            var report = await Self.report(of: job)
            if case .held = report {
                do throws(Failure) {
                    // What has been given up is not completed either: that spares a doubt.
                    if !job.isAbandoned { try await wire() }
                    job.decide(!job.isAbandoned)
                } catch {
                    failure = error
                    job.decide(false)
                }
                report = await Self.report(of: job)
            }
            if let failure { throw failure }
            guard case .ended(let outcome) = report else { return closed }
            if isLast || !outcome.isStaleConnection { return outcome }
        }
        return closed
    }

    /// Ends all connections, with QUIT, once what is under way has come to its end.
    package func close() async {
        let (idle, waiting) = pool.withLock { pool in
            pool.isClosed = true
            defer { (pool.idle, pool.waiting) = ([], []) }
            return (pool.idle, pool.waiting)
        }
        for task in waiting { task.resume(returning: nil) }
        for connection in idle { await connection.stop() }
    }

    private static func report(of job: MailJob) async -> MailJob.Report {
        await withTaskCancellationHandler {
            await job.next()
        } onCancel: {
            job.giveUp()
        }
    }

    private var closed: MailOutcome {
        MailOutcome(
            phase: .connecting, server: options.servers.first ?? "", code: nil, enhanced: nil,
            text: "the client was closed, or no thread is left", isAccepted: false, isStaleConnection: false)
    }

    private func take() async -> MailConnection? {
        await withCheckedContinuation { continuation in
            let connection: MailConnection?? = pool.withLock { pool in
                guard !pool.isClosed else { return .some(nil) }
                // The one used last is the one most likely to be alive.
                if let idle = pool.idle.popLast() { return idle }
                if pool.made < max(1, options.connections) {
                    pool.made += 1
                    return MailConnection(options)
                }
                pool.waiting.append(continuation)
                return .none
            }
            if let connection { continuation.resume(returning: connection) }
        }
    }

    private func give(_ connection: MailConnection) {
        let next = pool.withLock { pool -> CheckedContinuation<MailConnection?, Never>? in
            if pool.waiting.isEmpty {
                if !pool.isClosed { pool.idle.append(connection) }
                return nil
            }
            return pool.waiting.removeFirst()
        }
        if let next { return next.resume(returning: connection) }
        if pool.withLock({ $0.isClosed }) { connection.abandon() }
    }
}

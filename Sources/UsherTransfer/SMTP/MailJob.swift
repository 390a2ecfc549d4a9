internal import Synchronization

/// One message on its way from a task to the client's thread and back.
///
/// The thread reports twice at most: that the server has everything but the message's end, and how the dialogue ended.
final class MailJob: Sendable {
    /// What the thread reports.
    enum Report: Sendable {
        /// The server has everything but the last line end: the final dot waits for the task's decision.
        case held
        /// The dialogue is over.
        case ended(MailOutcome)
    }

    let mail: MailTransfer
    let credentials: MailCredentials?
    let log: DialogueLog?
    private let isGivenUp = Atomic<Bool>(false)
    private let waiting = Mutex<(reports: [Report], task: CheckedContinuation<Report, Never>?)>(([], nil))

    init(_ mail: MailTransfer, _ credentials: MailCredentials?, _ log: DialogueLog?) {
        (self.mail, self.credentials, self.log) = (mail, credentials, log)
    }

    /// Returns the next report; called by the task.
    func next() async -> Report {
        await withCheckedContinuation { continuation in
            let report = waiting.withLock { state -> Report? in
                guard state.reports.isEmpty else { return state.reports.removeFirst() }
                state.task = continuation
                return nil
            }
            if let report { continuation.resume(returning: report) }
        }
    }

    /// Stops waiting for the server; called by the task.
    func abandon() { isGivenUp.store(true, ordering: .relaxed) }

    /// Whether the task no longer waits for the server.
    var isAbandoned: Bool { isGivenUp.load(ordering: .relaxed) }

    /// Reports to the task; called by the thread.
    func report(_ report: Report) {
        let task = waiting.withLock { state -> CheckedContinuation<Report, Never>? in
            defer { state.task = nil }
            if state.task == nil { state.reports.append(report) }
            return state.task
        }
        task?.resume(returning: report)
    }
}

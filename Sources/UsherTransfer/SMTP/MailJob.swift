internal import Synchronization

/// One message on its way from a task to the loop's thread and back.
///
/// The thread reports twice at most: that all but the message's end was handed over and it waits, and how the dialogue ended.
final class MailJob: Sendable {
    /// What the thread reports.
    enum Report: Sendable {
        /// All but the last line end was handed over: the final dot waits for the task's word.
        case held
        /// The dialogue is over.
        case ended(MailOutcome)
    }

    let mail: MailTransfer
    let credentials: MailCredentials?
    private let isGivenUp = Atomic<Bool>(false)
    private let waiting = Mutex<(report: [Report], task: CheckedContinuation<Report, Never>?)>(([], nil))

    init(_ mail: MailTransfer, _ credentials: MailCredentials?) {
        (self.mail, self.credentials) = (mail, credentials)
    }

    /// The next report; for the task.
    func next() async -> Report {
        await withCheckedContinuation { continuation in
            let report = waiting.withLock { state -> Report? in
                guard state.report.isEmpty else { return state.report.removeFirst() }
                state.task = continuation
                return nil
            }
            if let report { continuation.resume(returning: report) }
        }
    }

    /// Waits no longer for the server; for the task.
    func giveUp() { isGivenUp.store(true, ordering: .relaxed) }

    /// Whether the server is not waited for any more.
    var isAbandoned: Bool { isGivenUp.load(ordering: .relaxed) }

    /// Tells the task; for the thread.
    func report(_ report: Report) {
        let task = waiting.withLock { state -> CheckedContinuation<Report, Never>? in
            defer { state.task = nil }
            if state.task == nil { state.report.append(report) }
            return state.task
        }
        task?.resume(returning: report)
    }
}

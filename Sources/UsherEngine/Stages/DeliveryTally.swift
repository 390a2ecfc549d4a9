internal import Synchronization
internal import UsherModel
internal import UsherRender

/// What came of some deliveries.
struct DeliveryTally: Sendable {
    var tally = RunReport.Tally()
    var problems: [RunProblem] = []
    /// Why the channel takes nothing more in this run.
    var stop: Refusal?
    /// Whether this came from the heartbeat and is of no account.
    var isHeartbeat = false

    mutating func add(_ other: DeliveryTally) {
        tally.sent += other.tally.sent
        tally.failed += other.tally.failed
        tally.retrying += other.tally.retrying
        tally.inDoubt += other.tally.inDoubt
        tally.expired += other.tally.expired
        stop = stop ?? other.stop
        // What says the same is counted once; what is over the limit is not even kept.
        for finding in other.problems where problems.count < 4 * Limits.problemsShown && !problems.contains(finding) {
            problems.append(finding)
        }
    }

    /// The ledger refused: nothing more can be promised, so nothing more is sent.
    mutating func add(_ error: LedgerError) {
        problems.append(RunProblem(error.finding, error.description))
        stop = stop ?? Refusal(.storage, error.description)
    }

    mutating func add(_ error: RenderError, of claim: Claim) {
        tally.retrying += 1
        problems.append(RunProblem(.badJob, "\(claim.session.session.key), \(claim.rule): \(error)"))
    }

    /// Remembers a refusal that concerns the whole channel.
    mutating func stop(_ refusal: Refusal, at channel: ChannelName) {
        let code: RunProblem.Code
        switch refusal.scope {
        case .delivery: return
        case .channel: code = .retrying
        case .credentials: code = .refusedCredentials
        case .storage: code = .cannotWrite
        }
        stop = refusal
        problems.append(RunProblem(code, "channel \(channel): \(refusal). The rest waits for the next run"))
    }
}

/// Carries the wire mark out of the closure that a channel awaits.
final class WiredSlot: Sendable {
    private let content = Mutex<(wired: Wired?, error: LedgerError?)>((nil, nil))

    var wired: Wired? { content.withLock { $0.wired } }
    var error: LedgerError? { content.withLock { $0.error } }

    func put(_ wired: Wired) { content.withLock { $0.wired = wired } }
    func put(_ error: LedgerError) { content.withLock { $0.error = error } }
}

/// How far a run has come, for a progress bar.
package enum Progress: Sendable {
    /// These deliveries were finished.
    case finished(RunReport.Tally)
}

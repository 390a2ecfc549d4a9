internal import Synchronization
internal import UsherModel
internal import UsherRender

/// The outcomes of some deliveries, by number, and the problems they had.
struct DeliveryTally: Sendable {
    var tally = RunReport.Tally()
    var problems: [RunProblem] = []
    var notes: [String] = []
    /// The refusal because of which the channel gets nothing more for now.
    var stop: Stop?
    /// The number of deliveries that were claimed and not tried.
    var untried = 0
    /// Whether an answer shows that the channel is well.
    var isWell = false
    /// What failed permanently, by kind of refusal.
    var failures = FailureKinds()
    /// Whether the ledger failed: without it nothing may be sent.
    private(set) var hasLedgerFailed = false

    /// Whether nothing more may be started.
    var isStopped: Bool { stop != nil || hasLedgerFailed }

    /// A refusal that concerns the whole channel.
    struct Stop: Hashable, Sendable {
        let refusal: Refusal
        /// How long the server asked to wait.
        var after: Duration?
    }

    mutating func add(_ other: DeliveryTally) {
        tally.sent += other.tally.sent
        tally.failed += other.tally.failed
        tally.retrying += other.tally.retrying
        tally.inDoubt += other.tally.inDoubt
        tally.expired += other.tally.expired
        stop = stop ?? other.stop
        untried += other.untried
        isWell = isWell || other.isWell
        failures.add(other.failures)
        hasLedgerFailed = hasLedgerFailed || other.hasLedgerFailed
        notes += other.notes
        // Only the first of equal problems is kept, and none beyond the limit.
        for problem in other.problems where problems.count < 4 * Limits.problemsShown && !problems.contains(problem) {
            problems.append(problem)
        }
    }

    /// Takes back failures that turned out to be about us: those deliveries are pending again.
    mutating func reopen(_ count: Int, of kind: RefusalKind) {
        failures.remove(count, of: kind)
        tally.failed = max(0, tally.failed - count)
        tally.retrying += count
    }

    /// Adds a failure of the ledger, and stops: without the ledger nothing may be sent.
    mutating func add(_ error: LedgerError) {
        problems.append(RunProblem(error.problemCode, error.description))
        hasLedgerFailed = true
    }

    mutating func add(_ error: RenderError, of claim: Claim) {
        tally.retrying += 1
        let code: RunProblem.Code = error.code == .notInSource ? .retrying : .badJob
        problems.append(RunProblem(code, "\(claim.session.session.key), \(claim.rule): \(error)"))
    }
}

/// Carries the result of recording a wire mark out of the closure that a channel awaits.
final class WireMark: Sendable {
    private let result = Mutex<Result<Wired, LedgerError>?>(nil)

    /// The mark; nil where it was not asked for, or could not be recorded.
    var wired: Wired? {
        result.withLock { if case .success(let wired) = $0 { wired } else { nil } }
    }
    /// Why the mark could not be recorded; nil where it was, or where it was not asked for.
    var error: LedgerError? {
        result.withLock { if case .failure(let error) = $0 { error } else { nil } }
    }

    func set(_ result: Result<Wired, LedgerError>) { self.result.withLock { $0 = result } }
}

/// The progress of a run, for display.
package enum Progress: Sendable {
    /// These deliveries were finished.
    case finished(RunReport.Tally)
}

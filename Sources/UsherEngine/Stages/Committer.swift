internal import Synchronization
internal import UsherLedger
internal import UsherModel

/// Gathers what waits for the ledger's disk into one commit: while one is being written, the next gathers, and for a moment after it.
///
/// Every delivery waits twice: for its wire mark before the completing byte may leave, and for its settlement. With many under way at once,
/// each commit serves all that wait, so that durability costs one flush for many. What was asked for first is written first, or together
/// with what came later: a mark is never on disk without the settlements that were asked for before it.
final class Committer: Sendable {
    private let ledger: Ledger
    private let now: Instant
    private let clock: WallClock
    private let gather: @Sendable () async -> Void
    private let queue = Mutex(Queue())

    /// How often a commit that still grows is put off; each time for a moment, so that a flush serves more.
    private static let patience = 2

    private struct Queue {
        var marks: [Mark] = []
        var settlements: [Settling] = []
        var isCommitting = false
        /// Deliveries that are on a connection: each asks for a mark, and then for its settlement.
        var underWay = 0

        /// How many wait; nil where no other can join them soon.
        var growth: Int? { marks.count < underWay ? marks.count + settlements.count : nil }

        /// All that waits; nil, and no one commits any more, where nothing does.
        mutating func next() -> (marks: [Mark], settlements: [Settling])? {
            isCommitting = !marks.isEmpty || !settlements.isEmpty
            defer { (marks, settlements) = ([], []) }
            return isCommitting ? (marks, settlements) : nil
        }
    }

    private struct Mark {
        let claim: Claim
        let answer: CheckedContinuation<Result<Wired, LedgerError>, Never>
    }

    private struct Settling {
        let settlement: Settlement
        let answer: CheckedContinuation<Result<Void, LedgerError>, Never>
    }

    init(ledger: Ledger, _ settings: RunSettings) {
        self.ledger = ledger
        (now, clock, gather) = (settings.now, settings.clock, settings.gather)
    }

    /// Notes that a delivery is on a connection: others wait a moment for it.
    func begin() { queue.withLock { $0.underWay += 1 } }

    /// Notes that it is no more.
    func end() { queue.withLock { $0.underWay -= 1 } }

    /// Returns once the ledger holds on disk that the delivery is about to be completed.
    ///
    /// - Throws: ``LedgerError`` where it does not; nothing may leave then.
    func wire(_ claim: Claim) async throws(LedgerError) -> Wired {
        let result = await withCheckedContinuation { answer in
            ask { $0.marks.append(Mark(claim: claim, answer: answer)) }
        }
        return try result.get()
    }

    /// Returns once the ledger holds on disk what became of the delivery.
    ///
    /// - Parameters:
    ///   - settlement: What became of it.
    ///   - onQueued: Called when it is certain that no mark asked for from now on is on disk before this is.
    /// - Throws: ``LedgerError`` where it does not; the delivery is then found by the next run's recovery.
    func settle(_ settlement: Settlement, onQueued: () -> Void = {}) async throws(LedgerError) {
        let result = await withCheckedContinuation { answer in
            ask { $0.settlements.append(Settling(settlement: settlement, answer: answer)) }
            onQueued()
        }
        try result.get()
    }

    private func ask(_ add: (inout Queue) -> Void) {
        let isFirst = queue.withLock { queue in
            add(&queue)
            defer { queue.isCommitting = true }
            return !queue.isCommitting
        }
        if isFirst { Task { await commit() } }
    }

    @concurrent
    private func commit() async {
        while let (marks, settlements) = await gathered() {
            if marks.isEmpty || settlements.isEmpty || !commit(settlements, marks) {
                // What one mark cannot have, the settlements still may; without them, no mark may be.
                if let error = commit(settlements) {
                    for mark in marks { mark.answer.resume(returning: .failure(error)) }
                } else {
                    commit(marks)
                }
            }
            await Task.yield()
        }
    }

    /// All that waits, once it grows no more.
    private func gathered() async -> (marks: [Mark], settlements: [Settling])? {
        var last = 0
        for _ in 0..<Self.patience {
            guard let count = queue.withLock({ $0.growth }), count > last else { break }
            last = count
            await gather()
        }
        return queue.withLock { $0.next() }
    }

    /// Both in one commit: one flush for all; false where the ledger refused it.
    private func commit(_ settlements: [Settling], _ marks: [Mark]) -> Bool {
        do throws(LedgerError) {
            let results = try ledger.settle(
                settlements.map(\.settlement), wiring: marks.map(\.claim), now: now, clock: clock.now())
            for item in settlements { item.answer.resume(returning: .success(())) }
            for (mark, result) in zip(marks, results) { mark.answer.resume(returning: result) }
            return true
        } catch {
            return false
        }
    }

    private func commit(_ batch: [Mark]) {
        guard !batch.isEmpty else { return }
        do throws(LedgerError) {
            let results = try ledger.wire(batch.map(\.claim), clock: clock.now())
            for (mark, result) in zip(batch, results) { mark.answer.resume(returning: result) }
        } catch {
            for mark in batch { mark.answer.resume(returning: .failure(error)) }
        }
    }

    private func commit(_ batch: [Settling]) -> LedgerError? {
        guard !batch.isEmpty else { return nil }
        do throws(LedgerError) {
            try ledger.settle(batch.map(\.settlement), now: now)
            for item in batch { item.answer.resume(returning: .success(())) }
            return nil
        } catch {
            for item in batch { item.answer.resume(returning: .failure(error)) }
            return error
        }
    }
}

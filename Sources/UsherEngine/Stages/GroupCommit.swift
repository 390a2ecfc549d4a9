internal import Synchronization
internal import UsherModel

/// Gathers what waits for the ledger's disk into one commit: while one is being written, the next gathers.
///
/// Every delivery waits twice: for its wire mark before the completing byte may leave, and for its settlement. With many under way at once,
/// each commit serves all that wait, so that durability costs one flush for many. What was asked for first is written first, or together
/// with what came later: a mark is never on disk without the settlements that were asked for before it.
final class GroupCommit: Sendable {
    private let ledger: any Ledger
    private let now: Instant
    private let clock: WallClock
    private let queue = Mutex(Queue())

    private struct Queue {
        var marks: [Mark] = []
        var outcomes: [PendingOutcome] = []
        var isCommitting = false

        /// All that waits; nil, and no one commits any more, where nothing does.
        mutating func next() -> (marks: [Mark], outcomes: [PendingOutcome])? {
            isCommitting = !marks.isEmpty || !outcomes.isEmpty
            defer { (marks, outcomes) = ([], []) }
            return isCommitting ? (marks, outcomes) : nil
        }
    }

    private struct Mark {
        let claim: Claim
        let answer: CheckedContinuation<Result<Wired, LedgerError>, Never>
    }

    private struct PendingOutcome {
        let outcome: DeliveryOutcome
        let answer: CheckedContinuation<Result<Void, LedgerError>, Never>
    }

    init(ledger: any Ledger, _ settings: RunSettings) {
        self.ledger = ledger
        (now, clock) = (settings.now, settings.clock)
    }

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
    ///   - outcome: What became of it.
    ///   - onQueued: Called when it is certain that no mark asked for from now on is on disk before this is.
    /// - Throws: ``LedgerError`` where it does not; the delivery is then found by the next run's recovery.
    func finish(_ outcome: DeliveryOutcome, onQueued: () -> Void = {}) async throws(LedgerError) {
        let result = await withCheckedContinuation { answer in
            ask { $0.outcomes.append(PendingOutcome(outcome: outcome, answer: answer)) }
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
        // All that is under way waits for the disk, so that what goes to it goes before any rendering.
        if isFirst { Task(priority: .high) { await commit() } }
    }

    @concurrent
    private func commit() async {
        while let (marks, outcomes) = queue.withLock({ $0.next() }) {
            let isCommitted = marks.isEmpty || outcomes.isEmpty ? false : await commit(outcomes, marks)
            if !isCommitted {
                // What one mark cannot have, the settlements still may; without them, no mark may be.
                if let error = await commit(outcomes) {
                    for mark in marks { mark.answer.resume(returning: .failure(error)) }
                } else {
                    await commit(marks)
                }
            }
            await Task.yield()
        }
    }

    /// Both in one commit: one flush for all; false where the ledger refused it.
    private func commit(_ outcomes: [PendingOutcome], _ marks: [Mark]) async -> Bool {
        do throws(LedgerError) {
            let results = try await ledger.finish(
                outcomes.map(\.outcome), wiring: marks.map(\.claim), now: now, clock: clock.now())
            for item in outcomes { item.answer.resume(returning: .success(())) }
            for (mark, result) in zip(marks, results) { mark.answer.resume(returning: result) }
            return true
        } catch {
            return false
        }
    }

    private func commit(_ batch: [Mark]) async {
        guard !batch.isEmpty else { return }
        do throws(LedgerError) {
            let results = try await ledger.wire(batch.map(\.claim), clock: clock.now())
            for (mark, result) in zip(batch, results) { mark.answer.resume(returning: result) }
        } catch {
            for mark in batch { mark.answer.resume(returning: .failure(error)) }
        }
    }

    private func commit(_ batch: [PendingOutcome]) async -> LedgerError? {
        guard !batch.isEmpty else { return nil }
        do throws(LedgerError) {
            try await ledger.finish(batch.map(\.outcome), now: now)
            for item in batch { item.answer.resume(returning: .success(())) }
            return nil
        } catch {
            for item in batch { item.answer.resume(returning: .failure(error)) }
            return error
        }
    }
}

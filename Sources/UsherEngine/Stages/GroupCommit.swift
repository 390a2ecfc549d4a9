internal import Synchronization
internal import UsherModel

/// Writes wire marks and outcomes to the ledger in groups: while one commit is being written, the next one collects.
///
/// Every delivery waits for the disk twice: for its wire mark, before the byte that completes it may be sent, and for its outcome. With many
/// deliveries under way, one commit and one flush serve all that are waiting. Requests are written in order or together: a mark is
/// never on disk without the outcomes that were requested before it.
final class GroupCommit: Sendable {
    private let ledger: any Ledger
    private let time: RunClock
    private let queue = Mutex(Queue())

    private struct Queue {
        var marks: [Mark] = []
        var outcomes: [PendingOutcome] = []
        var isCommitting = false

        /// Everything that is waiting; nil where nothing is, and then nobody is committing any more.
        mutating func next() -> (marks: [Mark], outcomes: [PendingOutcome])? {
            isCommitting = !marks.isEmpty || !outcomes.isEmpty
            defer { (marks, outcomes) = ([], []) }
            return isCommitting ? (marks, outcomes) : nil
        }
    }

    private struct Mark {
        let request: MarkRequest
        let answer: CheckedContinuation<Result<Wired, LedgerError>, Never>
    }

    private struct PendingOutcome {
        let outcome: DeliveryOutcome
        let answer: CheckedContinuation<Result<Void, LedgerError>, Never>
    }

    init(ledger: any Ledger, _ settings: RunSettings) {
        self.ledger = ledger
        time = settings.time
    }

    /// Marks a delivery as on the wire; returns when the mark is on disk.
    ///
    /// - Throws: ``LedgerError`` where it is not; the delivery must not be completed then.
    func wire(_ mark: MarkRequest) async throws(LedgerError) -> Wired {
        let result = await withCheckedContinuation { answer in
            request { $0.marks.append(Mark(request: mark, answer: answer)) }
        }
        return try result.get()
    }

    /// Records the outcome of a delivery; returns when it is on disk.
    ///
    /// - Parameters:
    ///   - outcome: The outcome.
    ///   - onQueued: Called as soon as no mark that is requested from now on can be on disk before this outcome.
    /// - Throws: ``LedgerError`` where it is not on disk; the next run then recovers the delivery.
    func finish(_ outcome: DeliveryOutcome, onQueued: () -> Void = {}) async throws(LedgerError) {
        let result = await withCheckedContinuation { answer in
            request { $0.outcomes.append(PendingOutcome(outcome: outcome, answer: answer)) }
            onQueued()
        }
        try result.get()
    }

    private func request(_ add: (inout Queue) -> Void) {
        let isFirst = queue.withLock { queue in
            add(&queue)
            defer { queue.isCommitting = true }
            return !queue.isCommitting
        }
        // Every delivery waits for the disk, so commits take precedence over rendering.
        if isFirst { Task(priority: .high) { await commit() } }
    }

    @concurrent
    private func commit() async {
        while let (marks, outcomes) = queue.withLock({ $0.next() }) {
            let isCommitted = marks.isEmpty || outcomes.isEmpty ? false : await commit(outcomes, marks)
            if !isCommitted {
                // Where both together fail, the outcomes may still succeed alone. Without them, no mark may be written.
                if let error = await commit(outcomes) {
                    for mark in marks { mark.answer.resume(returning: .failure(error)) }
                } else {
                    await commit(marks)
                }
            }
            await Task.yield()
        }
    }

    /// Writes both in one commit, with one flush.
    ///
    /// - Returns: `false` where the ledger refused it.
    private func commit(_ outcomes: [PendingOutcome], _ marks: [Mark]) async -> Bool {
        do throws(LedgerError) {
            let results = try await ledger.finish(
                outcomes.map(\.outcome), wiring: marks.map(\.request), now: time.now(), clock: time.wall.now())
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
            let results = try await ledger.wire(batch.map(\.request), now: time.now(), clock: time.wall.now())
            for (mark, result) in zip(batch, results) { mark.answer.resume(returning: result) }
        } catch {
            for mark in batch { mark.answer.resume(returning: .failure(error)) }
        }
    }

    private func commit(_ batch: [PendingOutcome]) async -> LedgerError? {
        guard !batch.isEmpty else { return nil }
        do throws(LedgerError) {
            try await ledger.finish(batch.map(\.outcome), now: time.now())
            for item in batch { item.answer.resume(returning: .success(())) }
            return nil
        } catch {
            for item in batch { item.answer.resume(returning: .failure(error)) }
            return error
        }
    }
}

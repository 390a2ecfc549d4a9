internal import UsherLedger
internal import UsherModel

/// Gathers what waits for the ledger's disk into one commit: while one is being written, the next gathers.
///
/// Every delivery waits twice: for its wire mark before the completing byte may leave, and for its settlement. With many under way at once,
/// each commit serves all that wait, so that durability costs one flush for many.
actor Committer {
    private let ledger: Ledger
    private let now: Instant
    private let clock: WallClock
    private var marks: [Mark] = []
    private var settlements: [Settling] = []
    private var isCommitting = false

    private struct Mark {
        let claim: Claim
        let answer: CheckedContinuation<Result<Wired, LedgerError>, Never>
    }

    private struct Settling {
        let settlement: Settlement
        let answer: CheckedContinuation<Result<Void, LedgerError>, Never>
    }

    init(ledger: Ledger, now: Instant, clock: WallClock) {
        self.ledger = ledger
        self.now = now
        self.clock = clock
    }

    /// Returns once the ledger holds on disk that the delivery is about to be completed.
    ///
    /// - Throws: ``LedgerError`` where it does not; nothing may leave then.
    func wire(_ claim: Claim) async throws(LedgerError) -> Wired {
        let result = await withCheckedContinuation { answer in
            marks.append(Mark(claim: claim, answer: answer))
            start()
        }
        return try result.get()
    }

    /// Returns once the ledger holds on disk what became of the delivery.
    ///
    /// - Throws: ``LedgerError`` where it does not; the delivery is then found by the next run's recovery.
    func settle(_ settlement: Settlement) async throws(LedgerError) {
        let result = await withCheckedContinuation { answer in
            settlements.append(Settling(settlement: settlement, answer: answer))
            start()
        }
        try result.get()
    }

    private func start() {
        guard !isCommitting else { return }
        isCommitting = true
        Task { await commit() }
    }

    private func commit() async {
        while !marks.isEmpty || !settlements.isEmpty {
            commitSettlements()
            commitMarks()
            await Task.yield()
        }
        isCommitting = false
    }

    private func commitMarks() {
        let batch = marks
        marks = []
        guard !batch.isEmpty else { return }
        do throws(LedgerError) {
            let results = try ledger.wire(batch.map(\.claim), clock: clock.now())
            for (mark, result) in zip(batch, results) { mark.answer.resume(returning: result) }
        } catch {
            for mark in batch { mark.answer.resume(returning: .failure(error)) }
        }
    }

    private func commitSettlements() {
        let batch = settlements
        settlements = []
        guard !batch.isEmpty else { return }
        do throws(LedgerError) {
            try ledger.settle(batch.map(\.settlement), now: now)
            for item in batch { item.answer.resume(returning: .success(())) }
        } catch {
            for item in batch { item.answer.resume(returning: .failure(error)) }
        }
    }
}

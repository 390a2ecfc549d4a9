package import UsherModel

/// The calls of a ledger with what most tests do not care about filled in.
extension Ledger {
    /// Acquires the planning lease of a job for five minutes.
    package func planningLease(
        job: String, at now: Instant, owner: Owner = Owner(rawValue: "planner")
    ) async throws(LedgerError) -> PlanningLease {
        let answer = try await acquirePlanningLease(
            job: job, owner: owner, until: now + .seconds(300), clock: now, isAlive: { _ in true })
        guard case .acquired(let lease) = answer else {
            throw LedgerError(.busy, location: location, problem: "\(answer)", next: "Release it")
        }
        return lease
    }

    /// The id of the newest delivery to an address; nil where there is none.
    package func id(to address: Address) async throws(LedgerError) -> DeliveryID? {
        var filter = LedgerFilter()
        filter.address = address
        return try await list(filter).first?.id
    }

    /// Marks claims as of one instant, with content that no one repeats.
    package func wire(_ claims: [Claim], clock: Instant) async throws(LedgerError) -> [Result<Wired, LedgerError>] {
        try await wire(claims.map { MarkRequest($0, clock) }, now: clock, clock: clock)
    }

    /// Records outcomes and marks claims, with content that no one repeats.
    package func finish(
        _ outcomes: [DeliveryOutcome], wiring claims: [Claim], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>] {
        try await finish(outcomes, wiring: claims.map { MarkRequest($0, clock) }, now: now, clock: clock)
    }

    /// Recovers what dead runs have left, where a lease lasts five minutes.
    package func recover(
        job: String, clock: Instant, now: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> Recovered {
        try await recover(job: job, clock: clock, lease: .seconds(300), now: now, isAlive: isAlive)
    }
}

extension MarkRequest {
    fileprivate init(_ claim: Claim, _ at: Instant) { self.init(claim, RenderedContent(at: at, digest: nil)) }
}

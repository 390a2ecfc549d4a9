/// The way of a delivery: claim, wire mark, outcome; and the rates and leases it goes under.
public protocol DeliveryStore: Sendable {
    /// Whether a channel has anything due.
    ///
    /// - Throws: ``LedgerError``.
    func hasDue(job: String, channel: ChannelName, now: Instant) async throws(LedgerError) -> Bool

    /// Claims due deliveries of a channel, oldest first, and skips those that have expired.
    ///
    /// A delivery of a session that is a draft or canceled is not claimed, unless it tells of the cancellation: the next plan decides.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - limit: The most deliveries to claim.
    ///   - owner: The run that claims.
    ///   - until: When the lease ends, by the clock.
    ///   - now: The time of the run.
    ///   - isExpiring: Whether to look for expired deliveries; once a run is enough, because its time stands still.
    /// - Returns: The claims; no other run has any of them.
    /// - Throws: ``LedgerError``.
    func claim(
        job: String, channel: ChannelName, limit: Int, owner: Owner, until: Instant, now: Instant, isExpiring: Bool
    ) async throws(LedgerError) -> ClaimBatch

    /// Marks claims as about to be completed, in one commit.
    ///
    /// - Parameters:
    ///   - claims: What is about to be completed.
    ///   - clock: Real time.
    /// - Returns: For each claim the mark, or why there is none: the claim went to another run, or its session has been revised.
    /// - Throws: ``LedgerError`` where nothing could be written; then no mark holds.
    func wire(_ claims: [Claim], clock: Instant) async throws(LedgerError) -> [Result<Wired, LedgerError>]

    /// Records the outcomes of claims, in one commit.
    ///
    /// Where another run has put a delivery in doubt meanwhile, the outcome replaces the doubt. What another run has claimed since is left to it.
    ///
    /// - Throws: ``LedgerError``.
    func finish(_ outcomes: [DeliveryOutcome], now: Instant) async throws(LedgerError)

    /// Records the outcomes of some claims and marks others as about to be completed, in one commit.
    ///
    /// - Returns: For each claim to be marked the mark, or why there is none.
    /// - Throws: ``LedgerError`` where nothing could be written; then none of it holds.
    func finish(
        _ outcomes: [DeliveryOutcome], wiring claims: [Claim], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>]

    /// Extends all leases of an owner.
    ///
    /// - Throws: ``LedgerError``.
    func renewLeases(owner: Owner, until: Instant) async throws(LedgerError)

    /// Recovers what dead runs have left: their process is gone, or their lease has ended.
    ///
    /// A delivery they had only claimed is pending again; one with a wire mark is in doubt.
    ///
    /// - Throws: ``LedgerError``.
    func recover(
        job: String, clock: Instant, now: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> Recovered

    /// Takes tokens from a channel's bucket, which all runs share and no restart refills.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - wanted: How many the caller would use.
    ///   - perSecond: How fast the bucket fills.
    ///   - burst: How many it holds.
    ///   - clock: Real time; where it went backwards, nothing is added.
    /// - Returns: How many were granted, `wanted` at most.
    /// - Throws: ``LedgerError``.
    func claimTokens(
        job: String, channel: ChannelName, wanted: Int, perSecond: Double, burst: Int, clock: Instant
    ) async throws(LedgerError) -> Tokens
}

extension DeliveryStore {
    /// Claims due deliveries of a channel, oldest first, and skips those that have expired.
    ///
    /// - Throws: ``LedgerError``.
    public func claim(
        job: String, channel: ChannelName, limit: Int, owner: Owner, until: Instant, now: Instant
    ) async throws(LedgerError) -> ClaimBatch {
        try await claim(
            job: job, channel: channel, limit: limit, owner: owner, until: until, now: now, isExpiring: true)
    }
}

/// The result of one claim.
public struct ClaimBatch: Sendable {
    /// What may be sent.
    public let claims: [Claim]
    /// The number of deliveries that had expired and are skipped.
    public let expired: Int

    /// Creates a batch.
    public init(claims: [Claim], expired: Int) { (self.claims, self.expired) = (claims, expired) }
}

/// The result of a recovery.
public struct Recovered: Hashable, Sendable {
    /// The number of deliveries that a dead run had only claimed: certainly not delivered, pending again.
    public let released: Int
    /// The number of deliveries with the wire mark of a dead run: in doubt.
    public let doubtful: Int

    /// Creates a result.
    public init(released: Int, doubtful: Int) { (self.released, self.doubtful) = (released, doubtful) }
}

/// How many deliveries may go now, and when more may.
public struct Tokens: Hashable, Sendable {
    /// How many may go now.
    public let granted: Int
    /// When there will be another.
    public let nextAt: Instant

    /// Creates a grant.
    public init(granted: Int, nextAt: Instant) { (self.granted, self.nextAt) = (granted, nextAt) }
}

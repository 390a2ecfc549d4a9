/// The way of a delivery: claim, wire mark, outcome; and the leases it goes under.
public protocol DeliveryStore: Sendable {
    /// Whether a channel has anything due.
    ///
    /// - Throws: ``LedgerError``.
    func hasDue(job: String, channel: ChannelName, now: Instant) async throws(LedgerError) -> Bool

    /// Claims due deliveries of a channel, and skips those that are no longer to be sent.
    ///
    /// These are: what has expired; what is for someone who is suppressed, or has lost their seat since the delivery was planned; what belongs
    /// to a canceled session, except for the cancellation itself; a cancellation or a change that was undone. A delivery of a session that is
    /// a draft waits.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - limit: The most deliveries to claim.
    ///   - order: Which ones to claim first.
    ///   - owner: The run that claims.
    ///   - until: When the lease ends, by the clock.
    ///   - now: The time of the run.
    /// - Returns: The claims, `limit` at most; no other run has any of them.
    /// - Throws: ``LedgerError``.
    func claim(
        job: String, channel: ChannelName, limit: Int, order: ClaimOrder, owner: Owner, until: Instant, now: Instant
    ) async throws(LedgerError) -> ClaimBatch

    /// Marks claims as about to be completed, in one commit, which judges again whether each is still to be sent, as
    /// ``claim(job:channel:limit:owner:until:now:)`` does; where it is not, it is skipped.
    ///
    /// - Parameters:
    ///   - requests: What is about to be completed.
    ///   - now: The time of the run.
    ///   - clock: Real time.
    /// - Returns: For each request the mark, or why there is none: `leaseLost` where the claim went to another run, `outdated` where its
    ///   session has been revised since, `noLongerDue` where it has been skipped.
    /// - Throws: ``LedgerError`` where nothing could be written; then no mark holds.
    func wire(
        _ requests: [MarkRequest], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>]

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
        _ outcomes: [DeliveryOutcome], wiring requests: [MarkRequest], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>]

    /// Extends all leases of an owner.
    ///
    /// - Throws: ``LedgerError``.
    func renewLeases(owner: Owner, until: Instant) async throws(LedgerError)

    /// Recovers what dead runs have left: their process is gone, their lease has ended, or it ends further ahead than twice its length,
    /// because a clock was wrong.
    ///
    /// A delivery they had only claimed is pending again; one with a wire mark is in doubt.
    ///
    /// - Throws: ``LedgerError``.
    func recover(
        job: String, clock: Instant, lease: Duration, now: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> Recovered

    /// What of a channel waits to be sent.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - owner: The run that asks: what it holds itself is not being sent by another.
    ///   - now: The time of the run.
    /// - Returns: The backlog.
    /// - Throws: ``LedgerError``.
    func backlog(
        job: String, channel: ChannelName, owner: Owner, now: Instant
    ) async throws(LedgerError) -> Backlog

    /// What of a channel has not ended, and expires after one instant and not after another.
    ///
    /// - Throws: ``LedgerError``.
    func expiring(
        job: String, channel: ChannelName, after: Instant, until: Instant
    ) async throws(LedgerError) -> Expiring
}

/// Which due deliveries are claimed first.
public enum ClaimOrder: Hashable, Sendable {
    /// Those that fell due first.
    case oldest
    /// Those that were not refused yet, then the oldest: what tries whether a channel is well should not depend on one recipient.
    case untried
}

extension DeliveryStore {
    /// Claims due deliveries of a channel, oldest first.
    ///
    /// - Throws: ``LedgerError``.
    public func claim(
        job: String, channel: ChannelName, limit: Int, owner: Owner, until: Instant, now: Instant
    ) async throws(LedgerError) -> ClaimBatch {
        try await claim(
            job: job, channel: channel, limit: limit, order: .oldest, owner: owner, until: until, now: now)
    }
}

/// The result of one claim.
public struct ClaimBatch: Sendable {
    /// What may be sent.
    public let claims: [Claim]
    /// The number of deliveries that expired while they waited, and are skipped.
    public let expired: Int

    /// Creates a batch.
    public init(claims: [Claim], expired: Int) { (self.claims, self.expired) = (claims, expired) }
}

/// The deliveries that a clock which jumps ahead would let expire.
public struct Expiring: Hashable, Sendable {
    /// The number of those that certainly have not arrived.
    public let waiting: Int
    /// The number of those that may have arrived.
    public let doubtful: Int

    /// Creates the numbers.
    public init(waiting: Int, doubtful: Int) { (self.waiting, self.doubtful) = (waiting, doubtful) }
}

/// What of a channel waits to be sent.
///
/// A delivery of a session that is a draft is not counted.
public struct Backlog: Hashable, Sendable {
    /// The number of deliveries that have fallen due.
    public let count: Int
    /// The earliest instant at which one of them may be tried; nil where none waits.
    public let nextAt: Instant?
    /// When the first of them expires, or a reminder would have that one of them replaced; nil where none waits.
    public let firstExpiry: Instant?
    /// Those of them that were refused, by what the refusal was about.
    public let refused: [Part]
    /// Whether another run is sending over this channel.
    public let isBeingSent: Bool

    /// What was refused for reasons of one scope.
    public struct Part: Hashable, Sendable {
        /// What the refusals were about, and the words of one of them.
        public let refusal: Refusal
        /// The number of deliveries.
        public let count: Int
        /// When the first of them fell due.
        public let since: Instant

        /// Creates a part.
        public init(refusal: Refusal, count: Int, since: Instant) {
            (self.refusal, self.count, self.since) = (refusal, count, since)
        }
    }

    /// Creates a backlog.
    public init(count: Int, nextAt: Instant?, firstExpiry: Instant?, refused: [Part], isBeingSent: Bool) {
        (self.count, self.nextAt, self.firstExpiry) = (count, nextAt, firstExpiry)
        (self.refused, self.isBeingSent) = (refused, isBeingSent)
    }
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

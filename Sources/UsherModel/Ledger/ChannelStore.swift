/// How a channel stands: the trouble it had, and the budget of its rate.
public protocol ChannelStore: Sendable {
    /// The trouble that a channel had last; nil where it is well.
    ///
    /// - Throws: ``LedgerError``.
    func trouble(job: String, channel: ChannelName) async throws(LedgerError) -> ChannelTrouble?

    /// Records that a channel refused everything, so that nothing is sent before an instant.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - refusal: What the server said, or what happened.
    ///   - notBefore: When it is tried again.
    ///   - now: The time of the run.
    /// - Throws: ``LedgerError``.
    func recordTrouble(
        job: String, channel: ChannelName, _ refusal: Refusal, notBefore: Instant, now: Instant
    ) async throws(LedgerError)

    /// Records that a channel is well: everything that waited for it may go, and refusals no longer count as in a row.
    ///
    /// - Throws: ``LedgerError``.
    func endTrouble(job: String, channel: ChannelName) async throws(LedgerError)

    /// Whether deliveries of a channel were refused since it last delivered one.
    ///
    /// - Throws: ``LedgerError``.
    func hasRefusals(job: String, channel: ChannelName) async throws(LedgerError) -> Bool

    /// Records that a delivery failed with a kind of refusal; where too many in a row did, all of them are pending again.
    ///
    /// In a row means without ``endTrouble(job:channel:)`` in between, over all runs.
    ///
    /// - Parameters:
    ///   - kind: What the refusals have in common.
    ///   - key: The delivery, which has failed.
    ///   - limit: How many in a row are too many.
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - now: The time of the run.
    /// - Returns: How many are pending again; 0 where there were fewer than `limit`.
    /// - Throws: ``LedgerError``.
    func countRefusal(
        _ kind: RefusalKind, of key: DedupeKey, limit: Int, job: String, channel: ChannelName, now: Instant
    ) async throws(LedgerError) -> Int

    /// Spends from the budget of a channel's rate, which all runs share and no restart renews.
    ///
    /// A budget is the number of deliveries that may leave within any period as long as its window, to within a sixtieth of it. What is
    /// recorded later than `clock`, by a clock that was wrong, counts as spent at `clock`.
    ///
    /// - Parameters:
    ///   - wanted: How many deliveries the caller would send; zero to ask only.
    ///   - budget: The budget.
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - owner: The run that asks.
    ///   - clock: Real time.
    /// - Returns: How many may be sent.
    /// - Throws: ``LedgerError``.
    func spend(
        _ wanted: Int, of budget: Budget, job: String, channel: ChannelName, owner: Owner, clock: Instant
    ) async throws(LedgerError) -> Grant

    /// Gives back what was not used.
    ///
    /// - Throws: ``LedgerError``.
    func giveBack(_ unused: Int, job: String, channel: ChannelName) async throws(LedgerError)
}

/// Why nothing is sent over a channel for the time being.
public struct ChannelTrouble: Hashable, Sendable {
    /// When it began.
    public let since: Instant
    /// When it was last met.
    public let at: Instant
    /// How many attempts in a row have met it.
    public let count: Int
    /// When the server may be asked again, as it said.
    public let notBefore: Instant
    /// What the server said, or what happened, and what kind of problem it is.
    public let refusal: Refusal

    /// Creates a description of a trouble.
    public init(since: Instant, at: Instant, count: Int, notBefore: Instant, refusal: Refusal) {
        (self.since, self.at, self.count, self.notBefore, self.refusal) = (since, at, count, notBefore, refusal)
    }
}

/// How many deliveries may leave in a window of time.
public struct Budget: Hashable, Sendable {
    /// The number of deliveries; at least 1.
    public let count: Int
    /// The window; at least a second.
    public let window: Duration

    /// Creates a budget.
    public init(_ count: Int, per window: Duration) {
        (self.count, self.window) = (max(1, count), max(.seconds(1), window))
    }
}

/// How many deliveries may go now, and when more may.
public struct Grant: Hashable, Sendable {
    /// How many may go now.
    public let granted: Int
    /// When there will be another.
    public let nextAt: Instant
    /// Whether another run waits for that already: one is enough.
    public let isAwaited: Bool

    /// Creates a grant.
    public init(granted: Int, nextAt: Instant, isAwaited: Bool) {
        (self.granted, self.nextAt, self.isAwaited) = (granted, nextAt, isAwaited)
    }
}

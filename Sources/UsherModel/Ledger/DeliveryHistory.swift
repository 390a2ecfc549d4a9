/// Deliveries, for the people who look after them.
public protocol DeliveryHistory: Sendable {
    /// Deliveries that fit a filter, newest first.
    ///
    /// - Throws: ``LedgerError``.
    func list(_ filter: LedgerFilter) async throws(LedgerError) -> [LedgerRow]

    /// The deliveries whose key or id begins with these digits, each with every attempt that did not simply succeed.
    ///
    /// - Throws: ``LedgerError``.
    func show(prefix: String) async throws(LedgerError) -> [(row: LedgerRow, attempts: [AttemptRow])]

    /// Makes failed deliveries pending again, with no attempts used.
    ///
    /// - Parameters:
    ///   - keys: The deliveries.
    ///   - now: The time of the command.
    /// - Returns: What became of each, in the order of the keys.
    /// - Throws: ``LedgerError``.
    func retry(_ keys: [DedupeKey], now: Instant) async throws(LedgerError) -> [Reopening]

    /// Makes deliveries in doubt pending again that did not arrive, as a person found.
    ///
    /// - Parameters:
    ///   - keys: The deliveries.
    ///   - now: The time of the command.
    /// - Returns: What became of each, in the order of the keys.
    /// - Throws: ``LedgerError``.
    func resend(_ keys: [DedupeKey], now: Instant) async throws(LedgerError) -> [Reopening]

    /// Checks the whole ledger: the storage itself, then every rule of ours, without relying on the constraints.
    ///
    /// - Parameter clock: Real time.
    /// - Returns: What was found.
    /// - Throws: ``LedgerError``; `corrupt` where it is so damaged that it cannot be read.
    func verify(clock: Instant) async throws(LedgerError) -> Verification
}

/// What became of a delivery that a person asked to be sent again.
///
/// It was changed only where it is ``pending``.
public enum Reopening: Hashable, Sendable {
    /// It is pending: the next run sends it, unless it turns out then that it is no longer to be sent.
    case pending
    /// It has expired.
    case expired
    /// The ledger was told to forget the person.
    case forgotten
    /// The same message was told under another key since, or waits under it.
    case told(under: DedupeKey)
    /// It is in another state than the one from which it could be sent again.
    case otherwise(DeliveryState)
    /// There is no such delivery.
    case missing
}

/// One delivery, for people.
public struct LedgerRow: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// What the world outside knows it by.
    public let id: DeliveryID
    /// The job's name in the ledger.
    public let job: String
    /// The rule.
    public let rule: RuleID
    /// The session.
    public let session: SessionKey
    /// The session's subject; empty where the session has been pruned.
    public let subject: Line
    /// The channel.
    public let channel: ChannelName
    /// The address, the channel's name in square brackets, or `(forgotten)`.
    public let recipient: String
    /// The state.
    public let state: DeliveryState
    /// Why it was skipped.
    public let reason: SkipReason?
    /// When it fell due.
    public let dueAt: Instant
    /// When it expires.
    public let expiresAt: Instant
    /// When it is tried next, where it waits.
    public let notBefore: Instant
    /// When it reached its final state.
    public let finishedAt: Instant?
    /// How often it was tried.
    public let attempts: Int
    /// The revision that was told.
    public let toldRevision: Int?
    /// What the counterpart said last.
    public let evidence: String?

    /// Creates a row.
    public init(
        key: DedupeKey, id: DeliveryID, job: String, rule: RuleID, session: SessionKey, subject: Line,
        channel: ChannelName,
        recipient: String, state: DeliveryState, reason: SkipReason?, dueAt: Instant, expiresAt: Instant,
        notBefore: Instant, finishedAt: Instant?, attempts: Int, toldRevision: Int?, evidence: String?
    ) {
        (self.key, self.id, self.job, self.rule) = (key, id, job, rule)
        (self.session, self.subject) = (session, subject)
        (self.channel, self.recipient, self.state, self.reason) = (channel, recipient, state, reason)
        (self.dueAt, self.expiresAt, self.notBefore, self.finishedAt) = (dueAt, expiresAt, notBefore, finishedAt)
        (self.attempts, self.toldRevision, self.evidence) = (attempts, toldRevision, evidence)
    }
}

/// One attempt that did not simply succeed.
public struct AttemptRow: Hashable, Sendable {
    /// When it was made.
    public let at: Instant
    /// Its outcome.
    public let outcome: String
    /// What the counterpart said.
    public let text: String?

    /// Creates a row.
    public init(at: Instant, outcome: String, text: String?) {
        (self.at, self.outcome, self.text) = (at, outcome, text)
    }
}

/// Which deliveries to list.
public struct LedgerFilter: Hashable, Sendable {
    /// Only over this channel.
    public var channel: ChannelName?
    /// Only of this job.
    public var job: String?
    /// Only in this state.
    public var state: DeliveryState?
    /// Only of sessions with this id.
    public var session: String?
    /// Only to this address.
    public var address: Address?
    /// Only those that finished, or where they have not, fell due, at this time or later.
    public var since: Instant?
    /// The most deliveries to list.
    public var limit = 100

    /// Creates a filter that lists the newest deliveries.
    public init() {}
}

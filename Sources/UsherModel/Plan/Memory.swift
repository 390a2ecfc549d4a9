/// What the ledger remembers of a session.
public struct SessionMemory: Hashable, Sendable {
    /// The session as it was last seen.
    public var session: Session
    /// How often its material facts have changed: iCalendar SEQUENCE.
    public var revision: Int
    /// When the present revision was first seen.
    public var revisedAt: Instant
    /// When a run first saw the session as real (not a draft).
    public var firstSeenAt: Instant
    /// The revision at which a canceled session was last restored; nil where that never happened.
    public var restoredRevision: Int?
    /// In how many runs in a row a direct look found it gone.
    public var missingRuns: Int
    /// `now` of the last run that found it gone.
    public var missingAt: Instant?

    /// Takes all.
    public init(
        session: Session, revision: Int, revisedAt: Instant, firstSeenAt: Instant, restoredRevision: Int? = nil,
        missingRuns: Int = 0, missingAt: Instant? = nil
    ) {
        (self.session, self.revision, self.revisedAt) = (session, revision, revisedAt)
        (self.firstSeenAt, self.restoredRevision) = (firstSeenAt, restoredRevision)
        (self.missingRuns, self.missingAt) = (missingRuns, missingAt)
    }
}

/// One delivery as the planner needs to remember it.
public struct RememberedDelivery: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// The rule.
    public let rule: RuleID
    /// The channel.
    public let channel: ChannelName
    /// What it is about.
    public let kind: MomentKind
    /// The registration it went to.
    public let registration: RegistrationID?
    /// When it fell due.
    public let dueAt: Instant
    /// The state.
    public let state: DeliveryState
    /// Why it was skipped.
    public let reason: SkipReason?
    /// The revision the recipient was told by it; nil where it told nothing.
    ///
    /// Sent, in doubt, on the wire and adopted deliveries tell.
    public let toldRevision: Int?
    /// Counts up with every delivery that tells something: the higher was told later; zero where it told nothing.
    public let toldOrder: Int64

    /// Takes all.
    public init(
        key: DedupeKey, rule: RuleID, channel: ChannelName, kind: MomentKind, registration: RegistrationID?,
        dueAt: Instant, state: DeliveryState, reason: SkipReason?, toldRevision: Int?, toldOrder: Int64
    ) {
        (self.key, self.rule, self.channel, self.kind) = (key, rule, channel, kind)
        (self.registration, self.dueAt, self.state) = (registration, dueAt, state)
        (self.reason, self.toldRevision, self.toldOrder) = (reason, toldRevision, toldOrder)
    }
}

/// What was done the last time a session's recipients were gone through.
public struct ScanMemory: Hashable, Sendable {
    /// The digest of the rules and of what else a plan depends on.
    public let rules: String
    /// The source's tag of the attendees then; nil where it had none.
    public let attendeesTag: String?
    /// The revision then.
    public let revision: Int
    /// `now` then.
    public let at: Instant
    /// The first moment after that at which something more falls due; nil where nothing does.
    public let nextDueAt: Instant?

    /// Takes all.
    public init(rules: String, attendeesTag: String?, revision: Int, at: Instant, nextDueAt: Instant?) {
        (self.rules, self.attendeesTag, self.revision) = (rules, attendeesTag, revision)
        (self.at, self.nextDueAt) = (at, nextDueAt)
    }
}

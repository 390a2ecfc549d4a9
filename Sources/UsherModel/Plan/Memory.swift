/// What the ledger remembers about a session.
public struct SessionMemory: Hashable, Sendable {
    /// The session when it was last seen.
    public var session: Session
    /// How often its material facts have changed: iCalendar SEQUENCE.
    public var revision: Int
    /// When the current revision was first seen.
    public var revisedAt: Instant
    /// When anything of it last changed that calendars show, as a description: iCalendar LAST-MODIFIED.
    public var changedAt: Instant
    /// When a run first saw the session as real (not a draft).
    public var firstSeenAt: Instant
    /// The revision at which a canceled session was last restored; nil if it never was.
    public var restoredRevision: Int?
    /// The number of consecutive runs in which a direct lookup did not find it.
    public var missingRuns: Int
    /// `now` of the last run that did not find it.
    public var missingAt: Instant?
    /// Whether a guard waits for a person because of it; nothing of it leaves until that person has decided, or the source shows it again.
    public var isHeld = false

    /// Whether it may be gone: nothing is planned for it.
    public var isInDoubt: Bool { isHeld || missingRuns > 0 && session.status != .canceled }

    /// Creates a memory of a session.
    public init(
        session: Session, revision: Int, revisedAt: Instant, firstSeenAt: Instant, restoredRevision: Int? = nil,
        missingRuns: Int = 0, missingAt: Instant? = nil
    ) {
        (self.session, self.revision, self.revisedAt, changedAt) = (session, revision, revisedAt, revisedAt)
        (self.firstSeenAt, self.restoredRevision) = (firstSeenAt, restoredRevision)
        (self.missingRuns, self.missingAt) = (missingRuns, missingAt)
    }
}

/// What the planner needs to know about an earlier delivery.
public struct RememberedDelivery: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// The rule.
    public let rule: RuleID
    /// The channel.
    public let channel: ChannelName
    /// The kind of its moment.
    public let kind: MomentKind
    /// The registration that it was sent to.
    public let registration: RegistrationID?
    /// Whether it tells a person that their own registration is canceled.
    public let isOwnCancellation: Bool
    /// When it fell due.
    public let dueAt: Instant
    /// When it was enrolled.
    public let enrolledAt: Instant
    /// When a pending delivery may be tried next.
    public let notBefore: Instant
    /// When it reached its final state; nil while it is open.
    public let finishedAt: Instant?
    /// The state.
    public let state: DeliveryState
    /// Why it was skipped.
    public let reason: SkipReason?
    /// Whether the ledger was told to forget the person; then nothing is proposed in its place.
    public let isForgotten: Bool
    /// The revision of the session that the recipient learned from it, or may have learned; nil if none.
    ///
    /// Where it is set, the recipient counts as told, whatever the state: a delivery that may have arrived can be pending again, and can be
    /// skipped or fail after that. What was withdrawn as canceled or superseded may not be the last word, though.
    public let toldRevision: Int?
    /// Increases with every delivery that has a ``toldRevision``, so that the highest is the latest; otherwise zero.
    public let toldOrder: Int64

    /// Creates a memory of a delivery.
    public init(
        key: DedupeKey, rule: RuleID, channel: ChannelName, kind: MomentKind, registration: RegistrationID?,
        isOwnCancellation: Bool, dueAt: Instant, enrolledAt: Instant, notBefore: Instant, finishedAt: Instant?,
        state: DeliveryState, reason: SkipReason?, isForgotten: Bool = false, toldRevision: Int?, toldOrder: Int64
    ) {
        (self.key, self.rule, self.channel, self.kind) = (key, rule, channel, kind)
        (self.registration, self.isOwnCancellation) = (registration, isOwnCancellation)
        (self.dueAt, self.enrolledAt, self.notBefore, self.finishedAt) = (dueAt, enrolledAt, notBefore, finishedAt)
        (self.state, self.reason, self.isForgotten) = (state, reason, isForgotten)
        (self.toldRevision, self.toldOrder) = (toldRevision, toldOrder)
    }
}

/// What a rule has told a recipient of other sessions of the same event.
public struct SeriesMemory: Hashable, Sendable {
    /// The rule.
    public let rule: RuleID
    /// The registration.
    public let registration: RegistrationID?
    /// Whether a delivery told the recipient, or may have.
    public let isTold: Bool
    /// Whether a delivery waits to be sent.
    public let isOpen: Bool
    /// Whether a delivery failed, which a person has to decide on.
    public let isFailed: Bool

    /// Creates a memory.
    public init(rule: RuleID, registration: RegistrationID?, isTold: Bool, isOpen: Bool, isFailed: Bool) {
        (self.rule, self.registration) = (rule, registration)
        (self.isTold, self.isOpen, self.isFailed) = (isTold, isOpen, isFailed)
    }
}

/// The state of the last scan of a session's recipients.
public struct ScanMemory: Hashable, Sendable {
    /// The digest of the rules and of everything else that a plan depends on.
    public let rules: String
    /// The source's tag for the attendees at that time; nil if it had none.
    public let attendeesTag: String?
    /// The revision at that time.
    public let revision: Int
    /// `now` at that time.
    public let at: Instant
    /// When the next delivery after that falls due; nil if none does.
    public let nextDueAt: Instant?

    /// Creates a memory of a scan.
    public init(rules: String, attendeesTag: String?, revision: Int, at: Instant, nextDueAt: Instant?) {
        (self.rules, self.attendeesTag, self.revision) = (rules, attendeesTag, revision)
        (self.at, self.nextDueAt) = (at, nextDueAt)
    }
}

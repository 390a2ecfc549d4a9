/// The right to send one delivery, under a lease.
///
/// Only a ledger hands it out: the initializer is for ledger engines, which create a claim only together with the row that
/// records it. A claim that was made up gets no further than ``DeliveryStore/wire(_:now:clock:)``, where the engine checks it again.
public struct Claim: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// What the world outside knows it by.
    public let id: DeliveryID
    /// The rule.
    public let rule: RuleID
    /// The channel.
    public let channel: ChannelName
    /// The template that the rule named when the delivery was enrolled.
    public let template: String
    /// The person or channel it goes to.
    public let recipient: Recipient
    /// The kind of moment.
    public let kind: MomentKind
    /// Whether it tells that the recipient's own registration is canceled, not the session.
    public let isOwnCancellation: Bool
    /// When it fell due.
    public let dueAt: Instant
    /// When it expires.
    public let expiresAt: Instant
    /// The number of this attempt, counted from 1.
    public let attempt: Int
    /// The session as it was stored when the claim was made; where the delivery repeats one that was in doubt, as it was told then.
    public let session: SessionMemory
    /// The recipient's registration; nil for a channel.
    public let attendee: Attendee?
    /// The session as this recipient was last told of it over this channel, where that differs.
    public let previous: Session?
    /// The first delivery that told this recipient of the session over this channel: what a reply refers to.
    public let firstTold: DeliveryID?
    /// How often this recipient was told before that their own registration is canceled.
    public let ownCancellations: Int
    /// The content that left before, where that delivery was in doubt: under the same id, only the same content may be sent.
    public let repeated: RenderedContent?
    /// What its last refusal was about; nil where it was not refused.
    public let refused: RefusalScope?
    /// The run that holds the claim.
    public let owner: Owner

    /// For ledger engines only.
    package init(
        key: DedupeKey, id: DeliveryID, rule: RuleID, channel: ChannelName, template: String, recipient: Recipient,
        kind: MomentKind, isOwnCancellation: Bool, dueAt: Instant, expiresAt: Instant, attempt: Int,
        session: SessionMemory,
        attendee: Attendee?, previous: Session?, firstTold: DeliveryID?, ownCancellations: Int = 0,
        repeated: RenderedContent? = nil,
        refused: RefusalScope? = nil, owner: Owner
    ) {
        (self.key, self.id, self.rule, self.channel, self.template) = (key, id, rule, channel, template)
        (self.recipient, self.kind, self.isOwnCancellation) = (recipient, kind, isOwnCancellation)
        (self.dueAt, self.expiresAt, self.attempt) = (dueAt, expiresAt, attempt)
        (self.session, self.attendee, self.previous) = (session, attendee, previous)
        (self.firstTold, self.ownCancellations) = (firstTold, ownCancellations)
        (self.repeated, self.refused, self.owner) = (repeated, refused, owner)
    }
}

/// When a message was rendered, and what came of it: enough to render it again and to know that it is the same.
public struct RenderedContent: Hashable, Sendable {
    /// The time that its text and its Date state.
    public let at: Instant
    /// The digest of its content; where the channel repeats nothing, a ``SubjectDigest`` or nil.
    public let digest: String?

    /// Creates a description of a rendered message.
    public init(at: Instant, digest: String?) { (self.at, self.digest) = (at, digest) }
}

/// A claim that is about to be completed.
public struct MarkRequest: Hashable, Sendable {
    /// The claim.
    public let claim: Claim
    /// What is about to leave.
    public let content: RenderedContent

    /// Creates a request for a mark.
    public init(_ claim: Claim, _ content: RenderedContent) { (self.claim, self.content) = (claim, content) }
}

/// A claim whose wire mark is on disk: the bytes that complete the delivery may leave.
///
/// As with ``Claim``, only a ledger engine creates one, after the commit that holds the mark; the engine compares ``order`` with
/// what it stored before it records an outcome.
public struct Wired: Hashable, Sendable {
    /// The claim.
    public let claim: Claim
    /// The number of this mark among all marks of the ledger.
    public let order: Int64

    /// For ledger engines only.
    package init(claim: Claim, order: Int64) { (self.claim, self.order) = (claim, order) }
}

/// The outcome of a claim.
public enum DeliveryOutcome: Sendable {
    /// The counterpart took responsibility.
    case sent(Wired, Evidence)
    /// The last byte left and no reply came.
    case inDoubt(Wired, Evidence)
    /// Refused for good before the mark.
    case failed(Claim, Refusal)
    /// Refused for good after the mark.
    case failedOnWire(Wired, Refusal)
    /// Certainly not delivered, before the mark; to be tried again.
    case retry(Claim, Refusal, notBefore: Instant)
    /// Certainly not delivered, after the mark; to be tried again.
    case retryOnWire(Wired, Refusal, notBefore: Instant)
    /// Certainly not delivered, before the mark, for a reason that concerns the whole channel: it waits with the others, without a time of its own.
    case waiting(Claim, Refusal)
    /// The same, after the mark.
    case waitingOnWire(Wired, Refusal)
    /// Released without an attempt.
    case released(Claim)
}

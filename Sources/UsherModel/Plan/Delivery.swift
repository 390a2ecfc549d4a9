/// The state of a delivery (design: ledger, states and crashes).
public enum DeliveryState: String, Hashable, Sendable, Codable, CaseIterable {
    /// Due, and not claimed yet.
    case pending
    /// Claimed by one run, under a lease.
    case claimed
    /// About to be completed: the bytes that complete the message may have been sent.
    case wire
    /// The server took responsibility for the message.
    case sent
    /// Refused permanently, or out of attempts.
    case failed
    /// Deliberately not sent; ``SkipReason`` says why.
    case skipped
    /// It cannot be known whether it arrived.
    case inDoubt = "in_doubt"

    /// Whether the program leaves it alone from now on.
    public var isFinal: Bool {
        switch self {
        case .pending, .claimed, .wire: false
        case .sent, .failed, .skipped, .inDoubt: true
        }
    }
}

/// Why a delivery was deliberately not sent.
public enum SkipReason: String, Hashable, Sendable, Codable, CaseIterable {
    /// A more informative message was sent to the same recipient in the same run.
    case superseded
    /// It could not be sent while it was still useful.
    case expired
    /// A `changed` notice already told the recipient the same.
    case toldByChange = "told by change"
    /// The session or the registration was canceled first.
    case canceled
    /// The recipient does not want mail, or mail to the address bounces.
    case suppressed
    /// The rule has `late: skip`, and the recipient registered after it fell due.
    case late
    /// The recipient knows already: other software has told them (`usher adopt`), or a message about the whole series.
    case adopted
}

/// The occasion for a delivery; it decides which of several is sent.
public enum Moment: Hashable, Sendable {
    /// A session is first seen.
    case announced
    /// A registration is first seen.
    case registered(RegistrationID)
    /// The session changed after the recipient was told of an earlier revision.
    case changed(revision: Int)
    /// The session was canceled at this revision.
    case sessionCanceled(revision: Int)
    /// The recipient's registration was canceled.
    case registrationCanceled(RegistrationID)
    /// An offset from an anchor instant.
    case offset(Offset, anchor: Instant)

    /// The part that it contributes to the dedupe key.
    public var keyPart: String {
        switch self {
        case .announced: "announced"
        case .registered(let id): "registered \(id.rawValue)"
        case .changed(let revision): "changed \(revision)"
        case .sessionCanceled(let revision): "canceled \(revision)"
        case .registrationCanceled(let id): "canceled registration \(id.rawValue)"
        case .offset(let offset, let anchor): "\(offset) \(anchor.secondsSince1970)"
        }
    }

    /// The kind, as the ledger stores it.
    public var kind: MomentKind {
        switch self {
        case .announced: .announced
        case .registered: .registered
        case .changed: .changed
        case .sessionCanceled, .registrationCanceled: .canceled
        case .offset: .offset
        }
    }

    /// The anchor instant of an offset.
    public var anchor: Instant? {
        guard case .offset(_, let anchor) = self else { return nil }
        return anchor
    }
}

/// The kind of a moment; of several that are due, the one with the lowest rank is sent.
public enum MomentKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A session, or a registration, is canceled.
    case canceled
    /// What the recipient was told is no longer true.
    case changed
    /// Someone registered.
    case registered
    /// A session was first seen.
    case announced
    /// A reminder or a follow-up.
    case offset

    /// 0 for the most informative kind.
    public var rank: Int {
        switch self {
        case .canceled: 0
        case .changed: 1
        case .registered: 2
        case .announced: 2
        case .offset: 3
        }
    }
}

/// One rule × one session × one recipient × one moment: one row of the ledger, as the planner proposes it.
public struct Delivery: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// The rule.
    public let rule: RuleID
    /// The channel.
    public let channel: ChannelName
    /// The template that the rule names now.
    public let template: String
    /// The session.
    public let session: SessionKey
    /// Who it goes to.
    public let recipient: Recipient
    /// The list that the recipient is on: an event, or a list in the job; nil for a channel.
    public let list: RosterID?
    /// The registration; nil for a recipient without one.
    public let registration: RegistrationID?
    /// The occasion.
    public let moment: Moment
    /// When it fell due.
    public let dueAt: Instant
    /// When it stops being useful; it is not sent after that.
    public let expiresAt: Instant
    /// Whether it is to be sent, or why not.
    public var outcome: Outcome

    /// To be sent, or why not.
    public enum Outcome: Hashable, Sendable {
        /// To be sent.
        case send
        /// Recorded, but never sent.
        case skip(SkipReason)
    }

    /// Creates a delivery for a rule.
    public init(
        key: DedupeKey, rule: Rule, session: SessionKey, recipient: Recipient, list: RosterID?,
        registration: RegistrationID?, moment: Moment, dueAt: Instant, expiresAt: Instant, outcome: Outcome = .send
    ) {
        (self.key, self.rule, self.channel, self.template) = (key, rule.id, rule.channel, rule.template)
        (self.session, self.recipient, self.list, self.registration) = (session, recipient, list, registration)
        (self.moment, self.dueAt, self.expiresAt, self.outcome) = (moment, dueAt, expiresAt, outcome)
    }
}

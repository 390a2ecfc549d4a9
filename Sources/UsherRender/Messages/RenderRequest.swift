package import UsherModel

/// Everything that one message is rendered from.
package struct RenderRequest: Sendable {
    /// The dedupe key; message id and boundaries derive from it.
    package var key: DedupeKey
    /// The template's name.
    package var template: String
    package var rule: RuleID
    /// What the message is about.
    package var kind: MomentKind
    /// Whether the recipient's own registration was canceled, rather than the session.
    package var isOwnCancellation: Bool
    /// When it fell due.
    package var dueAt: Instant
    /// The recipient.
    package var recipient: Recipient
    /// The recipient's registration; nil for a channel.
    package var attendee: UsherModel.Attendee?
    /// The session as it is now.
    package var session: SessionMemory
    /// The session as the recipient was last told it.
    package var previous: Session?
    /// The first message to the recipient about the session.
    package var firstTold: DedupeKey?
    /// How often the recipient was told before that their own registration is canceled.
    package var ownCancellations = 0
    /// What the channel carries.
    package var format: MessageFormat
    /// The address that receives the mail instead; nil if the job does not divert.
    package var divertedTo: Address?
    /// Whether it is a test, which the subject says.
    package var isTest = false
    /// The URL of the recipient's own calendar; nil if there is none.
    package var calendarURL: String?

    package init(
        key: DedupeKey, template: String, rule: RuleID, kind: MomentKind, isOwnCancellation: Bool, dueAt: Instant,
        recipient: Recipient, attendee: UsherModel.Attendee?, session: SessionMemory, previous: Session?,
        firstTold: DedupeKey?, format: MessageFormat, divertedTo: Address?
    ) {
        (self.key, self.template, self.rule, self.kind) = (key, template, rule, kind)
        (self.isOwnCancellation, self.dueAt, self.recipient) = (isOwnCancellation, dueAt, recipient)
        (self.attendee, self.session, self.previous, self.firstTold) = (attendee, session, previous, firstTold)
        (self.format, self.divertedTo) = (format, divertedTo)
    }

    /// SEQUENCE of the recipient's calendar object: it rises with each revision of the session, with the cancellation of the recipient's own
    /// registration, and again with a new one (RFC 5546 §2.1.4).
    var sequence: Int { session.revision + 2 * ownCancellations + (isOwnCancellation ? 1 : 0) }

    /// Whether the message fell due after the session ended.
    var isAtOrAfterEnd: Bool { dueAt >= session.session.end }
}

package import UsherModel

/// Everything that one message is rendered from.
package struct RenderRequest: Sendable {
    /// The id of the delivery; Message-ID and boundaries derive from it.
    package var id: DeliveryID
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
    package var firstTold: DeliveryID?
    /// How often the recipient was told before that their own registration is canceled.
    package var ownCancellations = 0
    /// What the channel carries.
    package var format: MessageFormat
    /// The address that receives the mail instead; nil if the job does not divert.
    package var divertedTo: Address?
    /// Whether it is a test, which the subject says.
    package var isTest = false
    /// The URLs by which the recipient unsubscribes; nil where they are the profile's, the same for all.
    package var unsubscribe: [HeaderValue]?
    /// The URL of the recipient's own calendar; nil if there is none.
    package var calendarURL: String?

    package init(
        id: DeliveryID, template: String, rule: RuleID, kind: MomentKind, isOwnCancellation: Bool, dueAt: Instant,
        recipient: Recipient, attendee: UsherModel.Attendee?, session: SessionMemory, previous: Session?,
        firstTold: DeliveryID?, format: MessageFormat, divertedTo: Address?
    ) {
        (self.id, self.template, self.rule, self.kind) = (id, template, rule, kind)
        (self.isOwnCancellation, self.dueAt, self.recipient) = (isOwnCancellation, dueAt, recipient)
        (self.attendee, self.session, self.previous, self.firstTold) = (attendee, session, previous, firstTold)
        (self.format, self.divertedTo) = (format, divertedTo)
    }

    /// SEQUENCE of the recipient's calendar object: it rises with each revision of the session, with the cancellation of the recipient's own
    /// registration, and again with a new one (RFC 5546 §2.1.4).
    var sequence: Int { session.revision + 2 * ownCancellations + (isOwnCancellation ? 1 : 0) }

    /// The URL that a message can show, of those by which the recipient unsubscribes; nil where there is none.
    var unsubscribeURL: String? { links.first { $0.text.hasPrefix("https://") }?.text }

    /// All of them, for `List-Unsubscribe`.
    var links: [HeaderValue] {
        if let unsubscribe { return unsubscribe }
        guard case .mail(let profile) = format else { return [] }
        return profile.unsubscribe
    }

    /// Whether the message fell due after the session ended.
    var isAtOrAfterEnd: Bool { dueAt >= session.session.end }
}

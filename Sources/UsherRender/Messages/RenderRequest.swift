package import UsherModel

/// What a message is made of.
package struct RenderRequest: Sendable {
    /// The dedupe key; ids derive from it.
    package var key: DedupeKey
    /// The template's name.
    package var template: String
    /// The rule.
    package var rule: RuleID
    /// What it is about.
    package var kind: MomentKind
    /// Whether it tells that the recipient's own registration is canceled, not the session.
    package var isOwnCancellation: Bool
    /// When it fell due.
    package var dueAt: Instant
    /// Who it is for.
    package var recipient: Recipient
    /// The recipient's registration; nil for a channel.
    package var attendee: UsherModel.Attendee?
    /// The session, as it is now.
    package var session: SessionMemory
    /// The session as the recipient was told it before.
    package var previous: Session?
    /// The first message that told the recipient of the session.
    package var firstTold: DedupeKey?
    /// What the channel wants.
    package var format: MessageFormat
    /// Where mail goes instead.
    package var divertedTo: Address?
    /// Where the recipient's own calendar can be fetched; nil where there is none.
    package var calendarURL: String?

    /// Takes all.
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

    /// Whether it fell due when the session had ended.
    var isAtOrAfterEnd: Bool { dueAt >= session.session.end }
}

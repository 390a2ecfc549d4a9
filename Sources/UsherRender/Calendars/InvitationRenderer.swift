internal import ICalendar
internal import UsherModel

/// The calendar object that goes along with a mail (RFC 5546, RFC 6047).
struct InvitationRenderer {
    let profile: MailProfile
    let now: Instant

    /// The object and its method; nil where none belongs: for follow-ups, and where the channel wants none.
    ///
    /// The recipient is a participant already (they registered), so no answer is asked for: PARTSTAT is ACCEPTED and RSVP false.
    func render(
        _ memory: SessionMemory, to recipient: Mailbox, isCancellation: Bool, isOver: Bool, language: LanguageTag
    ) -> (bytes: [UInt8], method: Method)? {
        guard !isOver || isCancellation else { return nil }
        let method: Method
        switch profile.invitation {
        case .none: return nil
        case .publish:
            // A cancellation works only for what came by REQUEST: a file cannot take another back.
            guard !isCancellation else { return nil }
            method = .publish
        case .request: method = isCancellation ? .cancel : .request
        }
        var calendar = ICalendar.Calendar(prodID: FeedRenderer.prodID, method: method)
        var shown = memory
        if isCancellation { shown.session.status = .canceled }
        var event = SessionEvent(memory: shown, words: .of(language), joinLinks: true, alarm: profile.alarm)
            .event(stamp: now)
        event.organizer = Organizer(
            CalendarAddress(mail: profile.from.address.text),
            name: profile.from.name.isEmpty ? nil : Self.plain(profile.from.name))
        if method != .publish {
            var attendee = ICalendar.Attendee(
                CalendarAddress(mail: recipient.address.text),
                name: recipient.name.isEmpty ? nil : Self.plain(recipient.name))
            attendee.role = .required
            attendee.participation = isCancellation ? .declined : .accepted
            attendee.rsvp = false
            event.attendees = [attendee]
        }
        calendar.events = [event]
        return (calendar.encoded(), method)
    }

    /// Old clients do not decode RFC 6868: a quote in a name becomes an apostrophe.
    private static func plain(_ name: Line) -> String { name.text.replacing("\"", with: "'") }
}

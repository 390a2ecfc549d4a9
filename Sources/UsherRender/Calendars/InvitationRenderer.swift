internal import ICalendar
internal import UsherModel

/// Renders the calendar object of a mail (RFC 5546, RFC 6047).
struct InvitationRenderer {
    let profile: MailProfile
    let words: Words
    let now: Instant

    /// The object without its recipient; nil for follow-ups, and if the channel has none.
    func render(
        _ memory: SessionMemory, sequence: Int, isCancellation: Bool, isOver: Bool
    ) -> Invitation? {
        guard !isOver || isCancellation else { return nil }
        let method: Method
        switch profile.invitation {
        case .none: return nil
        case .publish:
            // A cancellation works only for an entry that came by REQUEST: one file cannot withdraw another.
            guard !isCancellation else { return nil }
            method = .publish
        case .request: method = isCancellation ? .cancel : .request
        }
        var calendar = ICalendar.Calendar(prodID: FeedRenderer.prodID, method: method)
        var shown = memory
        if isCancellation { shown.session.status = .canceled }
        var event = SessionEvent(memory: shown, words: words, joinLinks: true, alarm: profile.alarm)
            .event(stamp: now)
        event.sequence = sequence
        event.organizer = Organizer(
            CalendarAddress(mail: profile.from.address.text),
            name: profile.from.name.isEmpty ? nil : Invitation.plain(profile.from.name))
        calendar.events = [event]
        return Invitation(calendar, method: method)
    }
}

/// A calendar object whose one ATTENDEE is the recipient (RFC 5546 §3.2.2, §3.2.5).
struct Invitation: Sendable {
    let method: Method
    private let before: [UInt8]
    private let after: [UInt8]

    /// Splits an object with one event at the place of the ATTENDEE property, if the method requires one.
    fileprivate init(_ calendar: ICalendar.Calendar, method: Method) {
        self.method = method
        guard method != .publish else {
            (before, after) = (calendar.encoded(), [])
            return
        }
        var marked = calendar
        let mark = ICalendar.Attendee(CalendarAddress(mail: "attendee@invalid"))
        marked.events = calendar.events.map { event in
            var event = event
            event.attendees = [mark]
            return event
        }
        let bytes = marked.encoded()
        // At the beginning of a line: the same text elsewhere is a value, and a folded line begins with a blank.
        let line = mark.property.encoded()
        let broken = [13, 10] + line
        let start = bytes.indices.first { bytes[$0...].starts(with: broken) }.map { $0 + 2 } ?? bytes.endIndex
        (before, after) = (Array(bytes[..<start]), Array(bytes[start...].dropFirst(line.count)))
    }

    /// The object for one recipient.
    ///
    /// Recipients have accepted by registering, so no answer is requested: PARTSTAT is ACCEPTED and RSVP false.
    func bytes(to recipient: Mailbox) -> [UInt8] {
        guard method != .publish else { return before }
        var attendee = ICalendar.Attendee(
            CalendarAddress(mail: recipient.address.text),
            name: recipient.name.isEmpty ? nil : Self.plain(recipient.name))
        attendee.role = .required
        attendee.participation = method == .cancel ? .declined : .accepted
        attendee.rsvp = false
        return before + attendee.property.encoded() + after
    }

    /// Old clients do not decode RFC 6868: a quote in a name becomes an apostrophe.
    fileprivate static func plain(_ name: Line) -> String { name.text.replacing("\"", with: "'") }
}

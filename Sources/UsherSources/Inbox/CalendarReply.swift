internal import ICalendar
package import UsherModel
internal import UsherText

/// The answer of a person's calendar to an invitation (iTIP REPLY, RFC 5546 §3.2.3).
package struct CalendarReply: Hashable, Sendable {
    package enum Answer: String, Hashable, Sendable, CaseIterable {
        case accepted, declined, tentative
    }

    /// The UID of the event.
    package let uid: String
    /// The person who was invited.
    package let attendee: UsherModel.Address
    /// The person who answers on the attendee's behalf, if any (SENT-BY).
    package let sentBy: UsherModel.Address?
    package let answer: Answer
    /// The revision that is answered: the newest one counts, and for one revision the newest stamp (RFC 5546 §2.1.5).
    package let sequence: Int
    package let stamp: Instant

    /// Events read from one reply; there is one for each instance that is answered.
    private static let mostEvents = 50

    /// The replies in the calendar objects of a message.
    static func all(in message: MailPart) -> [CalendarReply] {
        var replies: [CalendarReply] = []
        var seen: Set<CalendarReply> = []
        for part in message.leaves where ["text/calendar", "application/ics"].contains(part.mediaType.name) {
            // The same object is often attached twice: as an alternative and as a file.
            for reply in read(part.content) where seen.insert(reply).inserted { replies.append(reply) }
        }
        return replies
    }

    private static func read(_ bytes: [UInt8]) -> [CalendarReply] {
        var limits = ReaderLimits()
        (limits.components, limits.lineBytes, limits.problems) = (mostEvents, 64 * 1024, 1)
        let calendar: Calendar
        do throws(ICalendarError) {
            calendar = try Calendar.lenient(bytes, limits: limits).calendar
        } catch {
            // A reply does not have so many components.
            return []
        }
        guard calendar.method == .reply else { return [] }
        return calendar.events.compactMap { CalendarReply($0) }
    }

    private init?(_ event: Event) {
        // A reply has exactly one attendee (RFC 5546 §3.2.3).
        guard let uid = event.uid, let stamp = event.stamp, event.attendees.count == 1,
            let attendee = event.attendees.first,
            let word = attendee.participation?.rawValue.lowercased(), let answer = Answer(rawValue: word),
            let address = Self.address(attendee.address.uri)
        else { return nil }
        (self.uid, self.answer, self.attendee, sequence) = (uid, answer, address, max(0, event.sequence ?? 0))
        self.stamp = Instant(secondsSince1970: stamp.secondsSince1970)
        let sender = attendee.otherParameters.first { $0.name.text == "SENT-BY" }?.values.first
        sentBy = sender.flatMap(Self.address)
    }

    private static func address(_ uri: String) -> UsherModel.Address? {
        guard uri.lowercased().hasPrefix("mailto:") else { return nil }
        return PercentEncoding.text(uri.dropFirst("mailto:".count)).flatMap(MailAddress.read)
    }
}

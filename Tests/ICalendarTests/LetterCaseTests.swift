import ICalendar
import Testing

/// RFC 5545 §2: names and the words of a fixed set are case-insensitive.
struct LetterCaseTests {
    private func view(_ lines: String...) throws -> Event {
        let lines = ["BEGIN:VCALENDAR", "method:Cancel", "BEGIN:vevent"] + lines + ["end:VEvent", "End:vcalendar"]
        let reading = try Calendar.lenient(Array((lines.joined(separator: "\r\n") + "\r\n").utf8))
        #expect(reading.calendar.method == .cancel)
        return try #require(reading.calendar.events.first)
    }

    @Test(arguments: [
        ("Cancelled", Event.Status.cancelled), ("cancelled", .cancelled), (" CANCELLED ", .cancelled),
        ("Confirmed", .confirmed), ("tentative", .tentative),
    ])
    func aStatusIsUnderstoodInAnyCase(_ word: String, _ status: Event.Status) throws {
        let event = try view("status:\(word)")
        #expect(event.status == status && !event.hasMisspelledStatus)
    }

    @Test(arguments: ["CANCELED", "Canceled"])
    func theAmericanSpellingIsUnderstoodAndSaid(_ word: String) throws {
        let event = try view("STATUS:\(word)")
        #expect(event.status == .cancelled && event.hasMisspelledStatus)
        #expect(try view("STATUS:DELETED").status == nil)
    }

    @Test func wordsOfPropertiesAreUnderstoodInAnyCase() throws {
        let event = try view("Transp:transparent", "class:Private", "Rrule:freq=weekly;byday=mo,We;wkst=su;count=3")
        #expect(event.transparency == .transparent && event.classification == .private)
        #expect(event.recurrenceRule?.text == "FREQ=WEEKLY;COUNT=3;BYDAY=MO,WE;WKST=SU")
    }

    @Test func wordsOfParametersAreUnderstoodInAnyCase() throws {
        let event = try view(
            "Attendee;PartStat=declined;CuType=room;Role=Chair;RSVP=true:mailto:a@example.com",
            "CONFERENCE;value=uri;feature=moderator,Video:https://meet.example.com/a",
            "RECURRENCE-ID;range=ThisAndFuture:20261209T140000Z",
            "BEGIN:VALARM", "ACTION:display", "TRIGGER;related=end:-pt15m", "END:VALARM")
        let attendee = try #require(event.attendees.first)
        #expect(attendee.participation == .declined && attendee.kind == .room && attendee.role == .chair)
        #expect(attendee.rsvp == true)
        #expect(event.conferences.first?.features == [.moderator, .video])
        #expect(event.alarms.first?.action == "DISPLAY")
        #expect(event.alarms.first?.trigger == .fromEnd(.seconds(-900)))
    }

    @Test(arguments: ["dtstart:20261209t140000z", "DTSTART;value=date-time:20261209T140000Z"])
    func timesAreUnderstoodInAnyCase(_ line: String) throws {
        #expect(try view(line).start == .utc(UTCDateTime(clamping: 1_796_824_800)))
    }
}

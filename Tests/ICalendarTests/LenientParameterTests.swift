import ICalendar
import Testing

/// Parameters that should have been quoted, or cannot be read at all.
struct LenientParameterTests {
    private func properties(_ line: String) throws -> Properties {
        let reading = try Calendar.lenient(event(line))
        let written = reading.calendar.encoded()
        #expect(try Calendar.lenient(written).calendar.encoded() == written)
        return try #require(reading.calendar.events.first?.properties)
    }

    @Test(arguments: [
        ("ATTENDEE;CN=Sales: Jana:mailto:jana@example.com", "Sales: Jana"),
        ("ATTENDEE;CN=Sales: Jana;PARTSTAT=ACCEPTED:MAILTO:jana@example.com", "Sales: Jana"),
        ("ATTENDEE;CN=Jana \"the Sun\" Schäfer:mailto:jana@example.com", "Jana \"the Sun\" Schäfer"),
        ("ATTENDEE;CN=\"Jana \"the Sun\" Schäfer\":mailto:jana@example.com", "Jana \"the Sun\" Schäfer"),
        ("ATTENDEE;CN=\"Jana Schäfer:mailto:jana@example.com", "Jana Schäfer"),
        ("ATTENDEE;CN=Schäfer, Jana:mailto:jana@example.com", "Schäfer, Jana"),
        ("ATTENDEE;CN=Jana; Sales;RSVP=TRUE:mailto:jana@example.com", "Jana; Sales"),
        ("ATTENDEE;CN=Jana;Sales:mailto:jana@example.com", "Jana;Sales"),
        ("ATTENDEE;CN=\"mailto:x@example.com\":mailto:jana@example.com", "mailto:x@example.com"),
    ])
    func aNameThatIsNotQuotedIsRead(_ line: String, _ name: String) throws {
        let attendee = try #require(
            try properties(line).first(.attendee).map { property in
                (property.parameter(.cn), property.value)
            })
        #expect(attendee.0 == name)
        guard case .calendarAddress(let address) = attendee.1 else {
            Issue.record("\(attendee.1)")
            return
        }
        #expect(address.uri.lowercased() == "mailto:jana@example.com")
    }

    @Test(arguments: [
        ("ATTENDEE;CN=Sales: Jana:jana@example.com", "jana@example.com"),
        ("ATTENDEE;CN=Jana:urn:uuid:5f1c@x", "urn:uuid:5f1c@x"),
        ("ATTENDEE;CN=Jana:jana@example.com", "jana@example.com"),
    ])
    func anAddressWithoutMailtoIsRead(_ line: String, _ uri: String) throws {
        #expect(try properties(line).first(.attendee)?.value == .calendarAddress(CalendarAddress(uri: uri)))
    }

    @Test(arguments: [
        "ATTENDEE;CN;X:mailto:jana@example.com", "ATTENDEE;=x:mailto:jana@example.com", "DTSTART;TZID:2026",
    ])
    func aPropertyWhoseParametersCannotBeReadIsKeptAsItIs(_ line: String) throws {
        let all = try properties(line)
        #expect(all.contains { $0.isUnreadable }, "\(Array(all))")
    }

    @Test func strictModeRefusesThemAll() {
        for line in [
            "ATTENDEE;CN=Jana \"x\":mailto:a@example.com", "ATTENDEE;CN=\"Jana:mailto:a@example.com", "ATTENDEE;CN:x",
        ] {
            #expect(throws: ICalendarError.self, "\(line)") { try Calendar(strict: event(line)) }
        }
    }
}

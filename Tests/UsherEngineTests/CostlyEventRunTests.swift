import Testing
import UsherEngine
import UsherTesting

/// Runs on a calendar in which one event asks for more than an event can be worth.
@Suite("runs on a costly event")
struct CostlyEventRunTests {
    private static let dates = (0..<200_000).map { number in
        "2026\(10 + number % 3)\(10 + number % 19)T\(10 + number % 14)\(10 + number / 14 % 50)\(10 + number / 700 % 50)Z"
    }

    private static let hourlyZone = """
        BEGIN:VTIMEZONE
        TZID:Hourly
        BEGIN:STANDARD
        DTSTART:20200101T000000
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0200
        RRULE:FREQ=SECONDLY
        END:STANDARD
        END:VTIMEZONE

        """

    @Test(arguments: [
        (":20261101T140000Z", "RRULE:FREQ=SECONDLY"), (":20261101T140000Z", "RRULE:FREQ=MINUTELY"),
        (":20000101T140000Z", "RRULE:FREQ=SECONDLY;COUNT=2000000000"),
        (":00010101T140000Z", "RRULE:FREQ=DAILY"), (":20261101T140000Z", "RDATE:\(dates.joined(separator: ","))"),
        (":20261101T140000Z", "RRULE:FREQ=DAILY\nEXDATE:\(dates.joined(separator: ","))"),
        (";TZID=Hourly:20261209T140000", "RRULE:FREQ=DAILY"),
        (
            ":20261209T140000Z",
            (0..<20).map { "X-ALT-DESC:\(String(repeating: "<b>", count: 1 << $0))" }.joined(separator: "\n")
                + "\n"
                + Array(repeating: "X-ALT-DESC:\(String(repeating: "<b>", count: 1 << 19))", count: 6).joined(
                    separator: "\n")
        ),
    ])
    func itIsNamedAndTheReminderOfAnotherLeaves(_ start: String, _ lines: String) async throws {
        let world = try CalendarWorld()
        let good = CalendarWorld.event("good")
        try world.write(good)
        try await world.run("12-01T09:00:00")
        try world.write(Self.hourlyZone + CalendarWorld.event("costly", start, lines), good)
        let report = try await world.run("12-08T14:00:00")
        #expect(try await world.sent() == ["jana registered": 1, "jana 24h before start": 1])
        #expect(report.counts == [.badRecord: 1], "\(report)")
        let problem = try #require(report.problems.first).text
        #expect(problem.contains("costly"), "\(problem)")
        try world.write(good)
        #expect(try await world.run("12-08T15:00:00").outcome == "ok")
    }
}

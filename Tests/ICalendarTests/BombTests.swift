import Testing

@testable import ICalendar

/// An event that asks for more work than an event can be worth is refused by name, and costs the others nothing.
@Suite("what one event costs")
struct BombTests {
    private static let times = (0..<200_000).map { number in
        "\(2026 + number / 8760 % 60)\(two(number / 730 % 12 + 1))\(two(number / 26 % 28 + 1))T\(two(number % 24))0000Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func list(_ range: ClosedRange<Int>) -> String {
        range.map { String($0) }.joined(separator: ",")
    }

    /// Lines of an event, without its DTSTART where that does not matter.
    private static let bombs: [(name: String, lines: String)] = [
        ("every second", "RRULE:FREQ=SECONDLY"), ("every minute", "RRULE:FREQ=MINUTELY"),
        ("every other minute", "RRULE:FREQ=MINUTELY;INTERVAL=2"),
        ("a second of each minute", "RRULE:FREQ=SECONDLY;BYSECOND=7"),
        ("a million counted seconds", "RRULE:FREQ=SECONDLY;COUNT=1000000000"),
        ("since the year 1", "DTSTART:00010101T000000Z\r\nRRULE:FREQ=DAILY"),
        ("seconds since the year 1", "DTSTART:00010101T000000Z\r\nRRULE:FREQ=SECONDLY"),
        ("dates since the year 1", "DTSTART:00010101T000000Z\r\nRRULE:FREQ=DAILY;COUNT=1000000"),
        ("dates in one line", "RDATE:\(times.joined(separator: ","))"),
        ("dates in many lines", times.prefix(12_000).map { "RDATE:\($0)" }.joined(separator: "\r\n")),
        ("exceptions", "RRULE:FREQ=DAILY\r\nEXDATE:\(times.joined(separator: ","))"),
        ("exceptions every second", "RRULE:FREQ=DAILY\r\nEXRULE:FREQ=SECONDLY"),
        (
            "every second of a year at once",
            "RRULE:FREQ=YEARLY;BYMONTH=\(list(1...12));BYMONTHDAY=\(list(1...31));BYHOUR=\(list(0...23));BYMINUTE=\(list(0...59));BYSECOND=\(list(0...59))"
        ),
        (
            "the last second of each year, chosen from all",
            String(
                repeating:
                    "RRULE:FREQ=DAILY;BYHOUR=\(list(0...23));BYMINUTE=\(list(0...59));BYSECOND=\(list(0...59));BYSETPOS=-1\r\n",
                count: 100)
        ),
        ("many rules", String(repeating: "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\r\n", count: 15_000)),
        ("a thousand years long", "DTSTART:19000101T000000Z\r\nRRULE:FREQ=DAILY\r\nDURATION:P365000D"),
        ("properties", String(repeating: "COMMENT:c\r\n", count: 30_000)),
        ("octets", String(repeating: "X-ALT-DESC:\(String(repeating: "<b>", count: 300_000))\r\n", count: 10)),
        ("a line", "EXDATE:\(String(repeating: "20261202T100000Z,", count: 300_000))20261202T100000Z"),
        ("a zone that changes every second", "DTSTART;TZID=Second:20261203T100000"),
        ("a zone that changes every hour", "DTSTART;TZID=Hour:20261203T100000"),
        ("a zone of many dates", "DTSTART;TZID=Dates:20261203T100000"),
    ]

    private static func zone(_ name: String, _ lines: String) -> String {
        "BEGIN:VTIMEZONE\r\nTZID:\(name)\r\nBEGIN:STANDARD\r\nDTSTART:20000101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\(lines)\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    }

    private static let zones =
        zone("Second", "RRULE:FREQ=SECONDLY") + zone("Hour", "RRULE:FREQ=HOURLY;COUNT=500")
        + zone("Dates", "RDATE:\(times.map { $0.dropLast() }.joined(separator: ","))")

    private static func event(_ uid: String, _ lines: String) -> String {
        let start = lines.contains("DTSTART") ? "" : "DTSTART:20261202T100000Z\r\n"
        return "BEGIN:VEVENT\r\nUID:\(uid)\r\n\(start)\(lines)\r\nEND:VEVENT\r\n"
    }

    private static let good = [
        event("good", "SUMMARY:a"), event("weekly", "DTSTART:20200101T100000Z\r\nRRULE:FREQ=WEEKLY"),
        event("seconds", "RRULE:FREQ=SECONDLY;COUNT=5"),
        event("business", "DTSTART:20200101T100000Z\r\nRRULE:FREQ=MINUTELY;INTERVAL=30;BYHOUR=9;BYDAY=MO,TU,WE,TH,FR"),
    ]

    private func find(_ events: [String], _ limits: OccurrenceLimits = OccurrenceLimits()) throws -> Occurrences {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\(Self.zones)\(events.joined())END:VCALENDAR\r\n"
        let from = try RecurrenceTests.wall("20261201T000000").wallSeconds
        return try Calendar.lenient(Array(text.utf8)).calendar.occurrences(
            in: UTCDateTime(clamping: from)..<UTCDateTime(clamping: from + 60 * 86_400), floating: .utc, limits: limits
        ) { _ in nil }
    }

    private func expectGood(_ result: Occurrences) {
        let counts = Dictionary(grouping: result.elements) { $0.event.uid ?? "" }.mapValues(\.count)
        #expect(counts == ["good": 1, "weekly": 9, "seconds": 5, "business": 88] && result.isComplete)
    }

    @Test(arguments: bombs.indices)
    func itIsRefusedByName(_ number: Int) throws {
        let (name, lines) = Self.bombs[number]
        // What ten of them may cost is enough for one, and for the good ones.
        var limits = OccurrenceLimits()
        (limits.work, limits.earliestYear) = (10 * limits.workOfEvent, 1583)
        let result = try find([Self.good[0], Self.event("bomb", lines)] + Self.good.dropFirst(), limits)
        expectGood(result)
        #expect(!result.eventProblems.isEmpty, "\(name)")
        for problem in result.eventProblems {
            #expect(problem.event.uid == "bomb" && problem.error.location.contains("bomb"), "\(name): \(problem.error)")
            #expect([.tooLarge, .unknownZone].contains(problem.error.code), "\(name): \(problem.error)")
        }
    }

    @Test func manyOfThemLeaveEnoughForTheOthers() throws {
        let cheap = Self.bombs.filter { $0.lines.utf8.count < 2000 }
        let bombs = (0..<300).map { Self.event("bomb \($0)", cheap[$0 % cheap.count].lines) }
        var limits = OccurrenceLimits()
        (limits.work, limits.earliestYear) = (4 * limits.workOfEvent, 1583)
        let result = try find(bombs + Self.good, limits)
        expectGood(result)
        #expect(result.eventProblems.count == 300)
    }

    @Test func theReaderSaysOfWhichComponentItLeftPartsOut() throws {
        var limits = ReaderLimits()
        (limits.partsPerComponent, limits.bytesPerComponent, limits.lineBytes) = (5, 100, 90)
        for lines in [
            String(repeating: "X-A:b\r\n", count: 6),
            String(repeating: "X-A:\(String(repeating: "b", count: 30))\r\n", count: 4),
            "X-A:\(String(repeating: "b", count: 95))\r\n",
        ] {
            let text =
                "BEGIN:VCALENDAR\r\n" + String(repeating: "X-H:i\r\n", count: 9)
                + "BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\n\(lines)END:VEVENT\r\n"
                + "BEGIN:VEVENT\r\nUID:3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            let events = try Calendar.lenient(Array(text.utf8), limits: limits).calendar.events
            #expect(events.compactMap(\.uid) == ["1", "2", "3"])
            #expect(events.map(\.component.isCutShort) == [false, true, false])
        }
    }
}

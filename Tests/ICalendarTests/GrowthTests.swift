import ICalendar
import Testing
import UsherTesting

/// No calendar needs work that grows faster than its size.
@Suite("work grows as the calendar does", .serialized)
struct GrowthTests {
    private static func calendar(_ lines: (Int) -> String, _ count: Int) -> [UInt8] {
        Array("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\((0..<count).map(lines).joined())END:VCALENDAR\r\n".utf8)
    }

    private static func event(_ lines: (Int) -> String, _ count: Int) -> [UInt8] {
        calendar({ _ in "BEGIN:VEVENT\r\nUID:1\r\n\((0..<count).map(lines).joined())END:VEVENT\r\n" }, 1)
    }

    private func expectLinear(_ name: String, size: Int = 256, _ input: @escaping @Sendable (Int) -> [UInt8])
        async throws
    {
        let window = UTCDateTime(clamping: 1_700_000_000)..<UTCDateTime(clamping: 1_900_000_000)
        try await Growth.expectLinear(name, size: size, input: input) { bytes in
            let calendar = try Calendar.lenient(bytes).calendar
            _ = calendar.occurrences(in: window, floating: .utc) { _ in nil }
            for event in calendar.events { _ = (event.attendees, event.summary, event.conferences) }
        }
    }

    @Test(arguments: [
        ("BEGIN:VEVENT\r\n", "UID:1\r\n", "END:VEVENT\r\n"), ("", "BEGIN:VEVENT\r\n", ""),
        ("", "END:VEVENT\r\n", ""), ("", "BEGIN:X-A\r\n", ""), ("", "BEGIN:VCALENDAR\r\n", ""),
        ("", "X-A:b\r\n", ""), ("", "X-A:b\n", ""), ("", "\r\n", ""), ("X-A:", "b", "\r\n"),
        ("X-A:b", "\r\n b", "\r\n"),
        ("X-A", ";P=v", ":b\r\n"), ("X-A;P=", "v,", "v:b\r\n"), ("X-A;P=\"", "^n", "\":b\r\n"),
        ("SUMMARY:", "\\n", "\r\n"),
        ("CATEGORIES:", "a,", "b\r\n"), ("", "\u{0}", ""), ("", "\r", ""), ("X-A;P=\"", "a", ""),
        (
            "BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nRDATE:", "20261202T100000Z,",
            "20261203T100000Z\r\nEND:VEVENT\r\n"
        ),
        ("BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nRRULE:FREQ=YEARLY;BYDAY=", "MO,", "TU\r\nEND:VEVENT\r\n"),
        ("BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\n", "RRULE:FREQ=WEEKLY\r\n", "END:VEVENT\r\n"),
        ("BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\n", "RDATE:20261202T100000Z\r\n", "END:VEVENT\r\n"),
        (
            "BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nRRULE:FREQ=DAILY\r\nEXDATE:", "20261202T100000Z,",
            "20261203T100000Z\r\nEND:VEVENT\r\n"
        ),
        (
            "BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nRRULE:FREQ=DAILY\r\n", "EXRULE:FREQ=WEEKLY\r\n",
            "END:VEVENT\r\n"
        ),
        ("BEGIN:VEVENT\r\nDTSTART:20261201T100000Z\r\nRDATE:", "x,", "y\r\nEND:VEVENT\r\n"),
        ("BEGIN:VEVENT\r\n", "DTSTAMP:20261201T100000Z\r\n", "UID:1\r\nEND:VEVENT\r\n"),
        ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "X-A:b\r\nVERSION:2.0\r\n", ""),
        ("", "BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n", ""),
        (
            "BEGIN:VTIMEZONE\r\nTZID:A\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nDTSTART:19700101T000000\r\nRDATE:",
            "19710101T000000,", "19720101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        ),
        ("X-ALT-DESC;FMTTYPE=text/html:", "<b>", "\r\n"), ("ATTACH;ENCODING=BASE64;VALUE=BINARY:", "AAAA", "\r\n"),
        ("X-", "A", ":b\r\n"), ("BEGIN:X-", "A", "\r\n"), ("SUMMARY:", "\\", "\r\n"), ("SUMMARY:", ";", "\r\n"),
    ])
    func lines(_ start: String, _ middle: String, _ end: String) async throws {
        try await expectLinear("\(start)\(middle)…", size: 4096) { size in
            Self.calendar({ _ in start + String(repeating: middle, count: size / middle.utf8.count) + end }, 1)
        }
    }

    /// What the strict reader accepts, and what it refuses.
    @Test(arguments: [
        ("UID:1\r\nDTSTAMP:20261201T100000Z\r\nDTSTART:20261201T100000Z\r\n", "X-A:b\r\n"),
        ("UID:1\r\nDTSTAMP:20261201T100000Z\r\nDTSTART:20261201T100000Z\r\n", "BEGIN:X-A\r\nX-B:c\r\nEND:X-A\r\n"),
        ("", "UID:1\r\n"), ("", "X-A;P=\"b\":c\r\n d\r\n"), ("", "BEGIN:X-A\r\n"),
    ])
    func strictly(_ start: String, _ line: String) async throws {
        try await Growth.expectLinear("strict reading of \(line)") { size in
            Self.event({ $0 == 0 ? start + line : line }, size / line.utf8.count + 1)
        } work: { bytes in
            do throws(ICalendarError) { _ = try Calendar(strict: bytes) } catch {}
        }
    }

    /// Rules whose occurrences are far away, and the more of them the longer ago they began.
    @Test func rulesOfManyEvents() async throws {
        for rule in [
            "FREQ=SECONDLY;COUNT=2000000000;BYSECOND=7", "FREQ=MINUTELY;INTERVAL=7;BYHOUR=9", "FREQ=WEEKLY;BYDAY=MO,TU",
            "FREQ=YEARLY;BYHOUR=1,2,3,4,5,6,7,8;BYMINUTE=1,2,3,4,5;BYSETPOS=-1",
        ] {
            try await expectLinear("events with \(rule)", size: 16) { count in
                Self.calendar(
                    { "BEGIN:VEVENT\r\nUID:\($0)\r\nDTSTART:19700101T100000Z\r\nRRULE:\(rule)\r\nEND:VEVENT\r\n" },
                    count)
            }
        }
    }

    @Test func events() async throws {
        try await expectLinear("events") {
            Self.calendar({ "BEGIN:VEVENT\r\nUID:\($0)\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT\r\n" }, $0)
        }
        try await expectLinear("events in as many zones, of which none is known") {
            Self.calendar({ "BEGIN:VEVENT\r\nUID:\($0)\r\nDTSTART;TZID=Z\($0):20261201T100000\r\nEND:VEVENT\r\n" }, $0)
        }
        try await expectLinear("time zones") {
            Self.calendar(
                {
                    "BEGIN:VTIMEZONE\r\nTZID:Z\($0)\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:\($0)\r\nDTSTART;TZID=Z\($0):20261201T100000\r\nEND:VEVENT\r\n"
                }, $0)
        }
        try await expectLinear("attendees") { Self.event({ "ATTENDEE:mailto:p\($0)@example.com\r\n" }, $0) }
        try await expectLinear("alarms") {
            Self.event({ "BEGIN:VALARM\r\nTRIGGER:-PT\($0)M\r\nACTION:DISPLAY\r\nEND:VALARM\r\n" }, $0)
        }
    }

    @Test(arguments: ["", ";RANGE=THISANDFUTURE"])
    func overrides(_ range: String) async throws {
        try await expectLinear("overrides \(range)") { count in
            Self.calendar(
                { number in
                    guard number > 0 else {
                        return "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20201201T100000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"
                    }
                    // In no order, so that hardly any is already in its place.
                    let minute = number * 7919 % 483_840
                    let id =
                        "2021\(Self.two(minute / 40_320 + 1))\(Self.two(minute / 1440 % 28 + 1))"
                        + "T\(Self.two(minute / 60 % 24))\(Self.two(minute % 60))00Z"
                    return "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID\(range):\(id)\r\nDTSTART:\(id)\r\nEND:VEVENT\r\n"
                }, count)
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    @Test func aTimeZoneOfManyObservances() async throws {
        let observance = { @Sendable (number: Int) in
            "BEGIN:STANDARD\r\nDTSTART:\(1970 + number % 60)0101T000000\r\nTZOFFSETFROM:+0\(number % 9)00\r\nTZOFFSETTO:+0\((number + 1) % 9)00\r\nEND:STANDARD\r\n"
        }
        try await expectLinear("observances") { count in
            let zone = "BEGIN:VTIMEZONE\r\nTZID:A\r\n\((0..<count).map(observance).joined())END:VTIMEZONE\r\n"
            return Self.calendar(
                { _ in zone + "BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=A:20261201T100000\r\nEND:VEVENT\r\n" }, 1)
        }
    }

    /// The way in which a calendar arrives does not matter.
    @Test(arguments: ["X-A:b\r\n", "a", "X-A:b\r\n c"])
    func octetByOctet(_ text: String) async throws {
        try await Growth.expectLinear(
            "chunks of \(text)", input: { Array(String(repeating: text, count: $0 / 4).utf8) }
        ) {
            var reader = Reader(.lenient)
            for byte in $0 {
                reader.append(CollectionOfOne(byte))
                while try reader.next() != nil {}
            }
        }
    }

    @Test func jCal() async throws {
        try await Growth.expectLinear(
            "jCal", size: 256,
            input: { count in
                let event = "[\"vevent\", [[\"uid\", {}, \"text\", \"1\"]], []]"
                return Array(
                    "[\"vcalendar\", [], [\(Array(repeating: event, count: count).joined(separator: ","))]]".utf8)
            }, work: { _ = try Calendar(jCal: $0) })
    }

    /// What is no jCal, or nested deeper than any, is refused after no more work than what is.
    @Test(arguments: [
        ("[", "[", ""), ("[\"vcalendar\", [], ", "[\"vevent\", [], ", ""), ("", "{\"a\":", ""),
        ("[\"", "\\u00e9", "\", [], []]"),
        ("[\"vcalendar\", [[\"x-a\", {}, \"text\", ", "\"b\",", "\"c\"]], []]"),
        ("[\"vcalendar\", [[\"x-a\", {\"p\": [", "\"b\",", "\"c\"]}, \"text\", \"d\"]], []]"),
        ("[\"vcalendar\", [[\"x-a\", {", "\"p\": \"q\",", "\"r\": \"s\"}, \"text\", \"d\"]], []]"),
        ("[\"vcalendar\", [", "[\"x-a\", {}, \"text\", \"b\"],", "[\"x-a\", {}, \"text\", \"b\"]], []]"),
        ("[\"vcalendar\", [[\"rrule\", {}, \"recur\", {\"freq\": \"DAILY\", \"byhour\": [", "1,", "2]}]], []]"),
        ("[\"vcalendar\", [[\"x-a\", {}, \"integer\", ", "1", "]], []]"), ("", " ", "[]"),
    ])
    func oddJCal(_ start: String, _ middle: String, _ end: String) async throws {
        try await Growth.expectLinear(
            "jCal of \(middle)",
            input: { Array((start + String(repeating: middle, count: $0 / middle.utf8.count + 1) + end).utf8) }
        ) { bytes in
            do throws(ICalendarError) { _ = try Calendar(jCal: bytes) } catch {}
        }
    }
}

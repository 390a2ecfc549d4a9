import ICalendar
import Testing

/// Times, exceptions and zones as people and programs write them.
struct StatedTimeTests {
    private static let zones = TimeZoneDatabase()

    private func occurrences(_ lines: String, isKnown: ((String) -> Bool)? = nil) throws -> Occurrences {
        let reading = try Calendar.lenient(Array(lines.utf8), isKnown: isKnown)
        let window = UTCDateTime(clamping: 1_796_083_200)..<UTCDateTime(clamping: 1_798_761_600)
        return reading.calendar.occurrences(in: window, floating: .utc) { id in
            do { return try Self.zones.rules(for: id) } catch { return nil }
        }
    }

    private func calendar(_ events: String..., uid: String = "u") -> String {
        let all = events.map { "BEGIN:VEVENT\nUID:\(uid)\n\($0)\nEND:VEVENT\n" }.joined()
        return "BEGIN:VCALENDAR\nVERSION:2.0\n\(all)END:VCALENDAR\n"
    }

    /// The starts in December 2026 as day and time in UTC.
    private func starts(_ found: Occurrences) -> [String] {
        found.elements.map { text($0.start) }
    }

    private func text(_ instant: UTCDateTime) -> String {
        let local = TimeZoneRules.utc.local(at: instant)
        return "\(local.date.day) \(local.hour):\(local.minute)"
    }

    private static let series = """
        DTSTART;TZID=Europe/Berlin:20261209T150000
        DTEND;TZID=Europe/Berlin:20261209T160000
        RRULE:FREQ=WEEKLY;COUNT=3
        """

    // MARK: Exceptions

    @Test(arguments: [
        "EXDATE:20261216T150000", "EXDATE:20261216T150000,", "EXDATE:,20261216T150000", "EXDATE: 20261216T150000 ,",
        "EXDATE;VALUE=DATE:20261216", "EXDATE;VALUE=DATE:20261216T150000", "EXDATE:20261216T140000Z,",
        "exdate;tzid=Europe/Berlin:20261216T150000,20270101T150000,",
    ])
    func anExceptionWithoutAZoneIsOnTheClockOfItsSeries(_ line: String) throws {
        let found = try occurrences(calendar(Self.series + "\n" + line))
        #expect(starts(found) == ["9 14:0", "23 14:0"] && found.problems == [])
    }

    @Test func anExceptionOfASeriesInUTCIsInUTC() throws {
        let found = try occurrences(
            calendar("DTSTART:20261209T140000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261210T140000"))
        #expect(starts(found) == ["9 14:0", "11 14:0"])
    }

    @Test(arguments: ["EXDATE:20261216T150000,soon", "EXDATE:soon,20261216T150000,"])
    func anExceptionThatCannotBeReadIsNamedAndTheOthersCount(_ line: String) throws {
        let found = try occurrences(calendar(Self.series + "\n" + line))
        #expect(starts(found) == ["9 14:0", "23 14:0"])
        #expect(found.problems.map(\.location) == ["event “u”"])
        #expect(found.problems.first?.problem == "EXDATE with a value that is no time")
    }

    @Test func whatAnOldExceptionRuleGivesDoesNotTakePlace() throws {
        let daily = "DTSTART;TZID=Europe/Berlin:20261209T150000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5\n"
        let found = try occurrences(calendar(daily + "EXRULE:FREQ=DAILY;INTERVAL=2"))
        #expect(starts(found) == ["10 14:0", "12 14:0"])
        #expect(try starts(occurrences(calendar(daily + "EXRULE:FREQ=DAILY"))) == [])
        #expect(try occurrences(calendar(daily + "EXRULE:FREQ=SOMETIMES;X=1")).problems.count == 1)
    }

    @Test func anExceptionInAnUnknownZoneIsNamedAndNotAnnounced() throws {
        let found = try occurrences(calendar(Self.series + "\nEXDATE;TZID=Mars/Base:20261216T150000"))
        #expect(starts(found) == ["9 14:0", "23 14:0"])
        #expect(found.problems.map(\.location) == ["event “u”, time zone “Mars/Base”"])
    }

    @Test(arguments: [
        "RECURRENCE-ID:20261216T150000\nDTSTART;TZID=Europe/Berlin:20261216T180000\nDURATION:PT1H",
        "RECURRENCE-ID:20261216T150000\nDTSTART:20261216T180000\nDTEND:20261216T190000",
        "RECURRENCE-ID:20261216T140000Z\nDTSTART:20261216T170000Z\nDTEND:20261216T180000",
    ])
    func anOverrideWithoutAZoneIsOnTheClockOfItsSeries(_ lines: String) throws {
        let found = try occurrences(calendar(Self.series, lines))
        #expect(starts(found) == ["9 14:0", "16 17:0", "23 14:0"] && found.problems == [])
    }

    @Test(arguments: ["RECURRENCE-ID:soon", "RECURRENCE-ID:", "RECURRENCE-ID;TZID:20261216T150000"])
    func anOverrideOfAnUnknownOccurrenceDoesNotReplaceTheSeries(_ line: String) throws {
        let moved = "\(line)\nDTSTART:20261220T100000Z\nDURATION:PT1H\nSEQUENCE:9"
        let found = try occurrences(calendar(Self.series, moved))
        #expect(starts(found) == ["9 14:0", "16 14:0", "23 14:0"])
        #expect(found.problems.map(\.problem) == ["RECURRENCE-ID with a value that is no time"])
        #expect(found.problems.first?.location == "event “u”")
    }

    @Test func anOverrideInAnUnknownZoneIsRefusedAlone() throws {
        let found = try occurrences(
            calendar(Self.series, "RECURRENCE-ID;TZID=Mars/Base:20261216T150000\nDTSTART:20261220T100000Z"))
        #expect(starts(found) == ["9 14:0", "16 14:0", "23 14:0"])
        #expect(found.problems.map(\.location) == ["event “u”, time zone “Mars/Base”"])
    }

    // MARK: Ends and whole days

    @Test(arguments: [
        ("DTSTART;TZID=Europe/Berlin:20261209T150000\nDTEND:20261209T160000", "9 14:0", "9 15:0"),
        ("DTSTART:20261209T150000Z\nDTEND:20261209T160000", "9 15:0", "9 16:0"),
        ("DTSTART:20261209T150000\nDTEND;TZID=Europe/Berlin:20261209T160000", "9 14:0", "9 15:0"),
        ("DTSTART;TZID=Asia/Tokyo:20261209T150000\nDTEND;TZID=Europe/Berlin:20261209T090000", "9 6:0", "9 8:0"),
        ("DTSTART;TZID=Europe/Berlin:20261209T220000\nDTEND;VALUE=DATE:20261210", "9 21:0", "9 23:0"),
    ])
    func anEndWithoutAZoneIsInThatOfTheStart(_ lines: String, _ start: String, _ end: String) throws {
        let found = try occurrences(calendar(lines))
        #expect(found.elements.map { text($0.start) } == [start] && found.elements.map { text($0.end) } == [end])
    }

    @Test(arguments: ["20261209T000000", "20261209T000000Z", "20261209T150000"])
    func aDateWithATimeBehindItIsAWholeDay(_ value: String) throws {
        let found = try occurrences(calendar("DTSTART;VALUE=DATE:\(value)\nDTEND;VALUE=DATE:20261210T000000"))
        #expect(found.elements.map(\.time) == [.date(try CivilDate(year: 2026, month: 12, day: 9))])
        #expect(found.elements.map { text($0.end) } == ["10 0:0"])
    }

    // MARK: Zones

    @Test(arguments: [
        "DTSTART;TZID=GMT+05:30:20261209T140000", "DTSTART;TZID=GMT+05:30;VALUE=DATE-TIME:20261209T140000",
        "DTSTART;TZID=\"GMT+05:30\":20261209T140000", "DTSTART;TZID=\"GMT+05:30:20261209T140000",
    ])
    func aZoneWithAColonThatIsNotQuotedIsUnderstood(_ line: String) throws {
        let found = try occurrences(zone("GMT+05:30", "DTSTART:19700101T000000", "+0530") + calendar(line))
        #expect(starts(found) == ["9 8:30"] && found.problems == [])
    }

    @Test func aZoneWithCommasThatIsNotQuotedIsUnderstood() throws {
        let id = "(UTC+01:00) Amsterdam, Berlin, Bern"
        let found = try occurrences(
            zone(id, "DTSTART:19700101T000000", "+0100") + calendar("DTSTART;TZID=\(id):20261209T140000"))
        #expect(starts(found) == ["9 13:0"])
    }

    @Test(arguments: [
        "DTSTART;VALUE=DATE:20170101", "DTSTART:20170101", "DTSTART;VALUE=DATE:20170101T000000",
        "DTSTART:20170101T000000",
    ])
    func aZoneThatBeginsOnADateIsUnderstood(_ line: String) throws {
        let found = try occurrences(zone("UTC+11", line, "+1100") + calendar("DTSTART;TZID=UTC+11:20261210T010000"))
        #expect(starts(found) == ["9 14:0"])
    }

    @Test(
        arguments: [
            ("GMT+01:00", "9 13:0"), ("utc-03:30", "9 17:30"), ("\"GMT+05:30\"", "9 8:30"), ("GMT+25:00", nil),
            ("GMT 01:00", nil),
        ] as [(String, String?)])
    func aZoneThatIsAnOffsetIsUnderstood(_ id: String, _ start: String?) throws {
        let found = try occurrences(calendar("DTSTART;TZID=\(id):20261209T140000"))
        #expect(starts(found) == [start].compactMap { $0 } && found.problems.isEmpty == (start != nil))
    }

    @Test func anOverrideWhoseZoneIsAnOffsetIsPlaced() throws {
        let moved = "RECURRENCE-ID;TZID=GMT+01:00:20261216T150000\nDTSTART:20261216T160000Z\nDTEND:20261216T170000Z"
        #expect(try starts(occurrences(calendar(Self.series, moved))) == ["9 14:0", "16 16:0", "23 14:0"])
    }

    @Test func aZoneThatTwoCalendarsDefineCountsWithinItsOwn() throws {
        let start = "DTSTART:19700101T000000"
        let text =
            zone("Local", start, "+0100", more: calendar("DTSTART;TZID=Local:20261209T140000"))
            + zone("Local", start, "-0500", more: calendar("DTSTART;TZID=Local:20261210T140000", uid: "v"))
            + zone("Local", start, "+0100", more: calendar("DTSTART;TZID=Local:20261211T140000", uid: "w"))
        #expect(try starts(occurrences(text) { _ in false }) == ["9 13:0", "10 19:0", "11 13:0"])
    }

    private func zone(_ id: String, _ start: String, _ offset: String, more: String = "") -> String {
        let zone = """
            BEGIN:VTIMEZONE
            TZID:\(id)
            BEGIN:STANDARD
            \(start)
            TZOFFSETFROM:\(offset)
            TZOFFSETTO:\(offset)
            END:STANDARD
            END:VTIMEZONE

            """
        guard more.isEmpty else { return more.replacing("VERSION:2.0\n", with: "VERSION:2.0\n" + zone) }
        return zone
    }
}

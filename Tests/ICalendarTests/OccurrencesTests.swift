import ICalendar
import Testing

/// Occurrences of events in a window: rules, dates, exceptions and overrides together (RFC 5545 §3.8.5).
struct OccurrencesTests {
    private static func instant(_ text: String) throws -> UTCDateTime {
        UTCDateTime(clamping: try RecurrenceTests.wall(text).wallSeconds)
    }

    private static func zones(_ id: String) -> TimeZoneRules? {
        do { return try TimeZoneRulesTests.rules(id.replacing("/", with: "-")) } catch { return nil }
    }

    /// The occurrences of events given without UID and DTSTAMP lines, which are added.
    private func find(
        _ events: [String], from: String = "20260101T000000", to: String = "20270101T000000",
        limits: OccurrenceLimits = OccurrenceLimits(), extra: String = ""
    ) throws -> Occurrences {
        let bodies = events.map { body in
            let lines = body.split(separator: " ").joined(separator: "\r\n")
            return "BEGIN:VEVENT\r\n" + (body.contains("UID:") ? "" : "UID:u\r\n")
                + "DTSTAMP:20260101T000000Z\r\n\(lines)\r\nEND:VEVENT\r\n"
        }
        let calendar = try Calendar(strict: feed(extra + bodies.joined() + "X-END:1").dropping("X-END:1\r\n"))
        return calendar.occurrences(
            in: try Self.instant(from)..<Self.instant(to), floating: try TimeZoneRulesTests.rules("Europe-Berlin"),
            limits: limits, zones: Self.zones)
    }

    private func starts(_ occurrences: Occurrences) -> [String] {
        occurrences.elements.map { RecurrenceTests.text(LocalDateTime(clampingWallSeconds: $0.start.secondsSince1970)) }
    }

    private func minutes(_ occurrences: Occurrences) -> [Int64] {
        occurrences.elements.map { ($0.end.secondsSince1970 - $0.start.secondsSince1970) / 60 }
    }

    @Test func aSeriesKeepsItsLocalTimeWhenTheClocksChange() throws {
        let result = try find([
            "DTSTART;TZID=Europe/Berlin:20260314T090000 DTEND;TZID=Europe/Berlin:20260314T100000 RRULE:FREQ=WEEKLY;COUNT=4"
        ])
        #expect(starts(result) == ["20260314T080000", "20260321T080000", "20260328T080000", "20260404T070000"])
        #expect(minutes(result) == [60, 60, 60, 60])
        #expect(result.problems.isEmpty && result.isComplete)
        #expect(result.elements[3].time == result.elements[3].recurrenceID)
        #expect(result.elements[3].time == .zoned(try RecurrenceTests.wall("20260404T090000"), zone: "Europe/Berlin"))
    }

    @Test func anEventThatDoesNotRecurHasNoRecurrenceID() throws {
        let result = try find(["DTSTART:20260314T090000Z DURATION:PT90M", "UID:v DTSTART:20250314T090000Z"])
        #expect(starts(result) == ["20260314T090000"])
        #expect(result.elements[0].recurrenceID == nil)
        #expect(minutes(result) == [90])
    }

    @Test func theDurationIsExactWithDTENDAndNominalWithDURATION() throws {
        let start = "DTSTART;TZID=Europe/Berlin:20260327T120000 RRULE:FREQ=DAILY;COUNT=3"
        #expect(minutes(try find([start + " DTEND;TZID=Europe/Berlin:20260328T120000"])) == [1440, 1440, 1440])
        #expect(minutes(try find([start + " DURATION:P1D"])) == [1440, 1380, 1440])
        #expect(minutes(try find([start + " DURATION:P1DT1H"])) == [1500, 1440, 1500])
        #expect(minutes(try find([start])) == [0, 0, 0])
    }

    @Test func wholeDaysAreInTheFloatingZone() throws {
        let result = try find([
            "DTSTART;VALUE=DATE:20260328 DTEND;VALUE=DATE:20260330", "UID:b DTSTART;VALUE=DATE:20260701",
        ])
        #expect(starts(result) == ["20260327T230000", "20260630T220000"])
        #expect(minutes(result) == [2820, 1440])
    }

    @Test func datesAreAddedAndExcluded() throws {
        let result = try find([
            "DTSTART;TZID=Europe/Berlin:20260105T090000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=5"
                + " EXDATE;TZID=Europe/Berlin:20260106T090000,20260107T090000 EXDATE:20260108T080000Z"
                + " RDATE;TZID=Europe/Berlin:20260201T100000,20260105T090000 RDATE;VALUE=PERIOD:20260301T000000Z/PT3H,20260302T000000Z/20260302T000500Z"
                + " RDATE;TZID=America/New_York:20260401T000000"
        ])
        #expect(
            starts(result) == [
                "20260105T080000", "20260109T080000", "20260201T090000", "20260301T000000", "20260302T000000",
                "20260401T040000",
            ])
        #expect(minutes(result) == [60, 60, 60, 180, 5, 60])
    }

    @Test func aWholeDayCanBeExcluded() throws {
        let timed = "DTSTART:20260105T090000Z RRULE:FREQ=DAILY;COUNT=3 EXDATE;VALUE=DATE:20260106"
        #expect(starts(try find([timed])) == ["20260105T090000", "20260107T090000"])
        let whole = "DTSTART;VALUE=DATE:20260705 RRULE:FREQ=DAILY;COUNT=3 EXDATE;VALUE=DATE:20260706"
        #expect(starts(try find([whole])) == ["20260704T220000", "20260706T220000"])
    }

    @Test func oneOccurrenceIsOverridden() throws {
        let series = "DTSTART;TZID=Europe/Berlin:20251201T090000 SUMMARY:old RRULE:FREQ=DAILY"
        let moved = "RECURRENCE-ID:20251224T080000Z DTSTART:20260102T120000Z SUMMARY:new"
        let away = "RECURRENCE-ID;TZID=Europe/Berlin:20260103T090000 DTSTART:20250101T120000Z"
        let cancelled = "RECURRENCE-ID:20260104T080000Z DTSTART:20260104T080000Z STATUS:CANCELLED"
        let byDay = "RECURRENCE-ID;VALUE=DATE:20260105 DTSTART:20260105T200000Z"
        let result = try find([moved, series, away, cancelled, byDay], to: "20260106T000000")
        #expect(
            starts(result) == [
                "20260101T080000", "20260102T080000", "20260102T120000", "20260104T080000", "20260105T200000",
            ])
        #expect(result.elements.map(\.event.summary) == ["old", "old", "new", nil, nil])
        #expect(result.elements[3].event.status == .cancelled)
        #expect(result.elements[2].recurrenceID == .utc(try Self.instant("20251224T080000")))
    }

    @Test func oneAndAllLaterOccurrencesAreOverridden() throws {
        let series = "DTSTART;TZID=Europe/Berlin:20260320T090000 SUMMARY:a DURATION:PT1H RRULE:FREQ=DAILY;COUNT=14"
        let later =
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260327T090000"
            + " DTSTART;TZID=Europe/Berlin:20260328T103000 DURATION:PT2H SUMMARY:b"
        let last =
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260331T070000Z DTSTART;TZID=Europe/Berlin:20260331T080000 SUMMARY:c"
        let single =
            "RECURRENCE-ID;TZID=Europe/Berlin:20260401T090000 DTSTART;TZID=Europe/Berlin:20260401T230000 SUMMARY:d"
        let result = try find([series, later, last, single], from: "20260326T000000")
        #expect(
            starts(result) == [
                "20260326T080000", "20260328T093000", "20260329T083000", "20260330T083000", "20260331T060000",
                "20260331T083000", "20260401T210000", "20260402T060000",
            ])
        #expect(result.elements.map(\.event.summary) == ["a", "b", "b", "b", "c", "b", "d", "c"])
        #expect(minutes(result) == [60, 120, 120, 120, 0, 120, 0, 0])
    }

    @Test func anOverrideWithoutItsSeriesIsFound() throws {
        let result = try find(["RECURRENCE-ID:20260101T000000Z DTSTART:20260102T000000Z"])
        #expect(starts(result) == ["20260102T000000"])
        #expect(result.elements[0].recurrenceID == .utc(try Self.instant("20260101T000000")))
    }

    @Test func theNewestVersionCounts() throws {
        let events = [
            "SEQUENCE:2 DTSTART:20260102T000000Z", "SEQUENCE:10 DTSTART:20260103T000000Z", "DTSTART:20260104T000000Z",
        ]
        #expect(starts(try find(events)) == ["20260103T000000"])
    }

    @Test func aStartThatDoesNotMatchTheRuleIsTheFirstOccurrence() throws {
        #expect(
            starts(try find(["DTSTART:20260101T000000Z RRULE:FREQ=MONTHLY;BYMONTHDAY=15;COUNT=3"]))
                == ["20260101T000000", "20260115T000000", "20260215T000000"])
    }

    @Test func occurrencesThatOverlapTheWindowAreFound() throws {
        let daily = "DTSTART:19700101T230000Z DURATION:PT2H RRULE:FREQ=DAILY"
        #expect(
            starts(try find([daily], from: "20260301T003000", to: "20260302T230000")) == [
                "20260228T230000", "20260301T230000",
            ])
        #expect(starts(try find([daily], from: "20260301T010000", to: "20260301T230000")) == [])
        let instant = "DTSTART:20260301T010000Z"
        #expect(starts(try find([instant], from: "20260301T010000", to: "20260301T020000")) == ["20260301T010000"])
        #expect(starts(try find([instant], from: "20260301T000000", to: "20260301T010000")) == [])
    }

    @Test func theCalendarsOwnZoneIsUsedIfTheCallerHasNone() throws {
        let zone = """
            BEGIN:VTIMEZONE\r
            TZID:Own\r
            BEGIN:STANDARD\r
            DTSTART:16010101T000000\r
            TZOFFSETFROM:+0500\r
            TZOFFSETTO:+0500\r
            END:STANDARD\r
            END:VTIMEZONE\r

            """
        let result = try find(
            ["DTSTART;TZID=Own:20260101T120000", "UID:b DTSTART;TZID=Nowhere:20260101T120000"], extra: zone)
        #expect(starts(result) == ["20260101T070000"])
        #expect(result.problems.map(\.code) == [.unknownZone])
    }

    @Test func anEventThatCannotBeInterpretedIsReported() throws {
        let calendar = try Calendar.lenient(event("RRULE:FREQ=FORTNIGHTLY")).calendar
        let result = calendar.occurrences(in: .earliest ..< .latest, floating: .utc) { _ in nil }
        #expect(result.elements.isEmpty)
        #expect(result.problems.map(\.code) == [.malformedValue])
        #expect(result.problems.first?.location.contains("“u”") == true)
    }

    @Test func limitsStopTheSearchAndAreReported() throws {
        var limits = OccurrenceLimits()
        limits.occurrencesOfEvent = 10
        let often = "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY"
        let later = "UID:later DTSTART:20260101T000000Z"
        let many = try find([often, later], limits: limits)
        #expect(many.elements.map(\.event.uid) == ["later"] && many.isComplete)
        #expect(many.problems.map(\.code) == [.tooLarge] && many.problems[0].location == "event “u”")
        limits.workOfEvent = 1000
        let seldom = "DTSTART:20200101T000000Z RRULE:FREQ=YEARLY;BYDAY=MO;BYMONTHDAY=29;BYMONTH=2"
        let none = try find([seldom, later], to: "20990101T000000", limits: limits)
        #expect(none.elements.map(\.event.uid) == ["later"] && none.isComplete)
        #expect(none.problems.map(\.code) == [.tooLarge])
    }

    @Test(arguments: [
        "DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY", "DTSTART:20260101T000000Z RRULE:FREQ=MINUTELY",
        "DTSTART:00010101T000000Z RRULE:FREQ=SECONDLY;BYSECOND=0",
        "DTSTART:19700101T000000Z RRULE:FREQ=SECONDLY;COUNT=2147483647",
        "DTSTART:19700101T000000Z RRULE:FREQ=MINUTELY;BYDAY=MO;COUNT=2147483647",
    ])
    func aSeriesWithMoreThanItsShareIsLeftOutAndNoOther(_ series: String) throws {
        let found = try find(
            [series, "UID:good DTSTART:20260131T000000Z", "UID:daily DTSTART:20260101T000000Z RRULE:FREQ=DAILY"],
            to: "20260302T000000")
        #expect(found.isComplete)
        #expect(found.problems.map(\.code) == [.tooLarge])
        #expect(found.eventProblems.first?.event.uid == "u")
        #expect(Set(found.elements.compactMap(\.event.uid)) == ["good", "daily"])
    }

    /// What is far behind, or never comes, is not walked through.
    @Test(arguments: [
        ("DTSTART:00010101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=86400", 60),
        ("DTSTART:00010101T000000Z RRULE:FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0", 60),
        ("DTSTART:00010101T000000Z RRULE:FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0;BYSECOND=30", 60),
        ("DTSTART:19700101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=86400;COUNT=20454", 0),
        ("DTSTART:19700101T000000Z RRULE:FREQ=SECONDLY;INTERVAL=86400;COUNT=20456", 2),
        ("DTSTART:19700101T000000Z RRULE:FREQ=DAILY;COUNT=20456", 2),
        ("DTSTART:20260101T000000Z RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 1),
        ("DTSTART:20260101T000000Z RRULE:FREQ=HOURLY;INTERVAL=2;BYHOUR=1", 1),
    ])
    func whatIsFarBehindOrNeverComesTakesLittleWork(_ series: String, count: Int) throws {
        var limits = OccurrenceLimits()
        limits.workOfEvent = 10_000
        let found = try find([series], to: "20260302T000000", limits: limits)
        #expect(found.problems.isEmpty, "\(found.problems)")
        #expect(found.elements.count == count)
    }

    @Test func ofTooManyOccurrencesInAllThoseOfTheLargestEventsAreLeftOut() throws {
        var limits = OccurrenceLimits()
        limits.occurrences = 20
        let series = (1...5).map { "UID:\($0) DTSTART:20260101T000000Z RRULE:FREQ=DAILY;COUNT=\($0 * 3)" }
        let some = try find(series, limits: limits)
        #expect(Set(some.elements.compactMap(\.event.uid)) == ["1", "2", "3"] && some.isComplete)
        #expect(some.eventProblems.compactMap(\.event.uid) == ["4", "5"])
        let single = (1...21).map { "UID:\($0) DTSTART:20260101T000000Z" }
        let all = try find(series + single.map { $0.replacing("UID:", with: "UID:s") }, limits: limits)
        #expect(all.elements.count == 20 && !all.isComplete)
    }

    @Test(arguments: 0..<150)
    func aWindowShowsWhatTheWholeSeriesHasThere(seed: Int) throws {
        var random = Seeded(state: UInt64(seed))
        let (start, rule) = try RandomRule.make(&random)
        var event = Event(uid: "u", stamp: .earliest, start: .floating(start))
        event.recurrenceRule = rule
        event.duration = .seconds(3000)
        let from = start.wallSeconds + Int64.random(in: -1000...900_000_000, using: &random)
        let window =
            UTCDateTime(clamping: from)..<UTCDateTime(clamping: from + Int64.random(in: 0...20_000_000, using: &random))
        var limits = OccurrenceLimits()
        (limits.occurrencesOfEvent, limits.work) = (300, 20_000)
        let result = Occurrences(of: [event], in: window, floating: .utc, limits: limits) { _ in nil }
        guard result.problems.isEmpty else { return }
        var all = RecurrenceIterator(rule, from: start, work: 200_000)
        var expected: [Int64] = []
        while let time = all.next(), time.wallSeconds < window.upperBound.secondsSince1970 {
            if time.wallSeconds + 3000 > window.lowerBound.secondsSince1970 { expected.append(time.wallSeconds) }
        }
        guard !all.isCutShort else { return }
        #expect(
            result.elements.map(\.start.secondsSince1970) == expected,
            "\(rule.text) from \(RecurrenceTests.text(start))")
    }
}

extension [UInt8] {
    fileprivate func dropping(_ line: String) -> [UInt8] {
        Array(String(decoding: self, as: UTF8.self).replacing(line, with: "").utf8)
    }
}

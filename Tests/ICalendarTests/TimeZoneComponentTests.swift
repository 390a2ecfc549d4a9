import ICalendar
import Testing
import UsherTesting

/// VTIMEZONE: exact for a span, and read back (RFC 5545 §3.6.5).
struct TimeZoneComponentTests {
    private static let day: Int64 = 86_400

    /// The first and last second of each year.
    private static func span(_ from: Int, _ to: Int) throws -> ClosedRange<UTCDateTime> {
        let start = try CivilDate(year: from, month: 1, day: 1).daysSince1970
        let end = try CivilDate(year: to, month: 12, day: 31).daysSince1970
        return UTCDateTime(clamping: start * day)...UTCDateTime(clamping: (end + 1) * day - 1)
    }

    private static let spans = [
        (2026, 2026), (2026, 2027), (2007, 2011), (1990, 2030), (1940, 1990), (1900, 2060), (2036, 2039),
    ]

    @Test(arguments: TimeZoneRulesTests.zones, spans)
    func aZoneReadBackIsTheSameInItsSpan(name: String, years: (Int, Int)) throws {
        let rules = try TimeZoneRulesTests.rules(name)
        let span = try Self.span(years.0, years.1)
        let again = try TimeZoneRules(rules.component(id: name, covering: span))
        #expect(Self.firstDifference(rules, again, in: span) == nil)
    }

    /// Compares the offsets every half day and, where one changes in between, to the second.
    private static func firstDifference(
        _ first: TimeZoneRules, _ second: TimeZoneRules, in span: ClosedRange<UTCDateTime>
    ) -> Int64? {
        let (from, to) = (span.lowerBound.secondsSince1970, span.upperBound.secondsSince1970)
        let differ = { (instant: Int64) in
            first.offset(at: instant).secondsEastOfUTC != second.offset(at: instant).secondsEastOfUTC
        }
        for start in stride(from: from, through: to, by: 43_200) {
            if differ(start) { return start }
            var (low, high) = (start, min(start + 43_200, to))
            let before = first.offset(at: low).secondsEastOfUTC
            guard first.offset(at: high).secondsEastOfUTC != before else { continue }
            while high - low > 1 {
                let middle = (low + high) / 2
                if first.offset(at: middle).secondsEastOfUTC == before { low = middle } else { high = middle }
            }
            if differ(low) || differ(high) { return high }
        }
        return differ(to) ? to : nil
    }

    @Test(arguments: TimeZoneRulesTests.zones, [(2026, 2026), (2007, 2012), (1996, 2035)])
    func otherProgramsReadTheSameOffsets(name: String, years: (Int, Int)) throws {
        let rules = try TimeZoneRulesTests.rules(name)
        let span = try Self.span(years.0, years.1)
        var calendar = Calendar(prodID: "p")
        calendar.timeZones = [rules.component(id: name, covering: span)]
        let bytes = calendar.encoded()
        #expect(try Calendar(strict: bytes) == calendar)
        let said = try Counterpart.python(
            "vtimezone.py", Counterpart.golden("zones/\(name).tzif"), String(span.lowerBound.secondsSince1970),
            String(span.upperBound.secondsSince1970), input: bytes)
        #expect(said == "good\n")
    }

    @Test func zonesMatchTheGoldenFile() throws {
        var calendar = Calendar(prodID: "p")
        calendar.timeZones = try TimeZoneRulesTests.zones.map { name in
            try TimeZoneRulesTests.rules(name).component(
                id: name.replacing("-", with: "/"), covering: Self.span(2026, 2027))
        }
        try expectGolden(calendar.encoded(), "zones.ics")
    }

    @Test(arguments: [
        // A Saturday after a Thursday, the evening before a Sunday, days of the year, and changes that RRULE cannot
        // express.
        ("EET-2EEST,M3.4.4/50,M10.4.4/50", true), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true),
        ("AAA3BBB,J60/2,J300/2", true), ("AAA3BBB,J1/-1,J300/2", false), ("AAA3BBB,59/2,300/2", true),
        ("AAA3BBB,M2.4.0/30,M10.1.0/-30", false), ("AAA3BBB,M2.5.0/-25,M10.5.0/0", true),
        ("AAA3BBB,0/0,J365/25", false), ("IST-1GMT0,M10.5.0,M3.5.0/1", true), ("AAA3BBB2,M10.1.0/0,M3.3.0/0", true),
    ])
    func everyRuleOfAFooterIsExact(footer: String, hasRules: Bool) throws {
        let rules = try TimeZoneRules(tzif: TZif(footer: footer).bytes())
        for years in [(2026, 2026), (2019, 2050)] {
            let span = try Self.span(years.0, years.1)
            let component = rules.component(id: "x", covering: span)
            #expect(component.components.contains { $0.properties.first(.rrule) != nil } == hasRules)
            #expect(Self.firstDifference(rules, try TimeZoneRules(component), in: span) == nil)
        }
    }

    @Test func theZonesOfACalendarAreFound() throws {
        var calendar = Calendar(prodID: "p")
        let start = try RecurrenceTests.wall("20260613T120000")
        var recurring = Event(uid: "1", stamp: .earliest, start: .zoned(start, zone: "Africa/Casablanca"))
        recurring.recurrenceRule = RecurrenceRule(.daily)
        let plain = Event(uid: "2", stamp: .earliest, start: .zoned(start, zone: "Europe/Berlin"))
        calendar.events = [plain, recurring, Event(uid: "3", stamp: .earliest, start: .utc(.latest))]
        let horizon = UTCDateTime(clamping: 1_900_000_000)
        try calendar.embedTimeZones(through: horizon) { try TimeZoneRulesTests.rules($0.replacing("/", with: "-")) }
        #expect(calendar.components.map(\.name) == [.timeZone, .timeZone, .event, .event, .event])
        let casablanca = try TimeZoneRules(calendar.timeZones[0])
        let truth = try TimeZoneRulesTests.rules("Africa-Casablanca")
        for instant in stride(from: start.wallSeconds, through: horizon.secondsSince1970, by: 43_200) {
            #expect(casablanca.offset(at: instant).secondsEastOfUTC == truth.offset(at: instant).secondsEastOfUTC)
        }
        let before = calendar
        struct Unknown: Error {}
        #expect(throws: Unknown.self) { try calendar.embedTimeZones(through: horizon) { _ in throw Unknown() } }
        #expect(calendar == before)
    }

    @Test(arguments: [
        [], ["BEGIN:STANDARD", "DTSTART:20200101T000000", "TZOFFSETFROM:+0100", "END:STANDARD"],
        ["BEGIN:STANDARD", "DTSTART:20200101T000000Z", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD"],
        [
            "BEGIN:STANDARD", "DTSTART:20200101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100",
            "RRULE:FREQ=SECONDLY",
            "END:STANDARD",
        ],
        [
            "BEGIN:STANDARD", "DTSTART:20200101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "RRULE:X",
            "END:STANDARD",
        ],
    ])
    func aZoneThatIsNoneIsRefused(lines: [String]) throws {
        let text = (["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:x"] + lines + ["END:VTIMEZONE", "END:VCALENDAR"])
            .joined(separator: "\r\n")
        let component = try #require(try Calendar.lenient(Array(text.utf8)).calendar.timeZones.first)
        let error = #expect(throws: ICalendarError.self) { try TimeZoneRules(component) }
        #expect(error?.code == .brokenRule)
    }
}

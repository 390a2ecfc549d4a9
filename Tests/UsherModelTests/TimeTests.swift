import Testing
import UsherModel

@Suite("instants, timestamps, durations, zones")
struct TimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_796_824_800, "2026-12-09T14:00:00Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func anInstantAndItsTextAreTheSame(seconds: Int64, text: String) {
        #expect(Instant(secondsSince1970: seconds).description == text)
        #expect(Timestamp(text)?.instant == Instant(secondsSince1970: seconds))
    }

    @Test func everyDayOfFourCenturiesComesBack() {
        var day = Int64(-50_000)
        while day < 100_000 {
            let instant = Instant(secondsSince1970: day * 86_400 + 45_296)
            let civil = CivilTime(instant)
            #expect(civil.secondsOnClock == instant.secondsSince1970)
            #expect((civil.hour, civil.minute, civil.second) == (12, 34, 56))
            day += 7
        }
    }

    @Test func instantsStopAtTheEndsOfTheCalendar() {
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(Instant.distantPast - .seconds(1) == .distantPast)
        #expect(Instant.distantFuture + .seconds(Int64.max) == .distantFuture)
    }

    @Test(arguments: [
        "2023-08-08T12:30:00.0000000", "2023-08-08T12:30:00", "2023-08-08T12:30", "2023-08-08T12:30:00.1",
        "2023-08-08 12:30:00",
    ])
    func graphSpellingsWithoutAnOffsetHaveNoInstant(_ text: String) {
        #expect(Timestamp(text)?.civil.description == "2023-08-08T12:30:00")
        #expect(Timestamp(text)?.secondsEastOfUTC == nil)
        #expect(Timestamp(text)?.instant == nil)
    }

    @Test(arguments: [
        ("2023-08-08T12:30:00Z", "2023-08-08T12:30:00Z"), ("2023-08-08T12:30:00.123456Z", "2023-08-08T12:30:00Z"),
        ("2023-08-08T12:30:00+02:00", "2023-08-08T10:30:00Z"), ("2023-08-08t12:30:00-05:30", "2023-08-08T18:00:00Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
    ])
    func anOffsetMakesAnInstant(text: String, utc: String) {
        #expect(Timestamp(text)?.instant?.description == utc)
    }

    @Test(arguments: [
        "", "2023-08-08", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "2023-08-08T24:00:00Z",
        "2023-08-08T12:60:00Z",
        "2023-08-08T12:30:00.Z", "2023-08-08T12:30:00ZZ", "2023-08-08T12:30:00+2", "٢٠٢٣-08-08T12:30:00Z",
        "0000-01-01T00:00:00Z",
        "next Tuesday",
    ])
    func anythingElseIsNoTimestamp(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(
        arguments: [
            ("90s", 90, "1m30s"), ("15m", 900, "15m"), ("24h", 86_400, "24h"), ("2d", 172_800, "48h"),
            ("1h30m", 5400, "1h30m"),
            ("PT24H", 86_400, "24h"), ("P1D", 86_400, "24h"), ("P1DT2H", 93_600, "26h"), ("1w", 604_800, "168h"),
            ("0m", 0, "0s"), ("PT0S", 0, "0s"),
        ] as [(String, Int64, String)])
    func durationsHaveOneCanonicalSpelling(text: String, seconds: Int64, canonical: String) {
        #expect(DurationText.parse(text) == .seconds(seconds))
        #expect(DurationText.canonical(.seconds(seconds)) == canonical)
        #expect(DurationText.parse(canonical) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "15", "m", "-5m", "1.5h", "5m1h", "1h1h", "P", "PT", "P1M", "P1Y", "1h 30m", "99999999999s", "4000d",
    ])
    func anythingElseIsNoDuration(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        ("Europe/Berlin", "Europe/Berlin"), ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"), ("UTC", "UTC"), ("tzone://Microsoft/Utc", "UTC"),
        (" Europe/Berlin ", "Europe/Berlin"), ("w. europe standard time", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"), ("AMERICA/LOS_ANGELES", "America/Los_Angeles"),
        ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin"), ("/example.com/Europe/Berlin", "Europe/Berlin"),
    ])
    func windowsAndIANANamesAreBothAccepted(text: String, name: String) throws {
        #expect(try ZoneID(text) { ["Europe/Berlin", "America/Los_Angeles"].contains($0) }.name == name)
    }

    @Test(arguments: ["", "Customized Time Zone", "Europe/Atlantis", "../../etc/passwd"])
    func anUnknownZoneIsAnErrorAndNotUTC(_ text: String) {
        #expect(throws: ZoneID.Problem.self) { try ZoneID(text) { _ in false } }
    }

    @Test(arguments: [
        ("registered", "registered"), ("24h before start", "24h before start"), ("1d before start", "24h before start"),
        ("PT15M  before start", "15m before start"), ("1h after end", "1h after end"),
        ("5m before end", "5m before end"),
    ])
    func aWhenHasOneSpelling(text: String, canonical: String) {
        #expect(When(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "cancelled", "24 hours before start", "24h before", "before start", "24h during start", "Registered",
    ])
    func anythingElseIsNoWhen(_ text: String) {
        #expect(When(text) == nil)
    }
}

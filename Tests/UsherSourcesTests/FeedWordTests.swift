import Foundation
import ICalendar
import Testing
import UsherModel
import UsherTesting
import UsherText

@testable import UsherSources

@Suite("words, times and zones of any calendar")
struct FeedWordTests {
    @Test(arguments: ["Cancelled", "cancelled", "CANCELED"])
    func aCanceledEventIsCanceledInAnySpelling(_ word: String) async throws {
        let listing = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("u", "STATUS:\(word)")))
        #expect(listing.sessions.map(\.status) == [.canceled] && listing.problems == [])
        #expect(
            listing.remarks
                == (word == "CANCELED"
                    ? ["1 event with STATUS:CANCELED (\"Seats\"), read as CANCELLED, as RFC 5545 spells it"] : []))
    }

    @Test func whoHasDeclinedInSmallLettersHasDeclined() async throws {
        let people = try await FeedWorld().people(
            FeedWorld.feed(
                FeedWorld.event(
                    "u",
                    """
                    ATTENDEE;PARTSTAT=declined:mailto:a@example.com
                    ATTENDEE;CUTYPE=Room:mailto:room@example.com
                    ATTENDEE;CUTYPE=resource:mailto:projector@example.com
                    """)))
        #expect(people.lines == ["a@example.com [] canceled"])
    }

    @Test func anOverrideThatCannotBeReadIsRefusedAlone() async throws {
        let listing = try await FeedWorld().listing(
            FeedWorld.feed(
                FeedWorld.event("u", "RRULE:FREQ=WEEKLY;COUNT=3"),
                FeedWorld.event("u", "RECURRENCE-ID:soon", title: "Moved"), FeedWorld.event("v")))
        #expect(listing.sessions.map(\.subject.text) == ["Seats", "Seats", "Seats", "Seats"])
        #expect(listing.problems.count == 1 && listing.problems.first?.problem.contains("“u”") == true)
    }

    @Test func aZoneOfTwoCalendarsCountsWithinItsOwn() async throws {
        func calendar(_ uid: String, _ offset: String) -> String {
            FeedWorld.feed(
                "UID:\(uid)\nDTSTART;TZID=Local:20261210T150000\nDURATION:PT1H\nSUMMARY:S\nURL:https://a.example/"
            ).replacing(
                "BEGIN:VEVENT",
                with: """
                    BEGIN:VTIMEZONE\r\nTZID:Local\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r
                    TZOFFSETFROM:\(offset)\r\nTZOFFSETTO:\(offset)\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT
                    """)
        }
        let listing = try await FeedWorld().listing(calendar("a", "+0100") + calendar("b", "-0500"))
        #expect(
            Set(listing.sessions.map { "\($0.key.event) \($0.start)" }) == [
                "a 2026-12-10T14:00:00Z", "b 2026-12-10T20:00:00Z",
            ])
    }

    // MARK: Zones

    /// The folder of a system that installs former names separately.
    private func withoutFormerNames(_ folder: TemporaryFolder) throws -> TimeZoneDatabase {
        for name in [
            "Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "Asia/Yangon",
            "America/Nuuk", "America/Indiana/Indianapolis", "Europe/Berlin", "America/New_York",
        ] {
            let path = URL(filePath: folder.path("zone/\(name)"))
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")).write(to: path)
        }
        return TimeZoneDatabase(path: folder.path("zone"))
    }

    @Test(arguments: [
        ("India Standard Time", "Asia/Kolkata", "09:30"), ("FLE Standard Time", "Europe/Kyiv", "13:00"),
        ("Argentina Standard Time", "America/Argentina/Buenos_Aires", "18:00"),
        ("Nepal Standard Time", "Asia/Kathmandu", "09:15"), ("Myanmar Standard Time", "Asia/Yangon", "08:30"),
        ("Greenland Standard Time", "America/Nuuk", "17:00"),
        ("US Eastern Standard Time", "America/Indiana/Indianapolis", "20:00"),
        ("W. Europe Standard Time", "Europe/Berlin", "14:00"), ("Asia/Calcutta", "Asia/Calcutta", "09:30"),
        ("US/Eastern", "US/Eastern", "20:00"),
    ])
    func zonesAreKnownWhereFormerNamesAreNotInstalled(_ id: String, _ name: String, _ start: String) async throws {
        var world = try FeedWorld()
        world.zones = try withoutFormerNames(world.folder)
        let listing = try await world.listing(
            FeedWorld.feed(
                "UID:u\nDTSTART;TZID=\(id):20261209T150000\nDURATION:PT1H\nSUMMARY:S\nURL:https://a.example/"))
        #expect(listing.sessions.map { "\($0.zone) \($0.start)" } == ["\(name) 2026-12-09T\(start):00Z"], "\(listing)")
        // The same names, as Microsoft Graph gives them.
        let time: JSONValue = ["dateTime": "2026-12-09T15:00:00.0000000", "timeZone": .string(id)]
        var repairs: RecordDecoder.Repairs = []
        let decoded = try RecordDecoder(zones: world.zones, joinHosts: nil)
            .time(time, "start", fallback: nil, &repairs)
        #expect("\(decoded.1) \(decoded.0)" == "\(name) 2026-12-09T\(start):00Z")
    }

    // MARK: Times without a zone

    private static let floating =
        "UID:u\nDTSTART:20261209T090000\nDTEND:20261209T100000\nSUMMARY:Seats\nURL:https://a.example/"

    @Test(
        arguments: [
            (
                "X-WR-TIMEZONE:America/New_York", "", "14:00", "America/New_York",
                "\"America/New_York\", the zone that the calendar names"
            ),
            (
                "X-WR-TIMEZONE:Eastern Standard Time", "", "14:00", "America/New_York",
                "the zone that the calendar names"
            ),
            ("TIMEZONE-ID:Europe/Berlin", "", "08:00", "Europe/Berlin", "the zone that the calendar names"),
            (
                "X-WR-TIMEZONE:Mars/Base", "", "09:00", "UTC",
                "read in UTC, since the calendar's zone \"Mars/Base\" is unknown"
            ),
            ("X-WR-TIMEZONE:America/New_York", ", time-zone: Asia/Tokyo", "00:00", "Asia/Tokyo", nil),
            ("X-WR-CALNAME:Talks", "", "09:00", "UTC", nil),
        ] as [(String, String, String, String, String?)])
    func timesWithoutAZoneAreInTheOneThatTheCalendarNames(
        _ line: String, _ more: String, _ start: String, _ zone: String, _ remark: String?
    ) async throws {
        let feed = FeedWorld.feed(Self.floating, FeedWorld.event("v"), header: "VERSION:2.0\n\(line)\n")
        let listing = try await FeedWorld().listing(feed, more)
        #expect(listing.sessions.first.map { "\($0.start) \($0.zone)" } == "2026-12-09T\(start):00Z \(zone)")
        #expect(listing.remarks.count == (remark == nil ? 0 : 1))
        #expect(remark.map { listing.remarks.first?.contains($0) == true } ?? true, "\(listing.remarks)")
    }

    @Test func theCalendarsZoneIsNotSaidWhereNoTimeNeedsIt() async throws {
        let header = "VERSION:2.0\nX-WR-TIMEZONE:America/New_York\n"
        let listing = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("v"), header: header))
        #expect(listing.sessions.count == 1 && listing.remarks == [])
    }
}

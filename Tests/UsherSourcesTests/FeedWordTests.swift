import Testing
import UsherModel

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
}

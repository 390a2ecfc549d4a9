import Testing
import UsherModel

@testable import UsherSources

@Suite("what stands around the events of a calendar")
struct FeedShapeTests {
    private static let feed = FeedWorld.feed(FeedWorld.event("u"))

    @Test(arguments: [
        "X-COMMENT:Hi\r\n", "<!-- Cached by X in 0.01 s -->\r\n", "\r\n\r\n", " \r\n", "\t", "\u{0}\u{0}",
        "# end\n", "</body></html>", "{\"a\":1}",
    ])
    func whatFollowsACalendarIsOfNoAccount(_ tail: String) async throws {
        let listing = try await FeedWorld().listing(Self.feed + tail)
        #expect(listing.sessions.count == 1 && listing.problems == [] && listing.isComplete)
    }

    @Test(arguments: [
        ("END:VCALENDAR\r\n", "END:VCALENDAR "), ("END:VCALENDAR\r\n", "END:VCALENDAR \t\r\n"),
        ("END:VCALENDAR\r\n", "end:vcalendar"), ("BEGIN:VCALENDAR", "\r\n\r\nBEGIN:VCALENDAR "),
        ("BEGIN:VCALENDAR", "<b>Warning</b>: something on line 3\nBEGIN:VCALENDAR"),
        ("VERSION:2.0\r\n", ""), ("VERSION:2.0\r\nPRODID:-//x//y//EN\r\n", ""), ("\r\n", "\n"), ("\r\n", "\r\r\n"),
        ("\r\n", "\r\n\r\n"), ("\r\n", "\r"),
    ])
    func aCalendarIsReadInWhateverShapeItComes(_ part: String, _ other: String) async throws {
        let listing = try await FeedWorld().listing(Self.feed.replacing(part, with: other))
        #expect(listing.sessions.count == 1 && listing.problems == [] && listing.isComplete)
    }

    @Test(arguments: [
        String(feed.dropLast(20)), String(feed.prefix(feed.count / 2)), "", "<html>Sign in</html>",
        "<html>BEGIN:VCALENDAR", feed + "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        feed.replacing("END:VCALENDAR", with: "END:VCALENDA"),
    ])
    func aCalendarWithoutItsEndProvesNothing(_ text: String) async throws {
        await #expect(throws: SourceError.self) { try await FeedWorld().listing(text) }
    }

    @Test func eventsBehindTheEndAreRead() async throws {
        let listing = try await FeedWorld().listing(
            Self.feed + "BEGIN:VEVENT\r\n\(FeedWorld.event("v").replacing("\n", with: "\r\n"))\r\nEND:VEVENT\r\n")
        #expect(listing.sessions.map(\.key.event.rawValue) == ["u", "v"])
    }

    @Test(arguments: ["", "UID:\n", "UID: \n"])
    func anEventWithoutAUIDIsRefusedByName(_ uid: String) async throws {
        let nameless = FeedWorld.event("x", title: "Roof").replacing("UID:x\n", with: uid)
        let listing = try await FeedWorld().listing(
            FeedWorld.feed(nameless, nameless.replacing("20261210", with: "20261211"), FeedWorld.event("u")))
        #expect(listing.sessions.map(\.key.event.rawValue) == ["u"])
        #expect(listing.problems.count == 2 && listing.problems.allSatisfy { $0.location.contains("\"Roof\"") })
    }

    @Test(arguments: [
        "RRULE:FREQ=SECONDLY", "RRULE:FREQ=MINUTELY",
        (0..<15_000).map { "RDATE:2026121\($0 % 8)T\(10 + $0 / 3600 % 10)\(10 + $0 / 60 % 50)\(10 + $0 % 50)Z" }
            .joined(separator: "\n"),
    ])
    func anEventThatRecursTooOftenIsRefusedAlone(_ line: String) async throws {
        let often = FeedWorld.event("often") + "\n\(line)"
        let listing = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("a"), often, FeedWorld.event("z")))
        #expect(listing.sessions.map(\.key.event.rawValue).sorted() == ["a", "z"])
        #expect(listing.problems.map(\.event?.rawValue) == ["often"])
        #expect(listing.problems.first?.problem.contains("more than 10000 ") == true, "\(listing.problems)")
        #expect(listing.isComplete)
    }

    @Test func oneUIDForTwoEventsIsSaidByName() async throws {
        let other = FeedWorld.event("u", title: "Roof").replacing("20261210", with: "20261212")
        let listing = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("u"), other, FeedWorld.event("v")))
        #expect(listing.sessions.map(\.key.event.rawValue).sorted() == ["u", "v"])
        #expect(listing.problems.map(\.event?.rawValue) == ["u"])
        #expect(listing.problems.first?.problem.contains("two events with this UID") == true)
        // Another version is no other event.
        let newer = try await FeedWorld().listing(FeedWorld.feed(FeedWorld.event("u"), other + "\nSEQUENCE:1"))
        #expect(newer.sessions.map(\.subject.text) == ["Roof"] && newer.problems == [])
    }
}

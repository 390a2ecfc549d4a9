import Testing
import UsherModel

@testable import UsherSources

@Suite("the people whom a calendar invites")
struct FeedPeopleTests {
    private func people(_ lines: String) async throws -> (lines: [String], problems: [RecordProblem]) {
        try await FeedWorld().people(FeedWorld.feed(FeedWorld.event("u", lines)))
    }

    @Test(arguments: [
        ("ATTENDEE;CN=Jana:jana@example.com", "Jana"), ("ATTENDEE:jana@example.com", ""),
        ("ATTENDEE;EMAIL=\"mailto:jana@example.com\":urn:uuid:5f1c", ""),
        ("ATTENDEE;CN=Jana;EMAIL=jana@example.com:/principals/5f1c/", "Jana"),
        ("ATTENDEE;EMAIL=jana@example.com:mailto:invalid:nomail", ""),
        ("ATTENDEE;CN=Sales: Jana:mailto:jana@example.com", "Sales: Jana"),
        ("ATTENDEE;CN=Sales: Jana:jana@example.com", "Sales: Jana"),
        ("ATTENDEE;PARTSTAT=ACCEPTED;CN=Jana \"the Sun\" Schäfer:mailto:jana@example.com", "Jana \"the Sun\" Schäfer"),
        ("ATTENDEE;CN=\"Jana \"the Sun\" Schäfer\";RSVP=TRUE:mailto:jana@example.com", "Jana \"the Sun\" Schäfer"),
        ("ATTENDEE;CN=Schäfer, Jana:mailto:jana@example.com", "Jana Schäfer"),
        ("ATTENDEE;CN=Jana:mailto:<jana@example.com>", "Jana"), ("ATTENDEE:<jana@example.com>", ""),
        ("ATTENDEE:Jana Schäfer <jana@example.com>", ""),
        ("ATTENDEE;ROLE=REQ-PARTICIPANT:MAILTO: jana@example.com", ""),
        ("ATTENDEE:mailto:jana%40example.com", ""), ("ATTENDEE:mailto:jana@example.com?subject=x", ""),
        ("ATTENDEE:mailto:'jana@example.com'", ""), ("ATTENDEE:mailto:Jana%20%3Cjana@example.com%3E", ""),
        ("ATTENDEE;CUTYPE=UNKNOWN;CN=Jana:mailto:jana@example.com", "Jana"),
        ("ATTENDEE;X-NUM-GUESTS=0;CN=\"Jana:mailto:jana@example.com", "Jana"),
    ])
    func anAddressIsReadInWhateverFormItComes(_ line: String, _ name: String) async throws {
        let people = try await people("ATTENDEE;CN=Eve:mailto:eve@example.com\n\(line)")
        #expect(people.lines == ["eve@example.com [Eve] registered", "jana@example.com [\(name)] registered"])
        #expect(people.problems == [])
    }

    @Test(arguments: [
        ("ATTENDEE;CN=Jana:urn:uuid:5f1c", "\"Jana\"", "urn:uuid:5f1c"), ("ATTENDEE:mailto:", "attendee of", ""),
        ("ATTENDEE;CN=Jana:invalid:nomail", "\"Jana\"", "invalid:nomail"),
        ("ATTENDEE;CN;PARTSTAT=ACCEPTED:mailto:jana@example.com", "attendee of", "jana@example.com"),
        ("ATTENDEE;CN=Jana:Jana Schäfer", "\"Jana\"", "Jana Schäfer"),
        ("ATTENDEE;CUTYPE=GROUP;CN=Team:urn:uuid:1", "\"Team\"", "urn:uuid:1"),
    ])
    func whoCannotBeReadIsNamed(_ line: String, _ name: String, _ value: String) async throws {
        let people = try await people("ATTENDEE;CN=Eve:mailto:eve@example.com\n\(line)\n\(line)")
        #expect(people.lines == ["eve@example.com [Eve] registered"])
        #expect(people.problems.count == 1 && people.problems.first?.effect == .refused)
        let text = people.problems.first?.description ?? ""
        #expect(text.contains(name) && text.contains(value) && text.contains("\"Seats\""), "\(text)")
    }

    @Test func aRoomNeedsNoAddress() async throws {
        let people = try await people(
            "ATTENDEE:mailto:eve@example.com\nATTENDEE;CUTYPE=Room;CN=Hall:urn:uuid:1\nATTENDEE;CUTYPE=RESOURCE:x")
        #expect(people.lines == ["eve@example.com [] registered"] && people.problems == [])
    }

    @Test func whoPassedTheSeatOnDoesNotHoldIt() async throws {
        let people = try await people(
            """
            ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:eve@example.com":mailto:jana@example.com
            ATTENDEE;DELEGATED-FROM="mailto:jana@example.com":mailto:eve@example.com
            ATTENDEE;PARTSTAT=tentative:mailto:tom@example.com
            """)
        #expect(
            people.lines == [
                "jana@example.com [] canceled", "eve@example.com [] registered", "tom@example.com [] registered",
            ])
    }
}

import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs that publish a calendar for each person.
@Suite("runs that publish for each attendee")
struct PublicationRunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal
    private static let feeds =
        "  - {kind: calendar, each: attendee, to: \"public/me/{attendee.token}.ics\", secret: {file: secret}, "
        + "calendar-url: \"https://example.com/me/{attendee.token}.ics\"}"

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, extra: Self.feeds)
        try folder.write("0123456789abcdef\n", to: "secret")
        try rehearsal.write(
            events: Rehearsal.events(
                more: """
                    , {"id": "s2", "subject": "Second", "startDateTime": {"dateTime": "2026-12-11T15:00:00", "timeZone": "UTC"},
                       "endDateTime": {"dateTime": "2026-12-11T16:00:00", "timeZone": "UTC"}, "joinWebUrl": "https://teams.microsoft.com/l/b"}
                    """))
    }

    private func calendars() throws -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: try folder.list("public/me").map { ($0, try folder.read("public/me/\($0)")) })
    }

    @Test func eachPersonHasTheirOwnSessionsUnderANameThatStays() async throws {
        let first = try await rehearsal.run()
        #expect(first.problems.isEmpty, "\(first.problems)")
        let before = try calendars()
        #expect(before.count == 3)
        #expect(before.keys.allSatisfy { $0.utf8.count == 30 && !$0.contains("p0") })
        for (name, text) in before {
            #expect(text.components(separatedBy: "BEGIN:VEVENT").count == 3)
            #expect(text.replacing("\r\n ", with: "").contains("https://example.com/me/\(name)"))
        }
        // Someone who gives up the seat keeps an empty calendar; someone new gets a new one.
        try folder.write(
            "email,first-name\np1@example.com,P1\np2@example.com,P2\np7@example.com,P7\n", to: "people.csv")
        let second = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(second.problems.isEmpty, "\(second.problems)")
        let after = try calendars()
        #expect(after.count == 4 && Set(after.keys).isSuperset(of: before.keys))
        #expect(after.values.count { !$0.contains("BEGIN:VEVENT") } == 1)
        let third = try await rehearsal.run("2026-12-01T11:00:00Z")
        #expect(third.published.allSatisfy { $0.outcome == .unchanged } && third.published.count == 6)
    }

    @Test func theInvitationSaysWhereItIs() async throws {
        let report = try await rehearsal.run()
        #expect(report.problems.isEmpty, "\(report.problems)")
        let names = Set(try calendars().keys)
        // The link is personal: it is in the text and the HTML of this person's mail, and nowhere else.
        let links = try rehearsal.messages().map { message -> [String] in
            let text = try folder.read("outbox/\(message)").replacing("=\r\n", with: "")
            return text.matches(of: /https:\/\/example\.com\/me\/(\S+\.ics)/).map { String($0.1) }
        }
        let invitations = links.filter { !$0.isEmpty }
        #expect(invitations.allSatisfy { $0.count == 2 && Set($0).count == 1 }, "\(links)")
        #expect(Set(invitations.joined()) == names && names.count == 3, "\(links)")
    }

    @Test(arguments: ["", "hunter2"])
    func withoutAGoodSecretThereAreNoFeedsAndTheMailGoes(_ secret: String) async throws {
        try folder.write(secret, to: "secret")
        let report = try await rehearsal.run()
        #expect(report.counts[.refusedCredentials] == 1 && report.tally.sent == 6, "\(report.problems)")
        #expect(!folder.list("public").contains("me"))
        #expect(report.problems.allSatisfy { !$0.text.contains("hunter2") })
    }
}

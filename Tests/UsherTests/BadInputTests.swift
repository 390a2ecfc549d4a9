import Foundation
import Testing
import UsherTesting

/// Every kind of bad record: it is reported clearly, the other records are used, and the exit code is 65.
@Suite("bad input")
struct BadInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var events = Rehearsal.events()
        var people = "email,first-name\np0@example.com,P0\np1@example.com,P1\n"
        let status: Int32
        /// The number of people who still get mail.
        let sent: Int
    }

    private static func second(_ session: String) -> String { Rehearsal.events(more: ", {" + session + "}") }

    static let good =
        #""id": "s2", "subject": "Two", "startDateTime": "2026-12-11T10:00:00Z", "endDateTime": "2026-12-11T11:00:00Z", "joinWebUrl": "https://teams.microsoft.com/l/b""#

    private static func without(_ old: String, _ new: String) -> String { second(good.replacing(old, with: new)) }

    static let cases = [
        Case(testDescription: "nothing-wrong", events: second(good), status: 0, sent: 4),
        Case(testDescription: "json-malformed", events: "{\"webinars\": [{\"id\": ", status: 69, sent: 0),
        Case(testDescription: "json-text-behind", events: Rehearsal.events() + "x", status: 69, sent: 0),
        Case(testDescription: "session-no-start", events: without("startDateTime", "begins"), status: 65, sent: 2),
        Case(testDescription: "session-no-id", events: without("\"id\": \"s2\"", "\"id\": null"), status: 65, sent: 2),
        Case(
            testDescription: "session-unknown-zone",
            events: without(
                "\"2026-12-11T10:00:00Z\"", "{\"dateTime\": \"2026-12-11T10:00:00\", \"timeZone\": \"Middle Earth\"}"),
            status: 65, sent: 2),
        Case(
            testDescription: "session-ends-before-start", events: without("11T11:00", "11T09:00"), status: 65, sent: 2),
        Case(testDescription: "session-duplicate-id", events: without("\"s2\"", "\"s1\""), status: 65, sent: 2),
        Case(testDescription: "session-link-not-https", events: without("https://", "http://"), status: 65, sent: 2),
        Case(
            testDescription: "session-control-in-subject", events: without("Two", "Two\\r\\nBcc: eve@example.com"),
            status: 65, sent: 4),
        Case(
            testDescription: "session-huge-subject", events: without("Two", String(repeating: "x", count: 1_000_000)),
            status: 65,
            sent: 4),
        Case(
            testDescription: "session-no-object", events: Rehearsal.events(more: ", 7, {" + good + "}"), status: 65,
            sent: 4),
        Case(
            testDescription: "event-unknown-status", events: Rehearsal.events(status: "postponed"), status: 65, sent: 0),
        Case(
            testDescription: "csv-malformed-row",
            people: "email,first-name\np0@example.com,P0,extra\np1@example.com,P1\n", status: 65,
            sent: 1),
        Case(
            testDescription: "csv-open-quote", people: "email,first-name\np1@example.com,P1\np0@example.com,\"P0\n",
            status: 76,
            sent: 0),
        Case(
            testDescription: "csv-no-email-column", people: "contact,first-name\np0@example.com,P0\n", status: 69,
            sent: 0),
        Case(
            testDescription: "csv-no-address", people: "email,first-name\n,P0\np1@example.com,P1\n", status: 65, sent: 1
        ),
        Case(
            testDescription: "csv-address-with-line-break",
            people: "email,first-name\n\"p0@example.com\nBcc: eve@example.com\",P0\np1@example.com,P1\n", status: 65,
            sent: 1),
        Case(
            testDescription: "csv-control-in-name",
            people: "email,first-name\np0@example.com,P\u{7}0\np1@example.com,P1\n", status: 65,
            sent: 2),
        Case(
            testDescription: "csv-duplicate-id",
            people: "email,id\np0@example.com,r1\np1@example.com,r1\np2@example.com,r2\n",
            status: 65, sent: 2),
        Case(
            testDescription: "csv-unknown-zone",
            people: "email,time-zone\np0@example.com,Atlantis\np1@example.com,UTC\n", status: 65,
            sent: 2),
    ]

    @Test(arguments: cases)
    func isNamedAndTheOthersGoOn(_ example: Case) async throws {
        let folder = try TemporaryFolder()
        let rehearsal = try Rehearsal(in: folder)
        try rehearsal.write(events: example.events)
        try folder.write(example.people, to: "people.csv")
        let result = try await Command.run("run", "job.yaml", "--now", "2026-12-01T09:00:00Z", in: folder.path)
        #expect(result.status == example.status, "\(result.errors)")
        #expect(rehearsal.messages().count == example.sent, "\(result.errors)")
        #expect(!result.errors.contains("\u{7}") && !result.errors.contains("\r"))
        #expect(result.errors.utf8.count < 10_000)
        try expectGolden(result.errors, "bad-\(example.testDescription).txt")
        // A refused record is not a cancellation, and nothing is sent again. What was said of it is not said again.
        let again = try await Command.run("run", "job.yaml", "--now", "2026-12-01T09:00:00Z", in: folder.path)
        let isStanding = example.status == 65
        #expect(again.status == (isStanding ? 0 : example.status), "\(again.errors)")
        #expect(again.output.contains("with problems as before (reported since 2026-12-01T09:00:00Z)") == isStanding)
        if isStanding { #expect(again.errors.isEmpty) }
        #expect(rehearsal.messages().count == example.sent)
    }
}

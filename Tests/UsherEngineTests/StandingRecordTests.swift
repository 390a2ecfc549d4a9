import Foundation
import Testing
import UsherEngine
import UsherTesting

/// Problems with records that no one corrects: said once, then counted.
@Suite("records with problems that stand")
struct StandingRecordTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder)
    }

    private func people(_ rows: String...) throws {
        try folder.write((["email,first-name"] + rows).joined(separator: "\n") + "\n", to: "people.csv")
    }

    private func asBefore(_ report: RunReport) -> [String] { report.notes.filter { $0.contains("as before") } }

    @Test func aProblemIsAFailureOnceAndANumberFromThenOn() async throws {
        try people("a@example.com,Ada", ",Bob", "cem,Cem")
        let first = try await rehearsal.run()
        #expect(first.counts == [.badRecord: 2] && asBefore(first) == [])
        let second = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(second.counts == [:] && second.outcome == "ok")
        #expect(
            asBefore(second) == [
                "2 records with problems as before (reported since 2026-12-01T09:00:00Z); to see them, run: usher check \(folder.path)/job.yaml"
            ])
    }

    @Test func aNewProblemAmongOldOnesIsAFailureWhereverItStands() async throws {
        try people("a@example.com,Ada", ",Bob")
        _ = try await rehearsal.run()
        try people("dora,Dora", "a@example.com,Ada", ",Bob", ",Bob")
        let report = try await rehearsal.run("2026-12-01T10:00:00Z")
        // The row of Dora, and that Bob stands there twice now.
        #expect(report.counts == [.badRecord: 2] && report.recordsAsBefore == 1, "\(report.problems)")
        #expect(try await rehearsal.run("2026-12-01T11:00:00Z").recordsAsBefore == 3)
    }

    @Test func aProblemThatComesBackIsAFailureAgain() async throws {
        try people("a@example.com,Ada", ",Bob")
        _ = try await rehearsal.run()
        try people("a@example.com,Ada", "bob@example.com,Bob")
        #expect(try await rehearsal.run("2026-12-01T10:00:00Z").outcome == "ok")
        try people("a@example.com,Ada", ",Bob")
        #expect(try await rehearsal.run("2026-12-01T11:00:00Z").counts[.badRecord] == 1)
    }

    @Test func aRunThatCouldNotReadTheSourceForgetsNothing() async throws {
        try people("a@example.com,Ada", ",Bob")
        _ = try await rehearsal.run()
        let events = Rehearsal.events()
        try rehearsal.write(events: "{")
        #expect(try await rehearsal.run("2026-12-01T10:00:00Z").counts[.sourceUnreachable] == 1)
        try rehearsal.write(events: events)
        let report = try await rehearsal.run("2026-12-01T11:00:00Z")
        #expect(report.counts == [:] && report.recordsAsBefore == 1)
    }

    @Test func problemsOfSessionsStandLikeThoseOfPeople() async throws {
        try rehearsal.write(events: Rehearsal.events(more: #", {"id": "s2"}"#))
        #expect(try await rehearsal.run().counts == [.badRecord: 1])
        let second = try await rehearsal.run("2026-12-01T10:00:00Z")
        #expect(second.counts == [:] && second.recordsAsBefore == 1)
    }

    @Test func aListThatTheJobReadsInAnotherWayIsReadAgain() async throws {
        try folder.write(
            Rehearsal.job().replacing("people.csv}", with: "people.csv, columns: {first-name: Rufname}}"),
            to: "job.yaml")
        try folder.write("email,Rufname\na@example.com,Ada\n", to: "people.csv")
        #expect(try await rehearsal.run().tally.sent == 1)
        try folder.write(
            Rehearsal.job().replacing("people.csv}", with: "people.csv, columns: {email: Mail}}"), to: "job.yaml")
        #expect(try await rehearsal.run("2026-12-01T10:00:00Z").counts[.sourceUnreachable] == 1)
    }

    @Test func theListOfARuleIsReadAsTheRuleSays() async throws {
        let rules = """
            rules:
              - {when: announced, to: {csv: team.csv, delimiter: ";", encoding: windows-1252, columns: {email: Kontakt}}, via: outbox, template: invite}
            """
        let job = Rehearsal.job().components(separatedBy: "rules:")[0] + rules + "\n"
        try folder.write(job, to: "job.yaml")
        try folder.write("Kontakt;Vorname\njana@example.com;Jana\n", to: "team.csv")
        let report = try await rehearsal.run()
        #expect(report.outcome == "ok" && report.tally.sent == 1, "\(report.problems)")
    }

    @Test func draftsAndSessionsOutsideTheWindowAreCounted() async throws {
        func session(_ id: String, _ day: String) -> String {
            #", {"id": "\#(id)", "subject": "\#(id)", "startDateTime": "\#(day)T10:00:00Z", "endDateTime": "\#(day)T11:00:00Z", "joinWebUrl": "https://teams.microsoft.com/l/b"}"#
        }
        try rehearsal.write(
            events: Rehearsal.events(
                more: session("old", "2026-11-01") + session("far", "2027-11-01") + session("farther", "2027-12-01")))
        let left = try await rehearsal.run().notes
        #expect(
            left.contains { $0.hasPrefix("1 session ended before 2026-11-30T09:00:00Z (window: {past: …}") }, "\(left)")
        #expect(
            left.contains {
                $0.hasPrefix("2 sessions start after 2027-01-30T09:00:00Z (window: {future: …}")
                    && $0.hasSuffix("\"far\" on 2027-11-01T10:00:00Z and 1 more")
            })
        try rehearsal.write(events: Rehearsal.events(status: "draft").replacing("\"s1\"", with: "\"s9\""))
        let drafts = try await rehearsal.run("2026-12-01T10:00:00Z").notes
        #expect(
            drafts.contains {
                $0.hasPrefix("1 session is a draft, which nobody hears of until the source says status: published")
            }, "\(drafts)")
    }
}

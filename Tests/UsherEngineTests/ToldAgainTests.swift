import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whoever was told is not told again because something has another name.
@Suite("told again")
struct ToldAgainTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 0)
        try register(0..<25)
    }

    private func register(_ people: Range<Int>, id: (Int) -> String = { "r\($0)" }) throws {
        let rows = people.map { "\(id($0)),p\($0)@example.com" }
        try folder.write((["id,email"] + rows).joined(separator: "\n") + "\n", to: "people.csv")
    }

    private func write(
        job: String = "rehearsal", channel: String = "mail", rules: String? = nil, more: String = ""
    ) throws {
        let rule = "{when: registered, to: attendees, via: \(channel), template: invite}"
        try folder.write(
            """
            name: \(job)
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              \(channel): {kind: outbox, to: outbox-\(channel), from: "Events <events@contoso.example>"}
              crm: {kind: outbox, to: crm, format: json, from: "Events <events@contoso.example>"}
            rules: [\(rules ?? rule)]
            \(more)
            """, to: "job.yaml")
    }

    private func run(_ minute: Int, approval: String? = nil) async throws -> RunReport {
        try await rehearsal.run("2026-12-01T09:\(minute < 10 ? "0" : "")\(minute):00Z", approval: approval)
    }

    private func expectGuard(_ report: RunReport, _ words: String...) {
        #expect(report.tally.sent == 0 && report.counts == [.guardTripped: 1], "\(report)")
        let text = report.problems.map(\.text).joined()
        for word in words + ["25 people", "usher adopt", "--approve"] {
            #expect(text.contains(word), "\(word) in \(text)")
        }
    }

    @Test func aRenamedChannelAsksAndIsRenamedInTheLedger() async throws {
        try write()
        #expect(try await run(0).tally.sent == 25)
        try write(channel: "post")
        for minute in [5, 10] { expectGuard(try await run(minute), "renamed", "--channel mail post") }
        try await rehearsal.withLedger { ledger in
            let renaming = Renaming.channel(ChannelName(rawValue: "mail"), ChannelName(rawValue: "post"))
            let count = try await ledger.rename(renaming, job: "rehearsal")
            #expect(count == 25)
        }
        #expect(try await run(15).outcome == "ok")
        // It goes on where it stood: changes reach everyone, and newcomers are invited.
        try register(0..<26)
        #expect(try await run(20).tally.sent == 1)
        try await rehearsal.withLedger { ledger in
            let verification = try await ledger.verify(clock: Instant(secondsSince1970: 1_800_000_000))
            #expect(verification.problems.isEmpty, "\(verification.problems)")
        }
    }

    @Test func renumberedIdsAsk() async throws {
        try write()
        #expect(try await run(0).tally.sent == 25)
        try register(0..<25, id: { "n\($0)" })
        expectGuard(try await run(5), "ids")
        let digest = try #require(try await run(10).planned?.digest)
        #expect(try await run(15, approval: digest).tally.sent == 25, "a person may say that it is meant")
    }

    @Test func aRenamedJobAsks() async throws {
        try write()
        #expect(try await run(0).tally.sent == 25)
        try write(job: "events")
        expectGuard(try await run(5), "--from-job \"rehearsal\"")
        try await rehearsal.withLedger { ledger in
            let count = try await ledger.rename(.job(to: "events"), job: "rehearsal")
            #expect(count == 25)
        }
        #expect(try await run(10).outcome == "ok")
    }

    @Test func aRuleThatIsAddedAsksAndAdoptionEndsIt() async throws {
        try write(rules: "{id: hello, when: announced, to: attendees, via: mail, template: invite}")
        #expect(try await run(0).tally.sent == 25)
        try write(
            rules: """
                {id: hello, when: announced, to: attendees, via: mail, template: invite},
                {id: again, when: registered, to: attendees, via: mail, template: invite}
                """)
        expectGuard(try await run(5), "second rule")
    }

    @Test func aRenamedRuleGoesOn() async throws {
        try write(rules: "{id: hello, when: registered, to: attendees, via: mail, template: invite}")
        #expect(try await run(0).tally.sent == 25)
        try write(rules: "{id: welcome, when: registered, to: attendees, via: mail, template: invite}")
        expectGuard(try await run(5), "--rule \"hello\" \"welcome\"")
        try await rehearsal.withLedger { ledger in
            for (old, new) in [("hello", "hi"), ("hi", "welcome")] {
                _ = try await ledger.rename(.rule(RuleID(rawValue: old), RuleID(rawValue: new)), job: "rehearsal")
            }
        }
        #expect(try await run(10).outcome == "ok")
    }

    @Test func anotherMediumAndFewPeopleAskNothing() async throws {
        try write()
        #expect(try await run(0).tally.sent == 25)
        try write(
            rules: """
                {when: registered, to: attendees, via: mail, template: invite},
                {when: registered, to: attendees, via: crm, template: webhook}
                """)
        #expect(try await run(5).tally.sent == 25, "a webhook is no mail")
        try register(0..<25, id: { $0 < 19 ? "n\($0)" : "r\($0)" })
        #expect(try await run(10).counts[.guardTripped] == nil, "nineteen are few")
    }

    @Test func whoeverCanceledAndComesBackIsNoOneToldAgain() async throws {
        try write(
            rules: """
                {when: registered, to: attendees, via: mail, template: invite},
                {when: canceled, to: attendees, via: mail, template: cancel}
                """, more: "limits: {vanished: 100%}")
        #expect(try await run(0).tally.sent == 25)
        let rows = (0..<25).map { "r\($0),p\($0)@example.com,canceled" }
        try folder.write((["id,email,status"] + rows).joined(separator: "\n") + "\n", to: "people.csv")
        #expect(try await run(5).tally.sent == 25)
        try register(0..<25, id: { "n\($0)" })
        #expect(try await run(10).tally.sent == 25)
    }

    @Test func twoJobsOfOneNameOnOneLedgerAreNamed() async throws {
        try write()
        #expect(try await run(0).tally.sent == 25)
        let other = Rehearsal.events(subject: "Another").replacing("\"e1\"", with: "\"e9\"")
        try folder.write(other, to: "other.json")
        let text = try folder.read("job.yaml").replacing("path: events.json", with: "path: other.json")
        try folder.write(text, to: "job.yaml")
        let report = try await run(5)
        #expect(report.counts == [.guardTripped: 1] && report.tally.sent == 0, "\(report)")
        let problem = try #require(report.problems.first?.text)
        #expect(problem.contains("another name") && problem.contains("job.yaml"), "\(problem)")
        let digest = String(problem.split(separator: " ").last ?? "")
        let approved = try await run(10, approval: digest)
        #expect(
            approved.listed == 1 && !approved.problems.contains { $0.text.contains("another source") }, "\(approved)")
    }
}

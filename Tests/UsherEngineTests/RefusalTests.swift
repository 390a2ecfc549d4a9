import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Refusals that are about us fail no recipient, whatever the words; those that are about a recipient fail only that one.
@Suite("refusals about us")
struct RefusalTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 8)
    }

    private func mail(_ server: MailServer, connections: Int = 1, limits: String = "") throws {
        try folder.write(
            """
            name: mail
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              mail: {kind: smtp, url: "\(server.url)", tls: none, from: "E <events@contoso.example>", connections: \(connections)}
            rules:
              - {when: registered, to: attendees, via: mail, template: invite}
            \(limits)
            """, to: "job.yaml")
    }

    private func run(_ minute: Int) async throws -> RunReport {
        try await rehearsal.run("2026-12-01T09:\(minute < 10 ? "0" : "")\(minute):00Z")
    }

    /// How often each mail arrived.
    private func arrivals(_ server: MailServer) -> [Int] {
        Dictionary(grouping: server.taken, by: \.recipient).values.map(\.count).sorted()
    }

    @Test(arguments: [
        (
            MailServer.Place.dot,
            "550-5.4.5 Daily user sending limit exceeded. For more\r\n550-5.4.5 information go to\r\n550 5.4.5 the help page"
        ),
        (.dot, "554 5.2.252 SendAsDenied; events@contoso.example not allowed to send as other@contoso.example"),
        (.recipient, "554 5.7.1 <p@example.com>: Relay access denied"),
        (.dot, "550 User events has exceeded its 24-hour sending limit. Messages to 25 recipients out of 25 allowed"),
        (.recipient, "550 Der Rechner mag heute nicht"), (.dot, "554 5.0.0 computer says no (ref 4711-0815)"),
    ])
    func areHeldBackAndSentOnceTheServerIsWell(_ location: MailServer.Place, _ reply: String) async throws {
        try await MailServer.run { server in
            try mail(server)
            // The first two go through.
            for _ in 0..<2 { server.expect(location, .reply(location == .dot ? "250 2.0.0 taken" : "250 2.1.5 ok")) }
            for _ in 0..<8 { server.expect(location, .reply(reply)) }
            let first = try await run(0)
            #expect(first.tally.sent == 2 && first.tally.failed == 0, "\(first)")
            #expect(try await rehearsal.states() == ["pending": 6, "sent": 2])
            let code = try #require(first.counts.keys.first)
            #expect([.refusedCredentials, .channelUnavailable].contains(code) && first.counts.count == 1, "\(first)")
            #expect(first.problems.contains { $0.text.contains(reply.suffix(12)) }, "the server's words: \(first)")
            // One probe a run.
            let tried = server.commands.count { $0.hasPrefix("RCPT") }
            let second = try await run(5)
            #expect(second.tally.sent == 0 && Array(second.counts.keys) == [code], "\(second)")
            #expect(server.commands.count { $0.hasPrefix("RCPT") } == tried + 1)
            server.forget(location)
            let third = try await run(10)
            #expect(third.outcome == "ok" && third.tally.sent == 6, "\(third)")
            let refused = server.taken.count - 8
            #expect(arrivals(server).count == 8 && refused >= 0)
            #expect(try await rehearsal.states() == ["sent": 8])
            #expect(try await run(15).outcome == "ok")
        }
    }

    @Test(arguments: [
        "550 5.1.1 no such user", "550 5.7.1 rejected by local policy", "552 5.2.2 over quota", "550 no",
        "554 5.7.1 Your message was blocked using our list",
    ])
    func aboutOneRecipientFailOnlyThatOne(_ reply: String) async throws {
        try await MailServer.run { server in
            try mail(server)
            server.refuse("p3@example.com", reply)
            var report = try await run(0)
            if try await rehearsal.states()["pending"] != nil {
                // Words that seem to be about us: others are tried first, and then this one again.
                report = try await run(5)
            }
            #expect(report.tally.failed == 1 && report.counts[.failed] == 1, "\(report)")
            #expect(report.problems.contains { $0.text.contains("1 failed: ") && $0.text.contains(reply) })
            #expect(try await rehearsal.states() == ["failed": 1, "sent": 7])
            #expect(try await run(10).outcome == "ok")
        }
    }

    @Test func deadAddressesInARowFailAndTheOthersGetTheirMail() async throws {
        try await MailServer.run { server in
            try mail(server)
            for _ in 0..<4 { server.expect(.recipient, .reply("550 5.1.1 User unknown")) }
            let report = try await run(0)
            #expect(report.tally.failed == 4 && report.tally.sent == 4, "\(report)")
            #expect(report.problems.contains { $0.text.contains("4 failed: ") && $0.text.contains(" and 2 more") })
        }
    }

    @Test func oneRefusalARunAddsUp() async throws {
        try await MailServer.run { server in
            try mail(server)
            var rows = ["email,first-name"]
            for person in 0..<4 {
                rows.append("late\(person)@example.com,P")
                try folder.write(rows.joined(separator: "\n") + "\n", to: "people.csv")
                server.expect(.recipient, .reply("550 5.0.0 not for you, late\(person)"))
                _ = try await run(person)
            }
            #expect(try await rehearsal.states() == ["pending": 4])
            server.forget(.recipient)
            #expect(try await run(9).tally.sent == 4)
        }
    }

    @Test func severalAtOnceAreHeldBackTogether() async throws {
        try await MailServer.run { server in
            try mail(server, connections: 4)
            for _ in 0..<20 { server.expect(.dot, .reply("554 no more today")) }
            let report = try await run(0)
            #expect(report.tally.failed == 0, "\(report)")
            #expect(try await rehearsal.states() == ["pending": 8])
        }
    }

    // MARK: What a run says while something waits

    @Test func everyRunSaysWhatWaitsSinceWhenAndWhyAndKeepsTheCode() async throws {
        try await MailServer.run { server in
            try mail(server)
            server.offer(["AUTH PLAIN"])
            for _ in 0..<3 { server.expect(.greeting, .reply("421 4.3.2 down for a while")) }
            let expected: [(Int, RunProblem.Code)] = [(0, .retrying), (20, .retrying), (30, .channelUnavailable)]
            for (minute, code) in expected {
                let report = try await run(minute)
                #expect(Array(report.counts.keys) == [code], "\(minute): \(report)")
                #expect(
                    report.problems.contains {
                        $0.text.contains("8 wait since 2026-12-01T09:00:00Z") && $0.text.contains("down for a while")
                    })
            }
            #expect(try await run(35).outcome == "ok")
        }
    }

    @Test func anOutageIsShorterWhereLittleTimeIsLeft() async throws {
        try await MailServer.run { server in
            try mail(server, limits: "limits: {outage: 2h}")
            try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:00:00"))
            for _ in 0..<9 { server.expect(.greeting, .reply("421 4.3.2 down for a while")) }
            // The session ends at four: after half past three, half of what was left has passed.
            for (minute, code) in [("00", RunProblem.Code.retrying), ("29", .retrying), ("30", .channelUnavailable)] {
                let report = try await rehearsal.run("2026-12-01T15:\(minute):00Z")
                #expect(Array(report.counts.keys) == [code], "\(minute): \(report)")
            }
        }
    }

    @Test func whatExpiresUnsentIsAFailureThatTheStatusKeeps() async throws {
        try await MailServer.run { server in
            try mail(server)
            for _ in 0..<9 { server.expect(.greeting, .reply("421 4.3.2 down for a while")) }
            _ = try await run(0)
            let report = try await rehearsal.run("2026-12-10T17:00:00Z")
            #expect(report.tally.expired == 8 && report.counts[.failed] == 1, "\(report)")
            #expect(report.problems.contains { $0.text.contains("8 expired") && $0.text.contains("down for a while") })
            let now = try #require(Timestamp("2026-12-10T18:00:00Z")?.instant)
            try await rehearsal.withLedger { ledger in
                let status = try #require(try await ledger.status(now: now).first)
                #expect(status.expiredUnsent == 8)
                let problems = try await JobHealth.problems(
                    of: status, in: ledger, outage: .seconds(1800), now: now)
                #expect(problems.map(\.code) == [.failed], "\(problems)")
            }
        }
    }

    @Test func oneCommandBringsBackWhatFailed() async throws {
        try await MailServer.run { server in
            try mail(server)
            for _ in 0..<8 { server.expect(.recipient, .reply("550 5.1.1 User unknown")) }
            #expect(try await run(0).tally.failed == 8)
            let now = try #require(Timestamp("2026-12-01T09:05:00Z")?.instant)
            try await rehearsal.withLedger { ledger in
                let failed = try await ledger.list(LedgerFilter()).map(\.key)
                let answers = try await ledger.retry(failed, now: now)
                #expect(answers == Array(repeating: .pending, count: 8))
            }
            #expect(try await run(10).tally.sent == 8)
        }
    }
}

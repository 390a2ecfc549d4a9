import Foundation
import Testing
import UsherEngine
import UsherJob
import UsherLedger
import UsherModel
import UsherTesting

@Suite("runs that send mail and webhooks")
struct MailRunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal
    private let now = "2026-12-01T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 40)
    }

    private func write(_ channel: String, template: String = "invite", inDoubt: String = "hold") throws {
        try folder.write(
            """
            name: mail
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              out: {\(channel), in-doubt: \(inDoubt)}
            rules:
              - {when: registered, to: attendees, via: out, template: \(template)}
            """, to: "job.yaml")
    }

    private func mail(_ server: MailServer, _ more: String = "", inDoubt: String = "hold") throws {
        try write(
            "kind: smtp, url: \"\(server.url)\", tls: none, from: \"E <events@contoso.example>\", connections: 4\(more)",
            inDoubt: inDoubt)
    }

    private func recipients(_ server: MailServer) -> [String: Int] {
        Dictionary(grouping: server.taken, by: \.recipient).mapValues(\.count)
    }

    @Test func everyoneGetsTheirMailOnce() async throws {
        try await MailServer.run { server in
            try mail(server)
            let report = try await rehearsal.run(now)
            #expect(report.outcome == "ok" && report.tally.sent == 40, "\(report.problems)")
            #expect(server.commands.count { $0 == "QUIT" } == server.connections)
            #expect(recipients(server).count == 40 && recipients(server).values.allSatisfy { $0 == 1 })
            #expect(
                server.taken.allSatisfy {
                    $0.text.contains("\r\nMessage-ID: <") && $0.text.contains("BEGIN:VCALENDAR")
                        || $0.text.contains("base64")
                })
            #expect(try await rehearsal.run(now).tally.sent == 0 && server.taken.count == 40)
        }
    }

    @Test func aServerThatSlowsDownGetsTheRestInTheNextRun() async throws {
        try await MailServer.run { server in
            try mail(server)
            server.expect(.recipient, .reply("450 4.2.0 greylisted"), .reply("421 4.7.0 slow down"))
            let first = try await rehearsal.run(now)
            #expect(first.counts[.retrying] != nil && first.tally.sent < 40, "\(first.problems)")
            let second = try await rehearsal.run("2026-12-01T15:00:00Z")
            #expect(first.tally.sent + second.tally.sent == 40 && second.outcome == "ok", "\(second.problems)")
            #expect(recipients(server).count == 40 && server.taken.count == 40)
        }
    }

    @Test func aRefusedSignInFailsNoOne() async throws {
        try await MailServer.run { server in
            server.offer(["AUTH PLAIN"])
            server.expect(
                .auth, .reply("535 5.7.8 no"), .reply("535 5.7.8 no"), .reply("535 5.7.8 no"), .reply("535 5.7.8 no"))
            try folder.write("hush", to: "word")
            try mail(server, ", username: {file: word}, password: {file: word}")
            let report = try await rehearsal.run(now)
            #expect(report.counts[.refusedCredentials] != nil && report.tally.sent == 0 && report.tally.failed == 0)
            #expect(report.problems.allSatisfy { !$0.text.contains("hush") })
            #expect(server.taken.isEmpty && server.connections <= 4)
            // The first refusal stops the channel; how many connections were open by then varies.
            server.forget(.auth)
            let later = try await rehearsal.run("2026-12-01T15:00:00Z")
            #expect(later.tally.sent == 40, "\(later.problems)")
        }
    }

    @Test(arguments: [("hold", 40), ("resend", 41)])
    func whatEndedAfterTheFinalDotIsHeldOrSentAgainAsTheJobSays(_ policy: String, _ taken: Int) async throws {
        try await MailServer.run { server in
            try mail(server, inDoubt: policy)
            server.expect(.dot, .drop(isReset: true))
            let first = try await rehearsal.run(now)
            #expect(first.tally.inDoubt == 1 && first.tally.sent == 39 && first.counts[.inDoubt] != nil)
            let second = try await rehearsal.run("2026-12-01T15:00:00Z")
            #expect(server.taken.count == taken, "\(second.problems)")
            #expect(second.counts[.inDoubt] == (policy == "hold" ? 1 : nil))
            let ids = Set(
                server.taken.compactMap { $0.text.split(separator: "\r\n").first { $0.hasPrefix("Message-ID") } })
            #expect(ids.count == 40, "the same delivery keeps its id")
        }
    }

    @Test func everyDoubtIsLookedAtHoweverManyThereAre() async throws {
        _ = try Rehearsal(in: folder, people: 450)
        let key = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
        try folder.write(key, to: "secret")
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        // The first 450 connections are closed after the request; the others reply.
        try await withScripts(scripts: Array(repeating: [.read], count: 450) + [[.read, ok]]) { server in
            try write("kind: webhook, url: \"\(server.url)\", secret: {file: secret}", template: "webhook")
            let first = try await rehearsal.run(now)
            #expect(first.tally.inDoubt == 450, "\(first.problems)")
            let second = try await rehearsal.run(now)
            #expect(second.tally.sent == 450 && second.tally.inDoubt == 0, "\(second.problems)")
        }
    }

    @Test func aPersonWhoIsRefusedIsTheOnlyOneWhoFails() async throws {
        try await MailServer.run { server in
            try mail(server)
            server.expect(.recipient, .reply("550 5.1.1 no such user"))
            let report = try await rehearsal.run(now)
            #expect(report.tally.failed == 1 && report.tally.sent == 39 && report.counts[.failed] == 1)
            #expect(try await rehearsal.states() == ["failed": 1, "sent": 39])
        }
    }

    @Test func aWebhookIsCalledOnceForEachAndAgainUnderTheSameIdWhereItBroke() async throws {
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        try await withScripts([.read, .reset], [.read, ok]) { server in
            try folder.write("whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString(), to: "secret")
            try write("kind: webhook, url: \"\(server.url)\", secret: {file: secret}", template: "webhook")
            let first = try await rehearsal.run(now)
            #expect(first.tally.sent == 39 && first.tally.inDoubt == 1, "\(first.problems)")
            let second = try await rehearsal.run(now)
            #expect(second.tally.sent == 1 && second.outcome == "ok", "\(second.problems)")
            let ids = server.requests.compactMap { $0.split(separator: "\r\n").first { $0.hasPrefix("webhook-id") } }
            #expect(ids.count == 41 && Set(ids).count == 40)
        }
    }
}

import Foundation
import Testing
import UsherTesting

@Suite("commands that ask Microsoft Graph")
struct GraphCommandTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func write(_ server: GraphServer) throws {
        try folder.write(
            """
            name: graph
            source: \(server.source())
            channels: {outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}}
            rules: [{when: registered, to: attendees, via: outbox, template: invite}]
            """, to: "job.yaml")
    }

    private func usher(_ arguments: String..., environment: [String: String]) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path, environment: environment).finish()
    }

    @Test func eventsAreListedWithTheIdsThatAJobTakes() async throws {
        try await GraphServer.run { server in
            try write(server)
            let now = ["--now", "2026-12-01T09:00:00Z"]
            let text = try await usher("events", "job.yaml", now[0], now[1], environment: GraphServer.environment)
            #expect(text.status == 0, "\(text.errors)")
            try expectGolden(text.output, "events.txt")
            let json = try await usher(
                "events", "job.yaml", now[0], now[1], "--no-counts", "--log-format", "json",
                environment: GraphServer.environment)
            try expectGolden(json.output, "events.json")
        }
    }

    @Test func aCheckTellsWhatIsMissingBeforeAnythingIsAskedAndThenWhatTheSourceSays() async throws {
        try await GraphServer.run { server in
            try write(server)
            let blind = try await usher("check", "job.yaml", environment: [:])
            #expect(blind.status == 77 && server.counts.tokens == 0)
            try expectGolden(blind.errors, "check-no-secrets.txt")
            #expect(try await usher("check", "job.yaml", "--no-secrets", environment: [:]).status == 0)
            let good = try await usher("check", "--online", "job.yaml", environment: GraphServer.environment)
            #expect(good.status == 0, "\(good.errors)")
            try expectGolden(good.output.replacing(server.url, with: "URL"), "check-online.txt")
            var wrong = GraphServer.environment
            wrong["SECRET"] = "hunter2"
            let bad = try await usher("check", "--online", "job.yaml", environment: wrong)
            #expect(bad.status == 77 && bad.errors.contains("the client secret is wrong"))
            #expect(!bad.errors.contains("hunter2"))
        }
    }

    @Test func aCheckSendsAMarkedMessageAndTellsWhatTheMailboxKeeps() async throws {
        try await GraphServer.run { server in
            server.permit(["Mail.Send", "Mail.ReadBasic.All", "VirtualEvent.Read.All"])
            server.edit(mailbox: { $0.lostFields = ["auto-submitted"] })
            try folder.write(
                """
                name: graph
                source: \(server.source())
                channels:
                  mail: {kind: graph-mail, user: events@contoso.example, from: events@contoso.example}
                  idle: {kind: graph-mail, user: events@contoso.example, from: events@contoso.example}
                rules: [{when: registered, to: attendees, via: mail, template: invite}]
                """, to: "job.yaml")
            let refused = try await usher("check", "job.yaml", "--send-to", "me@example.com", environment: [:])
            #expect(refused.status == 64 && refused.errors.contains("--send-to needs --online"))
            let result = try await usher(
                "check", "job.yaml", "--online", "--send-to", "me@example.com", environment: GraphServer.environment)
            #expect(result.status == 0, "\(result.errors)")
            #expect(server.mails.count == 1 && server.mails.allSatisfy { $0.contains("Subject: [Test] ") })
            #expect(server.mails.allSatisfy { $0.contains("To: ") && $0.contains("me@example.com") })
            #expect(result.output.contains("channel mail: the copy keeps the Message-ID: yes"), "\(result.output)")
            #expect(result.errors.contains("channel mail: the copy keeps Auto-Submitted: "), "\(result.errors)")
            #expect(result.errors.contains("channel idle: send a test message to me@example.com: not tried"))
            try write(server)
            let none = try await usher(
                "check", "job.yaml", "--online", "--send-to", "me@example.com", environment: GraphServer.environment)
            #expect(none.errors.contains("no channel is of kind graph-mail") && server.mails.count == 1)
        }
    }
}

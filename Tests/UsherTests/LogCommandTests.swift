import Foundation
import Testing
import UsherTesting

@Suite("the log of a command")
struct LogCommandTests {
    private let now = ["--now", "2026-12-01T09:00:00Z"]
    private let environment = ["NAME": "hush-name", "WORD": "hush-word"]

    /// Runs `usher` on a job with one recipient and a mail server, in a folder of its own.
    private func run(_ server: MailServer, _ arguments: String...) async throws -> Command.Result {
        let folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 1)
        let mail =
            "kind: smtp, url: \"\(server.url)\", tls: none, username: {env: NAME}, password: {env: WORD}, from: events@contoso.example"
        try folder.write(
            """
            name: log
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            channels: {out: {\(mail)}}
            rules:
              - {when: registered, to: attendees, via: out, template: invite}
              - {when: changed, to: attendees, via: out, template: update}
              - {when: canceled, to: attendees, via: out, template: cancel}
            """, to: "job.yaml")
        let result = try await Command.start(
            ["run", "job.yaml", "--confirm-now"] + now + arguments, in: folder.path, environment: environment
        ).finish()
        #expect(result.status == 0, "\(result.errors)")
        return result
    }

    @Test func isWrittenToStandardErrorOnlyWhereAskedFor() async throws {
        try await MailServer.run { server in
            let plain = try await run(server)
            #expect(plain.errors.isEmpty)
            let verbose = try await run(server, "-v")
            #expect(verbose.output == plain.output && server.taken.count == 2)
            let lines = verbose.errors.split(separator: "\n")
            let peer = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z smtp:\/\/127\.0\.0\.1:[0-9]+ #1 [><*] [^ ]/
            #expect(!lines.isEmpty && lines.allSatisfy { $0.contains(peer) }, "\(verbose.errors)")
            #expect(verbose.errors.contains(" > MAIL FROM:<") && verbose.errors.contains(" < 250 2.0.0 queued as 7"))
            #expect(!verbose.errors.contains("hush"), "\(verbose.errors)")
        }
    }

    @Test func hasLevels() async throws {
        try await MailServer.run { server in
            let info = try await run(server, "--log-level", "info")
            #expect(info.errors.split(separator: "\n").count == 1, "\(info.errors)")
            let warning = try await run(server, "--log-level", "warning")
            #expect(warning.errors.isEmpty)
            let both = try await run(server, "--log-level", "error", "-v")
            #expect(both.errors.contains(" > MAIL FROM:<"))
        }
    }

    @Test func isReadableForMachines() async throws {
        try await MailServer.run { server in
            let result = try await run(server, "-v", "--log-format", "json")
            let objects = try result.errors.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
            }
            let hello = try #require(objects.first { $0["text"] == "EHLO contoso.example" }, "\(result.errors)")
            #expect(hello["direction"] == ">" && hello["level"] == "debug" && hello["peer"] == server.url)
            #expect(hello["connection"] == "1" && hello["time"]?.hasSuffix("Z") == true)
        }
    }

    @Test func ofMicrosoftGraphHasNoSecrets() async throws {
        let folder = try TemporaryFolder()
        try await GraphServer.run { server in
            try folder.write(
                """
                name: graph
                source: \(server.source())
                channels: {outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}}
                rules: [{when: registered, to: attendees, via: outbox, template: invite}]
                """, to: "job.yaml")
            let result = try await Command.start(
                ["events", "job.yaml", "--verbose"] + now, in: folder.path, environment: GraphServer.environment
            ).finish()
            #expect(result.status == 0 && result.errors.contains("/oauth2/v2.0/token HTTP/1.1"), "\(result.errors)")
            #expect(result.errors.contains("Authorization: <hidden>"), "\(result.errors)")
            let secret = try #require(GraphServer.environment["SECRET"])
            #expect(!result.errors.contains(secret) && !result.errors.contains("Bearer"), "\(result.errors)")
        }
    }
}

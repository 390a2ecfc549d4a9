import Foundation
import Testing
import UsherTesting

/// `usher send-test` against servers that listen.
@Suite("a test message")
struct SendTestTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    private func test(_ more: String...) async throws -> Command.Result {
        try await Command.start(["send-test", "job.yaml", "--now", "2026-12-01T09:00:00Z"] + more, in: folder.path)
            .finish()
    }

    private func job(_ server: MailServer, _ hook: String = "http://127.0.0.1:9") throws {
        try folder.write(
            """
            name: tested
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            channels:
              hook: {kind: webhook, url: "\(hook)/path"}
              mail: {kind: smtp, url: "\(server.url)", tls: none, from: "Events <events@contoso.example>"}
            rules:
              - {when: announced, to: channel, via: hook, template: webhook}
              - {when: registered, to: attendees, via: mail, template: invite}
              - {when: 24h before start, to: attendees, via: mail, template: reminder}
              - {when: changed, to: attendees, via: mail, template: update}
              - {when: canceled, to: attendees, via: mail, template: cancel}
            """, to: "job.yaml")
    }

    private func subject(_ mail: MailServer.Taken?) -> String {
        mail?.text.replacing("\r\n ", with: " ").split(separator: "\r\n").first { $0.hasPrefix("Subject: ") }.map(
            String.init) ?? ""
    }

    @Test func mailGoesToTheAddressAloneAndIsMarked() async throws {
        try await MailServer.run { server in
            try job(server)
            let result = try await test("--to", "me@contoso.example")
            #expect(result.status == 0, "\(result.errors)")
            #expect(
                result.output
                    == "sent: invite for rule registered/attendees/mail via mail to me@contoso.example: \(server.url): 250 2.0.0 queued as 7\n"
            )
            #expect(server.taken.map(\.recipient) == ["RCPT TO:<me@contoso.example>"])
            #expect(subject(server.taken.first).hasPrefix("Subject: [Test] "))
            #expect(!FileManager.default.fileExists(atPath: folder.path("usher.sqlite")), "the ledger is not touched")
            // Again is again, and no delivery is kept from going.
            #expect(try await test("--to", "p0@example.com").status == 0)
            let ids = server.taken.compactMap {
                $0.text.split(separator: "\r\n").first { $0.hasPrefix("Message-ID: ") }
            }
            #expect(Set(ids).count == 2)
            let run = try await Command.run(
                "run", "job.yaml", "--only", "deliver", "--now", "2026-12-01T09:00:00Z", "--confirm-now",
                in: folder.path)
            #expect(server.taken.count == 5, "\(run.output)\(run.errors)")
        }
    }

    @Test func everyTemplateCanBeTestedInItsLanguages() async throws {
        try await MailServer.run { server in
            try job(server)
            for (template, language) in [("invite", "de"), ("reminder", "en"), ("update", "fr"), ("cancel", "de")] {
                let result = try await test("--to", "me@contoso.example", "--template", template, "--lang", language)
                #expect(result.status == 0, "\(template): \(result.errors)")
            }
            #expect(server.taken.count == 4)
            #expect(Set(server.taken.map { subject($0) }).count == 4)
        }
    }

    @Test func aWebhookIsMarked() async throws {
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        try await withScripts([.read, ok]) { endpoint in
            try await MailServer.run { server in
                try job(server, endpoint.url)
                let result = try await test("--channel", "hook")
                #expect(result.status == 0, "\(result.errors)")
                let request = try #require(endpoint.requests.first)
                #expect(
                    request.hasPrefix("POST /path HTTP/1.1\r\n")
                        && request.lowercased().contains("\r\nusher-test: true\r\n"))
                #expect(request.contains("[Test] Sample session") && server.taken.isEmpty)
            }
        }
        try await WebhookReceiver.run { receiver in
            try await MailServer.run { server in
                try job(server, receiver.url)
                #expect(try await test("--channel", "hook").status == 0)
                #expect(receiver.bodies.count == 1)
            }
        }
    }

    @Test func whatCannotBeSentIsSaid() async throws {
        try await MailServer.run { server in
            try job(server)
            server.expect(.recipient, .reply("550 5.1.1 no such user"))
            let refused = try await test("--to", "me@contoso.example")
            #expect(refused.status == 65 && refused.errors.contains("550 5.1.1 no such user"), "\(refused.errors)")
            let unknown = try await test("--to", "me@contoso.example", "--template", "invitation")
            #expect(unknown.status == 78)
            #expect(
                unknown.errors
                    == "job.yaml: no rule sends invitation. The rules send webhook via hook, invite via mail, reminder via mail, "
                    + "update via mail, cancel via mail\n")
            let nobody = try await test("--channel", "mail")
            #expect(nobody.status == 78 && nobody.errors.contains("--to ADDRESS"), "\(nobody.errors)")
            #expect(try await test("--to", "nobody").status == 64)
            #expect(try await test("--to", "me@contoso.example", "--lang", "Klingonisch!").status == 64)
            #expect(server.taken.isEmpty)
        }
    }
}

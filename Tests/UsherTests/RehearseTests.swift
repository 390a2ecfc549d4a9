import Foundation
import Testing
import UsherTesting

/// `usher run --now` reaches no one by accident.
@Suite("rehearsals")
struct RehearseTests {
    private let folder: TemporaryFolder
    private static let now = "2026-12-01T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder)
    }

    private func write(_ channel: String, more: String = "") throws {
        try folder.write(
            """
            name: rehearsal
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: var/usher.sqlite
            channels: {out: \(channel)}
            rules: [{when: registered, to: attendees, via: out, template: invite}]
            \(more)
            """, to: "job.yaml")
    }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish()
    }

    private func smtp(_ server: MailServer) -> String {
        "{kind: smtp, url: \"\(server.url)\", tls: none, from: events@contoso.example}"
    }

    @Test func anotherTimeNeedsAConfirmation() async throws {
        try await MailServer.run { server in
            try write(smtp(server))
            let refused = try await usher("run", "job.yaml", "--now", Self.now)
            #expect(refused.status == 64 && server.connections == 0)
            #expect(refused.errors.contains("channel out"), "\(refused.errors)")
            #expect(refused.errors.contains("--rehearse") && refused.errors.contains("--confirm-now"))
            #expect(!folder.list("").contains("var"), "not even a ledger")
            #expect(try await usher("run", "job.yaml", "--now", Self.now, "--confirm-now").status == 0)
            #expect(server.taken.count == 3)
        }
    }

    @Test func aPublicationToAURLNeedsOneToo() async throws {
        try write(
            "{kind: outbox, to: outbox, from: events@contoso.example}",
            more: "publish: [{kind: page, to: \"http://127.0.0.1:9/index.html\"}]")
        let refused = try await usher("run", "job.yaml", "--now", Self.now)
        #expect(refused.status == 64 && refused.errors.contains("publication http://127.0.0.1:9/index.html"))
    }

    @Test func whatReachesNoOneNeedsNone() async throws {
        try write("{kind: outbox, to: outbox, from: events@contoso.example}")
        #expect(try await usher("run", "job.yaml", "--now", Self.now).status == 0)
        try await MailServer.run { server in
            try write(smtp(server), more: "divert: {mail: staging@contoso.example}")
            let diverted = try await usher("run", "job.yaml", "--now", Self.now)
            #expect(diverted.status == 0 && server.taken.allSatisfy { $0.recipient.contains("staging@") })
        }
    }

    @Test func aRehearsalWritesMessagesAndLeavesTheLedgerAlone() async throws {
        try await MailServer.run { server in
            try write(smtp(server), more: "publish: [{kind: page, to: public/index.html}]")
            #expect(try await usher("run", "job.yaml", "--now", Self.now, "--confirm-now").status == 0)
            try folder.write(
                (try folder.read("people.csv")) + "late@example.com,Late\n", to: "people.csv")
            let ledger = try Data(contentsOf: URL(filePath: folder.path("var/usher.sqlite")))
            let page = try folder.read("public/index.html")
            let first = try await usher(
                "run", "job.yaml", "--now", "2026-12-02T09:00:00Z", "--rehearse", "dress")
            #expect(first.status == 0 && first.output.contains("1 sent"), "\(first.output) \(first.errors)")
            #expect(folder.list("dress").filter { $0 == "out" || $0 == "usher.sqlite" }.count == 2)
            #expect(folder.list("dress/out").filter { $0.hasSuffix(".eml") }.count == 1)
            #expect(server.taken.count == 3, "nothing was sent")
            #expect(try Data(contentsOf: URL(filePath: folder.path("var/usher.sqlite"))) == ledger)
            #expect(try folder.read("public/index.html") == page)
            let second = try await usher(
                "run", "job.yaml", "--now", "2026-12-02T09:05:00Z", "--rehearse", "dress")
            #expect(
                second.status == 0 && !second.output.contains("sent,"), "it goes on from the first: \(second.output)")
            #expect(folder.list("dress/out").filter { $0.hasSuffix(".eml") }.count == 1)
        }
    }
}

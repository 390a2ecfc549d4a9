import Foundation
import Testing
import UsherEngine
import UsherJob
import UsherLedger
import UsherModel
import UsherTesting

@Suite("mail through Postfix into Dovecot and back", .serialized)
struct LoopTests {
    private static let now = "2026-12-01T09:00:00Z"
    private static let events = "events@usher.test"
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 0)
        try folder.write(MailHost.password, to: "word")
        try folder.write(Self.events, to: "name")
    }

    /// Writes a job that sends through `channel`; its mails do not depend on the kind of channel.
    private func write(_ host: MailHost?, people: [String], to name: String = "job.yaml", channel: String? = nil) throws
    {
        try folder.write(
            (["email,first-name,last-name,language"] + people).joined(separator: "\n") + "\n", to: "people.csv")
        let files = "username: {file: name}, password: {file: word}, ca-file: \(host?.folder.path("ca.pem") ?? "")"
        let smtp = host.map { "kind: smtp, url: \"smtp://127.0.0.1:\($0.smtp)\", \(files)" }
        let inbox = host.map { "inbox: {url: \"imaps://127.0.0.1:\($0.imaps)\", \(files)}" }
        try folder.write(
            """
            name: loop
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: \(name).sqlite
            channels:
              out: {\(channel ?? smtp ?? "kind: outbox, to: outbox"), from: "Événements <\(Self.events)>", unsubscribe: ["mailto:leave@usher.test?subject=leave"]}
            rules:
              - {when: registered, to: attendees, via: out, template: invite}
              - {when: 24h before start, to: attendees, via: out, template: reminder}
            \(inbox ?? "")
            """, to: "job.yaml")
    }

    @Test func mailsArriveAsTheyWereRendered() async throws {
        let people = ["ada@usher.test,Ada,\"Łukasiewicz, PhD\",en", "yui@usher.test,結衣,佐藤,fr"]
        try rehearsal.write(events: Rehearsal.events(subject: "Überraschung – 驚き 🎉"))
        try write(nil, people: people)
        #expect(try await rehearsal.run(Self.now).tally.sent == people.count)
        let rendered = try rehearsal.messages().map { try Data(contentsOf: URL(filePath: folder.path("outbox/\($0)"))) }
        try await MailHost.run([Self.events, "ada@usher.test", "yui@usher.test"], postfix: true) { host in
            try write(host, people: people, to: "real")
            let report = try await rehearsal.run(Self.now)
            #expect(report.tally.sent == people.count && report.outcome == "ok", "\(report.problems) \(host.log)")
            for user in ["ada@usher.test", "yui@usher.test"] {
                let mails = try await host.mails(of: user, atLeast: 1)
                let mail = try #require(mails.first)
                #expect(mails.count == 1)
                // Servers add header fields before ours; everything after those arrives byte for byte.
                #expect(
                    rendered.contains { Self.withoutIDs(mail.raw).hasSuffix(Self.withoutIDs($0)) },
                    "\(String(decoding: mail.raw, as: UTF8.self))")
                #expect(mail.headers["return-path"] == "<\(Self.events)>" && mail.headers["x-original-to"] == nil)
                #expect(mail.headers["from"] == "Événements <\(Self.events)>")
                #expect(mail.headers["subject"]?.contains("Überraschung – 驚き 🎉") == true, "\(mail.headers)")
                #expect(mail.headers["list-unsubscribe"] == "<mailto:leave@usher.test?subject=leave>")
                try expectParts(mail)
            }
            let to = try await host.mails(of: "ada@usher.test").first?.headers["to"]
            #expect(to == "\"Ada Łukasiewicz, PhD\" <ada@usher.test>")
        }
    }

    /// A message without the digits that each ledger makes with its own secret.
    private static func withoutIDs(_ message: Data) -> String {
        String(decoding: message, as: UTF8.self).replacing(/([0-9a-f]{20})[0-9a-f]{12,20}/) { "\($0.1)" }
    }

    /// Expects text, HTML, the invitation and its copy as an attachment, and TLS and sign-in in the trace fields.
    private func expectParts(_ mail: MailHost.Mail) throws {
        #expect(mail.parts.map(\.type) == ["text/plain", "text/html", "text/calendar", "application/ics"])
        let calendar = String(decoding: mail.parts[2].content, as: UTF8.self)
        #expect(mail.parts[2].method == "REQUEST" && mail.parts[3].filename == "invite.ics")
        #expect(mail.parts[3].content == mail.parts[2].content)
        #expect(calendar.hasPrefix("BEGIN:VCALENDAR\r\n") && calendar.contains("\r\nMETHOD:REQUEST\r\n"))
        for part in mail.parts.prefix(2) {
            #expect(String(decoding: part.content, as: UTF8.self).contains("https://teams.microsoft.com/l/a"))
        }
        let trace = String(decoding: mail.raw, as: UTF8.self).prefix(2000)
        #expect(trace.contains("with ESMTPSA"), "\(trace)")
    }

    @Test func mailToAMissingMailboxBouncesAndTheAddressGetsNothingMore() async throws {
        try await MailHost.run([Self.events, "ada@usher.test"], postfix: true) { host in
            try write(host, people: ["ada@usher.test,Ada,L,en", "ghost@usher.test,Ghost,G,en"])
            #expect(try await rehearsal.run(Self.now).tally.sent == 2)
            let reports = try await host.mails(of: Self.events, atLeast: 1)
            #expect(reports.first?.headers["content-type"]?.contains("delivery-status") == true, "\(host.log)")
            let first = try await read()
            #expect(
                first.tally.bounced == 1 && first.problems.isEmpty,
                "\(first) \(reports.map { String(decoding: $0.raw, as: UTF8.self) })")
            #expect(
                first.notes.contains { $0.hasPrefix("suppressed: ghost@usher.test bounced: 5.1.1") }, "\(first.notes)")
            #expect(try await read().tally == InboxReport.Tally())
            let after = try await host.mails(of: Self.events)
            #expect(after.map(\.uid) == reports.map(\.uid) && after.allSatisfy { $0.flags.isEmpty })
            let reminder = try await rehearsal.run("2026-12-09T15:00:00Z")
            #expect(reminder.tally.sent == 1 && reminder.outcome == "ok", "\(reminder.problems)")
            #expect(try await host.mails(of: "ada@usher.test", atLeast: 2).count == 2)
        }
    }

    private func read(_ environment: RuntimeEnvironment = .rehearsed()) async throws -> InboxReport {
        let job = try ConfiguredJob(job: folder.path("job.yaml"), environment)
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
        return await InboxRun(job, ledger: ledger, settings: rehearsal.settings(Self.now)).run()
    }

    @Test func aWrongPasswordSendsNothingAndFailsNoDelivery() async throws {
        try await MailHost.run([Self.events, "ada@usher.test"], postfix: true) { host in
            try write(host, people: ["ada@usher.test,Ada,L,en"])
            try folder.write("wrong", to: "word")
            let report = try await rehearsal.run(Self.now)
            #expect(report.counts[.refusedCredentials] != nil && report.tally.failed == 0, "\(report.problems)")
            try folder.write(MailHost.password, to: "word")
            #expect(try await rehearsal.run("2026-12-01T15:00:00Z").tally.sent == 1)
            #expect(try await host.mails(of: "ada@usher.test", atLeast: 1).count == 1)
        }
    }

    @Test func anApplicationTokenSignsInToBothServers() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations) = (1, 2)
        tenant.replacements = ["@example.com": "@usher.test"]
        try await GraphServer.run(tenant) { server in
            let whose = "\(server.url)/tokeninfo?user=\(Self.events)&access_token="
            try await MailHost.run([Self.events, "p0-1@usher.test"], postfix: true, tokens: whose) { host in
                let signIn = "username: {file: name}, token: graph, ca-file: \(host.folder.path("ca.pem"))"
                try folder.write(
                    """
                    name: tokens
                    source: \(server.source())
                    ledger: usher.sqlite
                    channels:
                      out: {kind: smtp, url: "smtp://127.0.0.1:\(host.smtp)", \(signIn), from: \(Self.events)}
                    rules: [{when: registered, to: attendees, via: out, template: invite}]
                    inbox: {url: "imaps://127.0.0.1:\(host.imaps)", \(signIn)}
                    """, to: "job.yaml")
                let environment = RuntimeEnvironment.rehearsed(environment: GraphServer.environment)
                let job = try ConfiguredJob(job: folder.path("job.yaml"), environment)
                let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
                let report = await Engine(job, ledger: ledger, settings: rehearsal.settings(Self.now)).run()
                await ledger.close()
                #expect(report.outcome == "ok" && report.tally.sent > 0, "\(report.problems) \(host.log)")
                #expect(try await host.mails(of: "p0-1@usher.test", atLeast: 1).isEmpty == false)
                // One token for all mails of a run, and another for the inbox.
                #expect(server.exchangeTokens.count == 1)
                let reading = try await read(environment)
                #expect(reading.problems.isEmpty, "\(reading) \(host.log)")
                #expect(server.exchangeTokens.count == 2)

                let now = rehearsal.settings(Self.now).now
                let steps = await JobInspection(try ConfiguredJob(job: folder.path("job.yaml"), environment), now: now)
                    .examine()
                #expect(steps.allSatisfy { $0.error == nil }, "\(steps)")
                #expect(
                    steps.contains { $0.step.hasPrefix("channel out: sign in at \(server.url) for Exchange Online") })
            }
        }
    }

    @Test func hundredsOfMailsOverEightConnectionsArriveOnceEach() async throws {
        let port = try Loopback.deadPort()
        let sink = try TemporaryFolder()
        try await MailHost.run(["chown", "nobody", sink.path])
        let server = try await Python.Server.start(MailHost.script, ["sink", "\(port)", sink.path])
        #expect(server.line == "ready")
        let people = (0..<400).map { "p\($0)@usher.test,P,\($0),en" }
        try write(
            nil, people: people, channel: "kind: smtp, url: \"smtp://127.0.0.1:\(port)\", tls: none, connections: 8")
        let report = try await rehearsal.run(Self.now)
        #expect(report.tally.sent == 400 && report.outcome == "ok", "\(report.problems)")
        try await server.finish()
        let texts = try sink.list().map { try sink.read($0) }
        let ids = texts.compactMap { text in text.split(separator: "\n").first { $0.hasPrefix("Message-ID:") } }
        let recipients = texts.compactMap { text in text.split(separator: "\n").first { $0.hasPrefix("X-Rcpt-Args:") } }
        #expect(texts.count == 400 && Set(ids).count == 400 && Set(recipients).count == 400)
        #expect(try await rehearsal.run(Self.now).tally.sent == 0)
    }
}

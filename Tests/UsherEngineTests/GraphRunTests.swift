import Foundation
import Testing
import UsherEngine
import UsherJob
import UsherLedger
import UsherModel
import UsherTesting

@Suite("runs on Microsoft Graph")
struct GraphRunTests {
    private let job: GraphJob
    private var folder: TemporaryFolder { job.folder }
    private var rehearsal: Rehearsal { job.rehearsal }

    init() throws { job = try GraphJob() }

    private static let rules = GraphJob.rules

    private func write(_ server: GraphServer, rules: String = rules, more: String = "") throws {
        try job.write(server, rules: rules, more: more)
    }

    private func run(_ now: String, _ more: [String: String] = [:]) async throws -> RunReport {
        try await job.run(now, more)
    }

    @Test func everyoneIsToldOnceAndEveryChangeReachesThem() async throws {
        var tenant = GraphTenant()
        tenant.registrations = 4
        try await GraphServer.run(tenant) { server in
            try write(server)
            let first = try await run("2026-12-01T09:00:00Z")
            #expect(first.outcome == "ok" && first.tally.sent == 12, "\(first.problems)")
            #expect(try await run("2026-12-01T09:05:00Z").tally.sent == 0)
            server.edit { $0.replacements = ["Session 1.0": "Session One"] }
            let moved = try await run("2026-12-01T09:10:00Z")
            #expect(moved.tally.sent == 4 && moved.outcome == "ok")
            let list = "/solutions/virtualEvents/webinars"
            server.edit { tenant in
                let all = tenant.answer(list, skip: 0, base: "").body
                let status = all.replacing("\"displayName\": \"Webinar 2\"", with: "\"x\": 1")
                    .replacing(
                        "\(GraphTenant.event(2))\", \"status\": \"published\"",
                        with: "\(GraphTenant.event(2))\", \"status\": \"canceled\"")
                tenant.edits[list] = (200, status)
            }
            let canceled = try await run("2026-12-01T09:15:00Z")
            #expect(canceled.tally.sent == 4, "\(canceled.problems)")
            #expect(try await rehearsal.states() == ["sent": 20])
        }
    }

    /// A job that signs in to a mail server with a token that the application obtains for Exchange.
    private func writeMail(_ server: GraphServer, _ mail: MailServer) throws {
        let signIn = """
            username: {env: USER}, token: graph, login-url: "\(server.url)", tenant: {env: TENANT}, \
            auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: WORD}}
            """
        try folder.write(
            """
            name: graph
            source: \(server.source())
            ledger: usher.sqlite
            channels:
              out: {kind: smtp, url: "\(mail.url)", tls: none, connections: 2, \(signIn), from: events@contoso.example}
            rules: [{when: registered, to: attendees, via: out, template: invite}]
            """, to: "job.yaml")
    }

    @Test func mailServersTakeTheTokenThatTheApplicationGets() async throws {
        try await GraphServer.run { server in
            try await MailServer.run { mail in
                mail.offer(["AUTH XOAUTH2"])
                try writeMail(server, mail)
                // Entra refuses the application: nobody gets mail, and no delivery fails.
                let refused = try await run("2026-12-01T09:00:00Z", ["USER": "events@contoso.example", "WORD": "hush"])
                #expect(refused.counts[.refusedCredentials] == 1 && refused.tally.failed == 0 && mail.connections == 0)
                #expect(refused.problems.contains { $0.text.contains("the client secret is wrong") })

                // The mail server refuses the token: the problem shows its reply and says what to do.
                let secrets = ["USER": "events@contoso.example", "WORD": GraphServer.secret]
                mail.expect(.auth, .reply("535 5.7.3 Authentication unsuccessful"))
                mail.expect(.auth, .reply("535 5.7.3 Authentication unsuccessful"))
                let denied = try await run("2026-12-01T15:00:00Z", secrets)
                #expect(denied.counts[.refusedCredentials] == 1 && mail.taken.isEmpty)
                #expect(denied.problems.contains { $0.text.contains("SMTP.SendAsApp") }, "\(denied.problems)")
                mail.forget(.auth)

                let report = try await run("2026-12-01T21:00:00Z", secrets)
                #expect(report.outcome == "ok" && report.tally.sent == 15, "\(report.problems)")
                let token = try #require(server.exchangeTokens.last)
                let text = "user=events@contoso.example\u{1}auth=Bearer \(token)\u{1}\u{1}"
                #expect(
                    mail.commands.last { $0.hasPrefix("AUTH") }
                        == "AUTH XOAUTH2 \(Data(text.utf8).base64EncodedString())")
                #expect(server.exchangeTokens.count == 2)
            }
        }
    }

    @Test func aFetchThatFailsInPartCancelsNothingOfThatPartAndTells() async throws {
        try await GraphServer.run { server in
            try write(server)
            _ = try await run("2026-12-01T09:00:00Z")
            // The sessions of one event cannot be read, and another event is no longer listed.
            server.faults { path, _ in path.hasSuffix("\(GraphTenant.event(1))/sessions") ? .status(500) : nil }
            server.edit { $0.events = 2 }
            for minute in 1...3 {
                let report = try await run("2026-12-01T09:0\(minute):00Z")
                #expect(report.counts[.sourceUnreachable] == 1)
                #expect(!"\(report.news)".contains(GraphTenant.event(1)), "\(report.news)")
            }
        }
    }

    @Test func anEventThatIsGoneIsCanceledAfterTwoLooksWithoutAskingForItsPeople() async throws {
        var tenant = GraphTenant()
        tenant.events = 6
        try await GraphServer.run(tenant) { server in
            try write(server)
            _ = try await run("2026-12-01T09:00:00Z")
            server.edit { $0.events = 5 }
            #expect(try await run("2026-12-01T09:05:00Z").tally.sent == 0)
            server.countAnew()
            let report = try await run("2026-12-01T09:10:00Z")
            #expect(report.tally.sent == 5 && report.outcome == "ok", "\(report.problems)")
            #expect(server.counts.answers["registrations"] == 5)
        }
    }

    @Test func registrationsAreAskedForOnlyWhenARuleCouldNeedThem() async throws {
        try await GraphServer.run { server in
            try write(server, rules: "  - {when: 24h before start, to: attendees, via: outbox, template: reminder}")
            _ = try await run("2026-12-01T09:00:00Z")
            #expect(try await run("2026-12-01T09:05:00Z").tally.sent == 0)
            #expect(server.counts.answers["registrations"] == 3, "the first run knows nothing")
            server.countAnew()
            #expect(try await run("2026-12-05T09:00:00Z").tally.sent == 0)
            #expect(server.counts.answers["registrations"] == nil)
            // Only the first webinar is 24 hours away.
            #expect(try await run("2026-12-09T15:30:00Z").tally.sent == 5)
            #expect(server.counts.answers["registrations"] == 1)
        }
    }

    @Test func whoCameIsThankedAndWhoDidNotGetsTheRecordingOnceThereIsOne() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations) = (1, 5)
        try await GraphServer.run(tenant) { server in
            try write(
                server,
                rules: """
                      - {when: 1h after end, to: attended, via: outbox, template: follow-up, attended-for: 10m, late: 2d}
                      - {when: 1h after end, to: absent, via: outbox, template: follow-up, attended-for: 10m, late: 2d, wait-for: recording}
                    """)
            _ = try await run("2026-12-10T09:00:00Z")
            let early = try await run("2026-12-10T17:05:00Z")
            #expect(
                early.tally.sent == 0 && early.notes.contains { $0.contains("attendance report") }, "\(early.notes)")
            server.edit { $0.attendedMinutes = 40 }
            #expect(try await run("2026-12-10T18:00:00Z").tally.sent == 3)
            #expect(try await run("2026-12-10T18:30:00Z").tally.sent == 0)
            server.edit {
                $0.replacements = [
                    "\"videoOnDemandWebUrl\": null": "\"videoOnDemandWebUrl\": \"https://teams.microsoft.com/v/1\""
                ]
            }
            #expect(try await run("2026-12-10T19:00:00Z").tally.sent == 2)
            let mails = try rehearsal.messages().map {
                try String(contentsOfFile: folder.path("outbox/\($0)"), encoding: .utf8)
            }
            let absent = mails.filter { $0.contains("p0-1@example.com") || $0.contains("p0-3@example.com") }
            #expect(absent.count == 2 && absent.allSatisfy { $0.contains("https://teams.microsoft.com/v/1") })
        }
    }

    private static let attendanceRules = """
          - {when: 1h after end, to: attended, via: outbox, template: follow-up, attended-for: 10m, late: 2d}
          - {when: 1h after end, to: absent, via: outbox, template: follow-up, attended-for: 10m, late: 2d}
        """

    @Test func aRehearsalSaysNothingAboutWhoCame() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations, tenant.attendedMinutes) = (1, 5, 40)
        let path = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/sessions/s0/attendanceReports"
        let times = #""meetingStartDateTime": "2026-12-08T15:00:00Z", "meetingEndDateTime": "2026-12-08T16:00:00Z""#
        tenant.edits[path] = (200, #"{"value": [{"id": "empty", \#(times)}]}"#)
        try await GraphServer.run(tenant) { server in
            try write(server, rules: Self.attendanceRules)
            _ = try await run("2026-12-10T09:00:00Z")
            let early = try await run("2026-12-10T17:05:00Z")
            #expect(early.tally.sent == 0 && early.outcome == "ok")
            #expect(early.notes.contains { $0.contains("1 of another time") }, "\(early.notes)")
            server.edit { $0.edits[path] = nil }
            #expect(try await run("2026-12-10T18:00:00Z").tally.sent == 5)
            #expect(try await rehearsal.states() == ["sent": 5])
        }
    }

    @Test func aSessionThatIsHeldAgainIsNotJudgedByTheFirstTime() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations, tenant.attendedMinutes) = (1, 5, 40)
        try await GraphServer.run(tenant) { server in
            try write(server, rules: Self.attendanceRules)
            _ = try await run("2026-12-10T09:00:00Z")
            #expect(try await run("2026-12-10T17:05:00Z").tally.sent == 5)
            let path = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/sessions/s0/attendanceReports"
            server.edit { tenant in
                tenant.edits[path] = tenant.answer(path, skip: 0, base: "")
                tenant.start = "2026-12-17T15:00:00"
            }
            #expect(try await run("2026-12-10T17:10:00Z").tally.sent == 0)
            #expect(try await run("2026-12-17T17:05:00Z").tally.sent == 0)
            server.edit { $0.edits[path] = (503, "{}") }
            #expect(try await run("2026-12-17T17:10:00Z").tally.sent == 0)
            server.edit { $0.edits[path] = nil }
            #expect(try await run("2026-12-17T18:00:00Z").tally.sent == 5)
        }
    }

    @Test func signInThatIsRefusedEndsWithItsOwnCode() async throws {
        try await GraphServer.run { server in
            try folder.write(
                """
                name: graph
                source: \(server.source(auth: "auth: {kind: token, token: {env: NONE}}"))
                channels:
                  outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}
                rules:
                \(Self.rules)
                """, to: "job.yaml")
            let report = try await run("2026-12-01T09:00:00Z")
            #expect(report.counts.keys.map(\.rawValue) == ["refused credentials"])
        }
    }
}

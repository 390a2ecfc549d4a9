import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// People who chose some of an event's sessions, where Graph does not always say which.
@Suite("chosen sessions of a webinar")
struct GraphChoiceTests {
    private let job: GraphJob
    private static let registrations = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/registrations"

    init() throws { job = try GraphJob() }

    /// One webinar of three sessions; whoever has an even number chose the first one only.
    private func tenant(_ people: Int) -> GraphTenant {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (1, 3, people)
        return tenant
    }

    private static let invitations = "  - {when: registered, to: attendees, via: outbox, template: invite}"

    @Test(arguments: [
        (404, #"{"error": {"code": "NotFound", "message": "-", "innerError": {"request-id": "r"}}}"#),
        (200, #"{"value": []}"#),
        (500, "{}"), (403, "{}"),
    ])
    func whatGraphDoesNotSayForARunChangesNothing(_ status: Int, _ body: String) async throws {
        try await GraphServer.run(tenant(2)) { server in
            try job.write(server, rules: Self.invitations)
            let first = try await job.run("2026-12-01T09:00:00Z")
            #expect(first.tally.sent == 4, "\(first.problems)")
            server.edit { tenant in
                // The registrations have changed, so that their choices are asked for again.
                tenant.replacements = ["\"lastName\": \"Çelik\"": "\"lastName\": \"Demir\""]
                for person in 0..<2 { tenant.edits["\(Self.registrations)/r-0-\(person)/sessions"] = (status, body) }
            }
            let second = try await job.run("2026-12-01T09:05:00Z")
            #expect(second.tally.sent == 0)
            let isSaid = second.notes.contains { $0.contains("chose no session any more") }
            #expect(isSaid == (status == 200) && (second.outcome == "ok") == (status == 200), "\(second.problems)")
            server.edit { $0.edits = [:] }
            #expect(try await job.run("2026-12-01T09:10:00Z").tally.sent == 0)
        }
    }

    @Test func whoseChoiceIsNotKnownYetIsToldOnceItIs() async throws {
        try await GraphServer.run(tenant(2)) { server in
            try job.write(server, rules: Self.invitations)
            let path = "\(Self.registrations)/r-0-0/sessions"
            server.edit { $0.edits[path] = (403, GraphServer.forbidden) }
            let first = try await job.run("2026-12-01T09:00:00Z")
            #expect(first.tally.sent == 3 && first.counts[.refusedCredentials] == 1, "\(first.problems)")
            server.edit { $0.edits[path] = (200, #"{"value": []}"#) }
            let second = try await job.run("2026-12-01T09:05:00Z")
            #expect(second.tally.sent == 0 && second.notes.contains { $0.contains("if the next run finds the same") })
            server.edit { $0.edits = [:] }
            #expect(try await job.run("2026-12-01T09:10:00Z").tally.sent == 1)
        }
    }

    @Test func whoChoseOneSessionIsNeverInvitedToTheOther() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations) = (1, 2, 3)
        try await GraphServer.run(tenant) { server in
            try job.write(server)
            #expect(try await job.run("2026-12-01T09:00:00Z").tally.sent == 4)
            for (number, answer) in [
                (404, GraphServer.notFound), (200, #"{"value": []}"#), (503, "{}"), (403, GraphServer.forbidden),
            ].enumerated() {
                // Every registration looks changed, one is new, and no choice can be read.
                server.edit { tenant in
                    tenant.registrations = 4
                    tenant.replacements = ["Çelik": "Celik \(number)"]
                    for person in 0..<4 {
                        tenant.edits[
                            "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/registrations/r-0-\(person)/sessions"
                        ] =
                            (answer.0, answer.1)
                    }
                }
                let report = try await job.run("2026-12-01T1\(number):00:00Z")
                #expect(report.tally.sent == 0 && report.counts[.retrying] == 1, "\(report.problems)")
                #expect(report.problems.contains { $0.text.contains("1 person is registered") })
            }
            server.edit { $0.edits = [:] }
            let report = try await job.run("2026-12-01T19:00:00Z")
            #expect(report.tally.sent == 2 && report.outcome == "ok", "\(report.problems)")
        }
    }

    @Test func aRegistrationOnTwoPagesIsNoProblem() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations, tenant.page) = (1, 5, 3)
        try await GraphServer.run(tenant) { server in
            try job.write(server)
            // Someone registers between two pages, so that the last one of the first page comes again.
            server.edit { $0.replacements = ["$skiptoken=3": "$skiptoken=2"] }
            let report = try await job.run("2026-12-01T09:00:00Z")
            #expect(report.tally.sent == 5 && report.outcome == "ok", "\(report.problems)")
        }
    }

    @Test func whoChoseNothingTwiceChoseEverything() async throws {
        try await GraphServer.run(tenant(1)) { server in
            try job.write(server, rules: Self.invitations)
            server.edit { $0.edits["\(Self.registrations)/r-0-0/sessions"] = (200, #"{"value": []}"#) }
            #expect(try await job.run("2026-12-01T09:00:00Z").tally.sent == 0)
            #expect(try await job.run("2026-12-01T09:05:00Z").tally.sent == 3)
            #expect(try await job.run("2026-12-01T09:10:00Z").tally.sent == 0)
        }
    }

    @Test func aKnownChoiceIsAskedForAgainOnlyNowAndThen() async throws {
        try await GraphServer.run(tenant(400)) { server in
            try job.write(server, rules: Self.invitations)
            _ = try await job.run("2026-12-01T09:00:00Z")
            var asked = 0
            // As the clock of the source moves on, everyone has a turn within 53 minutes that are not the same.
            for minute in 1...3 {
                server.countAnew()
                let report = try await job.run("2026-12-01T09:0\(minute):00Z")
                #expect(report.tally.sent == 0 && report.outcome == "ok", "\(report.problems)")
                // Answers to `registrations/{id}/sessions` are counted under the name of their last part, as lists of sessions are.
                asked += (server.counts.answers["sessions"] ?? 0) - 1
            }
            #expect(asked < 3 * 30, "\(asked)")
            // A session that is new makes everyone be asked.
            server.edit { $0.sessions = 4 }
            server.countAnew()
            _ = try await job.run("2026-12-01T09:05:00Z")
            #expect((server.counts.answers["sessions"] ?? 0) > 400)
        }
    }

    /// Pages shift while people register: the last one of a page is the first one of the next.
    @Test func someoneOnTwoPagesIsOnePerson() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations, tenant.page) = (1, 3, 2)
        try await GraphServer.run(tenant) { server in
            try job.write(server, rules: Self.invitations)
            let path = Self.registrations
            server.edit { tenant in
                let first = tenant.answer(path, skip: 0, base: "\(server.url)/v1.0").body
                tenant.edits[path] = (200, first.replacing("$skiptoken=2", with: "$skiptoken=1"))
            }
            let report = try await job.run("2026-12-01T09:00:00Z")
            #expect(report.tally.sent == 3 && report.outcome == "ok", "\(report.problems)")
        }
    }

    /// The link that is not there yet: no defect of the job, and no advice to edit a template.
    @Test func aLinkThatTheSourceDoesNotHaveYetIsWaitedFor() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations) = (1, 2)
        try await GraphServer.run(tenant) { server in
            try job.write(server, rules: Self.invitations)
            let link = "\"https://teams.microsoft.com/l/meetup-join/0-0\""
            server.edit { $0.replacements = [link: "null"] }
            for hour in 1...4 {
                let report = try await job.run("2026-12-01T0\(hour):00:00Z")
                #expect(report.tally.sent == 0 && report.counts[.badJob] == nil, "\(report.problems)")
                #expect(report.counts[.retrying] ?? 0 > 0)
                #expect(report.problems.contains { $0.text.contains("the source has no link yet") })
            }
            server.edit { $0.replacements = [:] }
            let report = try await job.run("2026-12-01T05:00:00Z")
            #expect(report.tally.sent == 2 && report.outcome == "ok", "\(report.problems)")
        }
    }
}

import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whom a run tells what when Graph's answers are odd for a while.
@Suite("cancellations and changes that Microsoft Graph only seems to report")
struct GraphCancellationTests {
    private let job: GraphJob
    private static let gone =
        #"{"error": {"code": "ResourceNotFound", "message": "-", "innerError": {"request-id": "r"}}}"#
    private static let list = "/solutions/virtualEvents/webinars"
    private static let event = "\(list)/\(GraphTenant.event(0))"

    init() throws { job = try GraphJob() }

    /// A job on six webinars whose people have been told.
    private func told(_ use: (GraphServer) async throws -> Void) async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations) = (6, 2)
        try await GraphServer.run(tenant) { server in
            try job.write(server)
            let first = try await job.run("2026-12-01T09:00:00Z")
            #expect(first.tally.sent == 12, "\(first.problems)")
            try await use(server)
        }
    }

    /// The list of events without the first one.
    private func shortened(_ tenant: GraphTenant) -> String {
        var tenant = tenant
        tenant.edits = [:]
        let body = tenant.answer(Self.list, skip: 0, base: "").body
        return body.replacing(GraphTenant.event(0), with: "other").replacing("2026-12-10T15", with: "2026-10-10T15")
    }

    @Test(arguments: ["", "/presenters"])
    func a404OfSomethingElseCancelsNothing(_ suffix: String) async throws {
        try await told { server in
            let path = Self.event + suffix
            server.edit { [shortened] in
                $0.edits = [Self.list: (200, shortened($0)), path: (404, Self.gone)]
            }
            for minute in 1...4 {
                let report = try await job.run("2026-12-01T09:0\(minute):00Z")
                #expect(report.tally.sent == 0 && report.news.isEmpty, "\(report.news)")
            }
        }
    }

    @Test(arguments: ["/sessions", "/sessions/s0"])
    func aContradictionCancelsNothingAndIsSaidInEveryRun(_ suffix: String) async throws {
        try await told { server in
            let path = Self.event + suffix
            server.edit { $0.edits[path] = (404, Self.gone) }
            for minute in 1...4 {
                let report = try await job.run("2026-12-01T09:0\(minute):00Z")
                #expect(report.tally.sent == 0 && report.counts[.sourceUnreachable] == 1, "\(report.problems)")
                #expect(report.problems.contains { $0.text.contains("says that it is not there") })
            }
        }
    }

    @Test func aContradictionAboutAnUnknownSessionIsSaid() async throws {
        try await GraphServer.run { server in
            try job.write(server)
            server.edit { $0.edits["\(Self.event)/sessions/s0"] = (404, Self.gone) }
            let report = try await job.run("2026-12-01T09:00:00Z")
            #expect(report.counts[.sourceUnreachable] == 1 && report.tally.sent == 10, "\(report.problems)")
        }
    }

    @Test(arguments: [403, 404, 503])
    func theStatusOfTheEventCancelsWhatCannotBeRead(_ status: Int) async throws {
        try await told { server in
            server.edit { tenant in
                let body = tenant.answer(Self.list, skip: 0, base: "").body
                tenant.edits[Self.list] = (
                    200,
                    body.replacing(
                        #""\#(GraphTenant.event(0))", "status": "published""#,
                        with: #""\#(GraphTenant.event(0))", "status": "canceled""#)
                )
                tenant.edits["\(Self.event)/sessions"] = (status, Self.gone)
            }
            let report = try await job.run("2026-12-01T09:05:00Z")
            #expect(report.tally.sent == 2, "\(report.problems)")
            #expect(try await job.run("2026-12-01T09:10:00Z").tally.sent == 0)
        }
    }

    @Test func anEntryThatCannotBeReadDoesNotHideWhatAnotherOneLost() async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.registrations) = (12, 2)
        try await GraphServer.run(tenant) { server in
            try job.write(server, events: "events: [{webinars: {by-user: ada}}, {webinars: {by-user: bob}}]")
            func path(_ user: String) -> String { "\(Self.list)/getByUserIdAndRole(userId='\(user)',role='organizer')" }
            @Sendable func part(_ tenant: GraphTenant, _ numbers: Range<Int>) -> String {
                let items = numbers.map {
                    tenant.answer("\(Self.list)/\(GraphTenant.event($0))", skip: 0, base: "").body
                }
                return #"{"value": [\#(items.joined(separator: ","))]}"#
            }
            let (ada, bob) = (path("ada"), path("bob"))
            server.edit { $0.edits = [ada: (200, part($0, 0..<7)), bob: (200, part($0, 7..<12))] }
            #expect(try await job.run("2026-12-01T09:00:00Z").tally.sent == 24)
            // The policy of one organizer is withdrawn, and an event of the other one is deleted.
            server.edit { tenant in
                tenant.edits = [ada: (200, part(tenant, 1..<7)), bob: (403, GraphServer.forbidden)]
                for path in ["", "/sessions", "/sessions/s0", "/presenters"] {
                    tenant.edits[Self.event + path] = (404, Self.gone)
                }
            }
            let first = try await job.run("2026-12-01T09:05:00Z")
            #expect(first.tally.sent == 0 && first.counts[.refusedCredentials] == 1, "\(first.problems)")
            let second = try await job.run("2026-12-01T09:10:00Z")
            #expect(second.tally.sent == 2 && second.news.count == 1, "\(second.problems) \(second.news)")
        }
    }

    @Test(arguments: [
        (#""joinWebUrl": "https://teams.microsoft.com/l/meetup-join/0-0""#, #""joinWebUrl": null"#),
        (
            #""\#(GraphTenant.event(0))", "status": "published""#, #""\#(GraphTenant.event(0))", "status": "draft""#
        ),
    ])
    func whatIsMissingForARunIsNotNews(_ from: String, _ to: String) async throws {
        try await told { server in
            server.edit { $0.replacements = [from: to] }
            try await expect(0, at: "2026-12-01T09:05:00Z")
            server.edit { $0.replacements = [:] }
            try await expect(0, at: "2026-12-01T09:10:00Z")
            // A move is news, to everyone, once.
            server.edit { $0.replacements = ["2026-12-10T15:00:00.0000000": "2026-12-10T14:30:00.0000000"] }
            try await expect(2, at: "2026-12-01T09:15:00Z")
            try await expect(0, at: "2026-12-01T09:20:00Z")
        }
    }

    @Test func aLinkThatIsAnotherWhenItComesBackIsNews() async throws {
        try await told { server in
            let link = "https://teams.microsoft.com/l/meetup-join/0-0"
            server.edit { $0.replacements = ["\"\(link)\"": "null"] }
            try await expect(0, at: "2026-12-01T09:05:00Z")
            server.edit { $0.replacements = [link: link + "-new"] }
            try await expect(2, at: "2026-12-01T09:10:00Z")
            try await expect(0, at: "2026-12-01T09:15:00Z")
        }
    }

    private func expect(_ count: Int, at now: String) async throws {
        let report = try await job.run(now)
        #expect(report.tally.sent == count, "\(now): \(report.problems)")
    }
}

import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("Microsoft Graph under throttling, faults and lies")
struct GraphFaultTests {
    private func tenant(_ events: Int, registrations: Int) -> GraphTenant {
        var tenant = GraphTenant()
        (tenant.events, tenant.sessions, tenant.registrations, tenant.page) = (events, 2, registrations, 25)
        return tenant
    }

    private func outcome(_ world: GraphWorld, events: Int) async throws -> ([Session], [[UsherModel.Attendee]]) {
        let listing = try await world.listing()
        #expect(listing.isComplete && listing.problems == [] && listing.failures == [], "\(listing.failures)")
        var people: [[UsherModel.Attendee]] = []
        for number in 0..<events { people.append(try await world.people(number)) }
        // Presenters are decoration, for which nothing is asked twice.
        let sessions = listing.sessions.map { session in
            var session = session
            session.presenters = []
            return session
        }
        return (sessions, people)
    }

    /// One answer in five is 429 (with or without Retry-After), 503, 504, a body cut off, or no JSON; batches too.
    @Test func withAFifthOfAnswersFaultyTheOutcomeIsThatOfACleanRun() async throws {
        let tenant = tenant(25, registrations: 60)
        try await GraphServer.run(tenant) { server in
            let clean = try await outcome(try GraphWorld(server), events: 25)
            server.faults { path, number in
                let faults: [GraphServer.Fault] = [.throttle(3), .status(503), .status(504), .cutBody, .garbage]
                let roll = (number &* 2_654_435_761 >> 7) % 25
                return roll < faults.count ? faults[roll] : nil
            }
            let world = try GraphWorld(server)
            let faulty = try await outcome(world, events: 25)
            #expect(faulty.0 == clean.0 && faulty.1 == clean.1)
            #expect(world.clock.pauses.count > 20, "no fault was met")
        }
    }

    @Test func withAFifthOfConnectionsBrokenTheOutcomeIsThatOfACleanRun() async throws {
        try await GraphServer.run(tenant(12, registrations: 60)) { server in
            let clean = try await outcome(try GraphWorld(server), events: 12)
            let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
            let link = try FaultyLink(to: port) { number in
                let fates: [FaultyLink.Fate] = [.resetAtOnce, .resetBeforeAnswer, .cut, .resetInside]
                let roll = (number &* 7) % 20
                return roll < fates.count ? fates[roll] : .whole
            }
            defer { link.stop() }
            // Next links name the server itself; through the link they would be another host's.
            server.edit { $0.replacements = ["http://127.0.0.1:\(port)": "http://127.0.0.1:\(link.port)"] }
            let world = try GraphWorld(server, port: link.port)
            let faulty = try await outcome(world, events: 12)
            #expect(faulty.0 == clean.0 && faulty.1 == clean.1)
            #expect(world.clock.pauses.count > 5, "no fault was met")
        }
    }

    @Test func allCallsWaitAsLongAsGraphAsks() async throws {
        try await GraphServer.run(tenant(1, registrations: 1)) { server in
            server.faults { _, number in number == 1 ? .throttle(17) : nil }
            let world = try GraphWorld(server)
            _ = try await world.listing()
            #expect(world.clock.pauses == [.seconds(17)])
        }
    }

    @Test func aWaitThatIsTooLongEndsTheRunsPartAndSaysSo() async throws {
        try await GraphServer.run(tenant(1, registrations: 1)) { server in
            server.faults { _, _ in .throttle(4000) }
            let world = try GraphWorld(server)
            let error = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(
                error?.code == .throttled && error?.problem.contains("4000 s") == true, "\(String(describing: error))")
            #expect(world.clock.pauses == [])
        }
    }

    @Test func aServerThatOnlyFailsIsGivenUpInTheEnd() async throws {
        try await GraphServer.run(tenant(1, registrations: 1)) { server in
            server.faults { _, _ in .status(503) }
            let world = try GraphWorld(server)
            let error = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(error?.code == .unreachable && error?.problem.contains("request-id req-7") == true)
            #expect(server.counts.requests == 10)
        }
    }

    // MARK: Lies

    private static let registrations = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/registrations"

    private func refusal(of body: String) async throws -> SourceError? {
        try await GraphServer.run(tenant(1, registrations: 3)) { server in
            let world = try GraphWorld(server)
            _ = try await world.listing()
            let text = body.utf8.count > 1000 ? body : body.replacing("BASE", with: server.url + "/v1.0")
            server.edit { $0.edits[Self.registrations] = (200, text) }
            let answers = server.counts.answers["registrations"] ?? 0
            let error = await #expect(throws: SourceError.self) { _ = try await world.people(0) }
            #expect((server.counts.answers["registrations"] ?? 0) - answers < 5)
            return error
        }
    }

    @Test(arguments: [
        "https://graph.example.net/v1.0/x", "http://127.0.0.1:1/v1.0/x", "BASEx/../../other", "file:///etc/passwd", "",
        "https://graph.microsoft.com@127.0.0.1/v1.0/", "BASE/../beta/x",
    ])
    func aNextLinkThatLeadsElsewhereIsNotFollowed(_ link: String) async throws {
        let error = try await refusal(of: #"{"value": [], "@odata.nextLink": "\#(link)"}"#)
        #expect(error?.code == .malformed, "\(String(describing: error))")
    }

    @Test func aPageThatLeadsBackToItselfIsRefused() async throws {
        let link = "BASE" + Self.registrations + "?$skiptoken=0"
        let error = try await refusal(of: #"{"value": [], "@odata.nextLink": "\#(link)"}"#)
        #expect(error?.problem.contains("leads back") == true, "\(String(describing: error))")
    }

    @Test func anAnswerWithoutAListIsRefused() async throws {
        let error = try await refusal(of: #"{"value": {"id": "x"}}"#)
        #expect(error?.code == .malformed)
    }

    @Test func aBodyPastTheLimitIsRefused() async throws {
        let filler = String(repeating: "x", count: 17 * 1024 * 1024)
        let error = try await refusal(of: #"{"value": [], "filler": "\#(filler)"}"#)
        #expect(error?.code == .malformed, "\(String(describing: error))")
    }

    @Test func anotherSessionThanTheOneAskedForIsRefused() async throws {
        try await GraphServer.run(tenant(1, registrations: 1)) { server in
            let path = "/solutions/virtualEvents/webinars/\(GraphTenant.event(0))/sessions/s0"
            server.edit { tenant in
                let other = tenant.answer(path.replacing("/s0", with: "/s1"), skip: 0, base: "")
                tenant.edits[path] = other
            }
            let listing = try await GraphWorld(server).listing()
            #expect(listing.sessions.map(\.key.session.rawValue) == ["s1"])
            #expect(listing.problems.count == 1 && listing.problems.first?.session?.session.rawValue == "s0")
        }
    }
}

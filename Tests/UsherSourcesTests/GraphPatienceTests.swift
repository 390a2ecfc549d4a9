import Testing
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("how long a run bears with Microsoft Graph and its sign-in")
struct GraphPatienceTests {
    @Test func aSignInThatFailsIsGivenUpInAboutAMinute() async throws {
        var tenant = GraphTenant()
        tenant.events = 1
        try await GraphServer.run(tenant) { server in
            for selection in ["events: [{webinars: all}]", "events: [{webinars: all}, {townhalls: all}, {webinar: x}]"]
            {
                server.countAnew()
                server.failSignIn(503)
                let world = try GraphWorld(server, selection)
                let error = await #expect(throws: SourceError.self) { try await world.listing() }
                #expect(error?.code == .unreachable)
                #expect(world.clock.pauses.reduce(.zero, +) <= .seconds(60), "\(world.clock.pauses)")
                #expect(server.counts.tokens <= 5, "\(server.counts.tokens)")
            }
        }
    }

    @Test(arguments: [(429, 10), (503, 3600)]) func aSignInThatAsksToWaitIsWaitedForAMinute(
        _ status: Int, _ retryAfter: Int
    ) async throws {
        try await GraphServer.run { server in
            server.failSignIn(status, retryAfter: retryAfter)
            let world = try GraphWorld(server)
            let start = world.clock.now
            _ = await #expect(throws: SourceError.self) { try await world.listing() }
            #expect(server.counts.tokens <= 5 && server.counts.requests == 0)
            #expect(world.clock.now - start <= .seconds(60))
            server.failSignIn(nil)
            world.clock.pass(.seconds(60))
            #expect(try await world.listing().sessions.count == 3)
        }
    }

    @Test func aTokenThatIsRefusedAsItsPredecessorIsNotReplacedAgain() async throws {
        var tenant = GraphTenant()
        tenant.events = 45
        try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            server.faults { path, _ in path.contains("/sessions") ? .status(401) : nil }
            #expect(try await !world.listing().isComplete)
            #expect(try await !world.listing().isComplete)
            #expect(server.counts.tokens == 2)
            server.faults { _, _ in nil }
            #expect(try await world.listing().sessions.count == 45)
        }
    }

    @Test func aRevokedTokenIsReplacedOnceForAWholeBatch() async throws {
        var tenant = GraphTenant()
        tenant.events = 20
        try await GraphServer.run(tenant) { server in
            server.faults { path, number in path.hasSuffix("/sessions") && number < 22 ? .status(401) : nil }
            let listing = try await GraphWorld(server).listing()
            #expect(listing.sessions.count == 20 && server.counts.tokens == 2)
        }
    }
}

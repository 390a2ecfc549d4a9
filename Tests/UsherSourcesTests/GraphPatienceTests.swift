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

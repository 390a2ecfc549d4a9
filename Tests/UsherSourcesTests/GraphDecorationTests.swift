import Testing
import UsherEngine
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("what a session from Microsoft Graph can do without")
struct GraphDecorationTests {
    private func listing(_ replacements: [String: String]) async throws -> Listing {
        var tenant = GraphTenant()
        tenant.events = 1
        return try await GraphServer.run(tenant) { server in
            server.edit { $0.replacements = replacements }
            return try await GraphWorld(server).listing()
        }
    }

    /// Where the instant is certain, no zone refuses it; `PacificSt` is from Graph's own example.
    @Test(
        arguments: [
            ("PacificSt", nil), ("tzone://Microsoft/Custom", "unknown"), ("", nil), ("  ", nil), ("Mars", "unknown"),
        ] as [(String, String?)])
    func theZoneOfAnEventIsAFallback(_ zone: String, _ said: String?) async throws {
        let start = #""startDateTime": {"dateTime": "2026-12-10T15:00:00.0000000", "timeZone": "UTC"}"#
        let listing = try await listing([
            "\"audience\": \"everyone\",\n \(start)":
                #""audience": "everyone", "startDateTime": {"dateTime": "2026-12-10T07:00:00", "timeZone": "\#(zone)"}"#
        ])
        #expect(listing.sessions.map(\.start) == [Timestamp("2026-12-10T15:00:00Z")?.instant])
        #expect(listing.problems.allSatisfy { $0.effect == .repaired }, "\(listing.problems)")
    }

    @Test func aZoneOnlyShowsATimeThatIsCertain() async throws {
        let listing = try await listing([
            #"{"dateTime": "2026-12-10T15:00:00.0000000", "timeZone": "UTC"}"#:
                #"{"dateTime": "2026-12-10T15:00:00Z", "timeZone": "tzone://Microsoft/Custom"}"#
        ])
        #expect(listing.sessions.map(\.start) == [Timestamp("2026-12-10T15:00:00Z")?.instant])
        #expect(listing.sessions.map(\.zone) == [.utc])
    }

    @Test(arguments: ["\"http://example.com/v\"", "\" \"", "\"\"", "7", "{}", "\"javascript:x\""])
    func aRecordingThatCannotBeLinkedIsLeftOut(_ link: String) async throws {
        let listing = try await listing(["\"videoOnDemandWebUrl\": null": "\"videoOnDemandWebUrl\": \(link)"])
        #expect(listing.sessions.count == 1 && listing.sessions.allSatisfy { $0.onDemandURL == nil })
        #expect(listing.problems.allSatisfy { $0.effect == .repaired })
    }

    @Test func presentersAreAskedForOnceAndStayAsTheyWere() async throws {
        var tenant = GraphTenant()
        tenant.events = 1
        try await GraphServer.run(tenant) { server in
            let world = try GraphWorld(server)
            let first = try await world.listing()
            server.faults { path, _ in path.hasSuffix("/presenters") ? .status(500) : nil }
            await world.source.recall(
                first.sessions.map { .init(session: $0, revision: 0, revisedAt: $0.start, firstSeenAt: $0.start) })
            server.countAnew()
            let again = try await world.listing()
            #expect(again.sessions == first.sessions && again.isComplete && again.failures == [])
            #expect(again.problems == [] && again.remarks.count == 1, "\(again.remarks)")
            #expect(world.clock.pauses == [] && server.counts.requests == 4)
        }
    }

    @Test func whatHasNoNameIsCalledByItsKind() async throws {
        let listing = try await listing([
            "\"displayName\": \"Webinar 0\"": "\"displayName\": null",
            "\"subject\": \"Session 0.0\"": "\"subject\": null",
        ])
        #expect(listing.sessions.map(\.subject.text) == ["Webinar"])
        let long = String(repeating: "x", count: 20_000)
        let cut = try await self.listing(["\"subject\": \"Session 0.0\"": "\"subject\": \"\(long)\""])
        #expect(cut.sessions.map(\.subject.text.utf8.count) == [Limits.subjectBytes])
    }
}

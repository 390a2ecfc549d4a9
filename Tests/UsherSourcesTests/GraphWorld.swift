import ICalendar
import Synchronization
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

/// A source that asks a Graph server of a test, with a clock that a pause moves on.
struct GraphWorld {
    let source: GraphSource
    let clock: MovingClock

    init(
        _ server: GraphServer, _ more: String = "events: [{webinars: all}]", auth: String? = nil, port: UInt16? = nil,
        environment: [String: String] = GraphServer.environment, folder: String = "/"
    ) throws {
        var text = server.source(more, auth: auth)
        if let port { text = text.replacing(server.url, with: "http://127.0.0.1:\(port)") }
        let clock = MovingClock()
        let runtime = clock.runtime(environment)
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: \(text)
                ledger: x.sqlite
                channels: {out: {kind: outbox, to: out, from: a@example.com}}
                rules: [{when: registered, to: attendees, via: out, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let options = try #require(GraphSourceOptions(job.source, problems), "\(problems.errors)")
        #expect(problems.errors.isEmpty)
        source = try GraphSource(
            options, zones: TimeZoneDatabase(), runtime: runtime,
            secrets: SecretStore(environment: environment, folder: folder, clock: .still))
        self.clock = clock
    }

    /// From the first to the last day of December 2026.
    static let december = Window(
        from: Timestamp("2026-12-01T00:00:00Z")?.instant ?? .distantPast,
        until: Timestamp("2027-01-01T00:00:00Z")?.instant ?? .distantPast)

    func listing(known: Set<SessionKey> = []) async throws(SourceError) -> Listing {
        try await source.listing(in: Self.december, known: known)
    }

    /// Everyone registered for a webinar.
    func people(_ number: Int) async throws(SourceError) -> [UsherModel.Attendee] {
        let pages = try await source.attendees(of: EventID(rawValue: GraphTenant.event(number)))
        var people: [UsherModel.Attendee] = []
        while let page = try await pages.next() {
            #expect(page.attendees.count <= Limits.pageAttendees && page.problems == [])
            people += page.attendees
        }
        return people
    }
}

/// A clock that stands still but for pauses, which move it on and are written down.
final class MovingClock: Sendable {
    private let state = Mutex<(now: Instant, pauses: [Duration])>(
        (Instant(secondsSince1970: 1_796_000_000), []))
    private static let ids = Mutex(0)

    var pauses: [Duration] { state.withLock { $0.pauses } }
    var now: Instant { state.withLock { $0.now } }

    func pass(_ duration: Duration) { state.withLock { $0.now = $0.now + duration } }

    func runtime(_ environment: [String: String]) -> RuntimeEnvironment {
        RuntimeEnvironment(
            variables: environment,
            clock: WallClock(
                now: { self.now },
                pause: { duration in
                    self.state.withLock { state in
                        state.pauses.append(duration)
                        state.now = state.now + duration
                    }
                }),
            jitter: { 0.5 },
            makeID: {
                // Unique over all worlds of a test: the server refuses an id that it has seen.
                Self.ids.withLock { ids in
                    ids += 1
                    return "id-\(ids)"
                }
            })
    }
}

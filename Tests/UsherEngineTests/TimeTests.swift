import Foundation
import Synchronization
import Testing
import UsherEngine
import UsherModel
import UsherTesting

@Suite("runs in which time passes")
struct TimeTests {
    private let folder: TemporaryFolder
    private let start: Instant

    init() throws {
        folder = try TemporaryFolder()
        start = try #require(Timestamp("2026-12-01T09:00:00Z")?.instant)
    }

    private func rehearsal(people: Int, channel: String) throws -> Rehearsal {
        let rehearsal = try Rehearsal(in: folder, people: people)
        try folder.write(
            """
            name: rehearsal
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: \(channel)}
            rules: [{when: registered, to: attendees, via: out, template: \(channel.contains("webhook") ? "webhook" : "invite")}]
            """, to: "job.yaml")
        return rehearsal
    }

    private static let outbox = "kind: outbox, to: outbox, from: \"Events <events@contoso.example>\""

    @Test func aRunThatIsAskedToStopDoesNotWaitForItsRate() async throws {
        let rehearsal = try rehearsal(people: 5, channel: "{\(Self.outbox), rate: 2/min}")
        let clock = TestClock(start)
        let isStopping = Mutex(false)
        async let run = rehearsal.run(at: clock, isStopping: { isStopping.withLock { $0 } })
        while !clock.pauses.contains(.seconds(1)) { await Task.yield() }
        isStopping.withLock { $0 = true }
        // The run looks at the signal once a second; the rest stays pending, and the report says so.
        clock.advance(by: .seconds(1))
        let report = try await run
        #expect(report.tally.sent == 2, "\(report)")
        #expect(report.problems.map(\.code) == [.retrying] && report.problems[0].text.contains("3 wait"), "\(report)")
        #expect(try await rehearsal.states() == ["sent": 2, "pending": 3])
    }

    @Test func aDeliveryThatTakesLongerThanItsLeaseKeepsIt() async throws {
        let server = try ScriptedServer([
            [.read, .await, .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .hold]
        ])
        defer { server.stop() }
        let rehearsal = try rehearsal(people: 1, channel: "{kind: webhook, url: \"\(server.url)/hook\"}")
        let clock = TestClock(start)
        let renewals = Mutex(0)
        let steps = Steps { if $0 == "ledger.renew-leases" { renewals.withLock { $0 += 1 } } }
        async let slow = rehearsal.run(at: clock, steps: steps)
        while server.requests.isEmpty { await Task.yield() }
        // A lease lasts five minutes and is renewed after a quarter of that; more than six minutes go by.
        for beat in 1...5 {
            await clock.untilSomeonePauses(for: .seconds(75))
            clock.advance(by: .seconds(75))
            while renewals.withLock({ $0 }) < beat { await Task.yield() }
        }
        // Another run neither sends it again nor takes it for lost.
        let other = try await rehearsal.run(at: clock)
        #expect(other.tally == RunReport.Tally() && other.problems.isEmpty, "\(other)")
        server.goOn()
        let report = try await slow
        #expect(report.tally.sent == 1 && report.problems.isEmpty, "\(report)")
        #expect(server.requests.count == 1)
        #expect(try await rehearsal.states() == ["sent": 1])
    }
}

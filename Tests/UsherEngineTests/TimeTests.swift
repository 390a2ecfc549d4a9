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

    @Test func aRateSpreadsDeliveriesOverTheTimeThatItTakes() async throws {
        let rehearsal = try rehearsal(people: 5, channel: "{\(Self.outbox), rate: 60/min}")
        // The heartbeat pauses for 75 seconds, and must not drive the clock.
        let clock = TestClock(start, skippingPauses: .seconds(1) ... .seconds(60))
        let report = try await rehearsal.run(at: clock)
        #expect(report.tally.sent == 5 && report.problems.isEmpty, "\(report)")
        // The first leaves at once, and each of the others a second after the one before it.
        #expect(clock.elapsed == .seconds(4), "\(clock.pauses)")
        #expect(rehearsal.messages().count == 5)
        #expect(try await rehearsal.run(at: clock).tally == RunReport.Tally())
    }

    @Test func aRunThatIsAskedToStopDoesNotWaitForItsRate() async throws {
        let rehearsal = try rehearsal(people: 5, channel: "{\(Self.outbox), rate: 1/h}")
        let clock = TestClock(start)
        let isStopping = Mutex(false)
        async let run = rehearsal.run(at: clock, isStopping: { isStopping.withLock { $0 } })
        await clock.untilSomeonePauses(for: .seconds(3000))
        isStopping.withLock { $0 = true }
        // The run waits for its rate at most until it looks again; the rest stays pending.
        clock.advance(by: .seconds(3600))
        let report = try await run
        #expect(report.tally.sent == 1, "\(report)")
        #expect(try await rehearsal.states() == ["sent": 1, "pending": 4])
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

import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Whole runs that wait: for a server, for a rate, for the end of a trouble; and what becomes of deadlines meanwhile.
@Suite("waits and deadlines")
struct WaitTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal
    private let clock: TestClock

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 0)
        // A run waits in steps of a second. Heartbeats pause longer, the watch for a signal shorter, and neither must drive the clock.
        clock = TestClock(try Self.at("09:00:00"), skippingPauses: .seconds(1) ... .seconds(1))
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:00:00"))
    }

    private static func at(_ time: String) throws -> Instant {
        try #require(Timestamp("2026-12-01T\(time)Z")?.instant)
    }

    private func register(_ count: Int) throws {
        try folder.write(
            (["email"] + (0..<count).map { "p\($0)@example.com" }).joined(separator: "\n") + "\n", to: "people.csv")
    }

    private func write(
        _ channel: String, rules: String = "{when: registered, to: attendees, via: out, template: webhook}"
    )
        throws
    {
        try folder.write(
            """
            name: rehearsal
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: {kind: webhook, \(channel), connections: 1}}
            rules: [\(rules)]
            """, to: "job.yaml")
    }

    private static let outbox = "{kind: outbox, to: outbox, from: \"Events <events@contoso.example>\""

    private func write(outbox rate: String) throws {
        try folder.write(
            """
            name: rehearsal
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: \(Self.outbox), rate: \(rate)}}
            rules: [{when: registered, to: attendees, via: out, template: invite}]
            """, to: "job.yaml")
    }

    private static func script(_ status: String) -> [ScriptedServer.Step] {
        [.read, .send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    }

    /// A server that gives these answers, one to each request, and then only "200 OK".
    private func withServer(_ answers: [String], _ use: (ScriptedServer) async throws -> Void) async throws {
        try await withScripts(scripts: (answers + ["200 OK"]).map(Self.script), use: use)
    }

    private func advance(to time: String) throws { clock.advance(by: try Self.at(time) - clock.now) }

    // MARK: Servers

    @Test func aWaitThatAServerAsksForBindsTheEndpoint() async throws {
        try register(3)
        try await withServer(["429 Slow\r\nRetry-After: 3600"]) { server in
            try write("url: \"\(server.url)\"")
            let first = try await rehearsal.run(at: clock)
            #expect(first.counts.keys.contains(.retrying) && first.tally.sent == 0, "\(first)")
            #expect(server.requests.count == 1)
            try advance(to: "09:05:00")
            let second = try await rehearsal.run(at: clock)
            #expect(server.requests.count == 1, "nothing goes there five minutes later")
            #expect(second.problems.map(\.code) == [.retrying], "it still says that three wait: \(second)")
            try advance(to: "10:00:00")
            #expect(try await rehearsal.run(at: clock).counts.isEmpty)
            #expect(try await rehearsal.states() == ["sent": 3])
        }
    }

    @Test func aShortWaitIsWaitedInTheRun() async throws {
        try register(10)
        try await withServer(Array(repeating: "200 OK", count: 5) + ["429 Slow\r\nRetry-After: 1"]) { server in
            try write("url: \"\(server.url)\"")
            let report = try await rehearsal.run(at: clock)
            #expect(report.tally.sent == 10 && report.counts.isEmpty, "\(report)")
            #expect(server.requests.count == 11)
        }
    }

    @Test func aWaitThatOutlastsTheDeadlineLosesNothing() async throws {
        try register(2)
        try await withServer(["429 Slow\r\nRetry-After: 99999999"]) { server in
            try write("url: \"\(server.url)\"")
            _ = try await rehearsal.run(at: clock)
            // The session ends at 16:00; cron starts a run every half an hour.
            while clock.now < (try Self.at("15:30:00")), try await rehearsal.states() != ["sent": 2] {
                clock.advance(by: .seconds(1800))
                _ = try await rehearsal.run(at: clock)
            }
            #expect(try await rehearsal.states() == ["sent": 2])
            #expect(clock.now <= (try Self.at("13:00:00")), "well before the end: \(clock.now)")
        }
    }

    @Test func aWaitServesTheReminderThatAChangeReplaced() async throws {
        try register(1)
        try await withServer(["200 OK", "429 Slow\r\nRetry-After: 99999999"]) { server in
            let rules = ["registered", "changed", "15m before start"].map {
                "{when: \($0), to: attendees, via: out, template: webhook}"
            }
            try write("url: \"\(server.url)\"", rules: rules.joined(separator: ", "))
            #expect(try await rehearsal.run(at: clock).tally.sent == 1)
            try advance(to: "14:10:00")
            try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:00:00", subject: "Chairs"))
            #expect(try await rehearsal.run(at: clock).tally.sent == 0)
            // Half of the time until the change expires is over at 15:05, when the session has begun.
            try advance(to: "14:46:00")
            #expect(try await rehearsal.run(at: clock).tally.sent == 1)
            #expect(try await rehearsal.states() == ["sent": 2, "skipped": 1])
        }
    }

    @Test(arguments: ["404 Not Found", "401 Unauthorized", "308 Permanent Redirect\r\nLocation: /other"])
    func anEndpointThatIsWrongLosesNothingAndIsProbedOnceARun(_ answer: String) async throws {
        try register(20)
        try await withServer(Array(repeating: answer, count: 6)) { server in
            try write("url: \"\(server.url)\"")
            for run in 1...6 {
                let report = try await rehearsal.run(at: clock)
                #expect(report.tally.failed == 0 && !report.counts.isEmpty, "\(report)")
                #expect(server.requests.count == run)
                clock.advance(by: .seconds(300))
            }
            #expect(try await rehearsal.run(at: clock).tally.sent == 20)
            #expect(try await rehearsal.states() == ["sent": 20])
        }
    }

    @Test func everyoneHasTheLinkWhenTheServerComesBackInTime() async throws {
        try register(20)
        let rules =
            "{when: registered, to: attendees, via: out, template: webhook}, {when: 15m before start, to: attendees, via: out, template: webhook}"
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"", rules: rules)
        while clock.now < (try Self.at("13:00:00")) {
            let report = try await rehearsal.run(at: clock)
            // Half an hour is an outage (limits.outage).
            let isLong = clock.now >= (try Self.at("09:30:00"))
            #expect(Array(report.counts.keys) == [isLong ? .channelUnavailable : .retrying], "\(report)")
            clock.advance(by: .seconds(900))
        }
        try await withServer([]) { server in
            try write("url: \"\(server.url)\"", rules: rules)
            #expect(try await rehearsal.run(at: clock).counts.isEmpty)
            #expect(try await rehearsal.states() == ["sent": 20], "one run after the server is back")
        }
    }

    @Test func whatExpiresWhileItWaitsIsSkippedAndIsAFailure() async throws {
        try register(2)
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:00:00"))
        let rules = "{when: 15m before start, to: attendees, via: out, template: webhook}"
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"", rules: rules)
        try advance(to: "14:50:00")
        #expect(try await rehearsal.run(at: clock).counts.keys.contains(.retrying))
        try advance(to: "15:00:00")
        let late = try await rehearsal.run(at: clock)
        #expect(late.tally.expired == 2 && late.counts.keys.contains(.failed), "\(late)")
        #expect(try await rehearsal.states() == ["skipped": 2])
        #expect(try await rehearsal.run(at: clock).counts.isEmpty, "said once")
    }

    @Test func nothingLeavesAfterItsExpiryThoughItWasClaimedBefore() async throws {
        try register(3)
        let rules = "{when: 15m before start, to: attendees, via: out, template: webhook}"
        // The first answer takes until after the start.
        let slow: [ScriptedServer.Step] = [
            .read, .await, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        ]
        try await withScripts(scripts: [slow, Self.script("200 OK")]) { server in
            try write("url: \"\(server.url)\"", rules: rules)
            try advance(to: "14:59:50")
            async let run = rehearsal.run(at: clock)
            while server.requests.isEmpty { await Task.yield() }
            try advance(to: "15:00:01")
            server.goOn()
            let report = try await run
            #expect(report.tally.sent == 1 && report.tally.expired == 2, "\(report)")
            #expect(server.requests.count == 1)
            #expect(try await rehearsal.states() == ["sent": 1, "skipped": 2])
        }
    }

    @Test func whileTheTimeStandsStillARunWaitsForNothing() async throws {
        try register(2)
        try await withServer(["429 Slow\r\nRetry-After: 60"]) { server in
            try write("url: \"\(server.url)\"")
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try await rehearsal.run("2026-12-01T09:00:59Z")
            #expect(server.requests.count == 1, "counted from the time that the run has")
            try await rehearsal.run("2026-12-01T09:01:00Z")
            #expect(try await rehearsal.states() == ["sent": 2])
        }
    }

    @Test func whatWaitsExpiresWithTheSessionWhereverItHasMoved() async throws {
        try register(2)
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"")
        try await rehearsal.run("2026-12-01T15:30:00Z")
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:50:00"))
        try await rehearsal.run("2026-12-01T15:40:00Z")
        try await withServer([]) { server in
            try write("url: \"\(server.url)\"")
            // It would have ended at 16:00, and ends at 16:50 now.
            try await rehearsal.run("2026-12-01T16:10:00Z")
            #expect(try await rehearsal.states() == ["sent": 2])
        }
    }

    // MARK: Rates

    @Test func aRateIsABudgetOverItsWindow() async throws {
        try register(8)
        try write(outbox: "5/d")
        let report = try await rehearsal.run(at: clock)
        #expect(report.tally.sent == 5)
        #expect(report.problems.map(\.code) == [.retrying])
        #expect(report.problems.first?.text.contains("3 wait") == true, "\(report)")
        #expect(
            report.problems.first?.text.contains("2026-12-02T09:") == true, "it says when the next may go: \(report)")
        #expect(clock.elapsed == .zero, "it does not wait for tomorrow: \(clock.pauses)")
        let next = try await rehearsal.run(at: clock)
        #expect(next.tally.sent == 0 && next.problems.map(\.code) == [.retrying])
    }

    @Test func aRunWaitsForABudgetThatSoonReopens() async throws {
        try register(8)
        try write(outbox: "5/min")
        let report = try await rehearsal.run(at: clock)
        #expect(report.tally.sent == 8 && report.counts.isEmpty, "\(report)")
        #expect(clock.elapsed > .seconds(59) && clock.elapsed < .seconds(65))
    }

    @Test func whatTheBudgetDoesNotLetOutInTimeExpires() async throws {
        try register(12)
        try rehearsal.write(events: Rehearsal.events(start: "2026-12-01T15:00:00"))
        try folder.write(
            """
            name: rehearsal
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: \(Self.outbox), rate: 5/min}}
            rules: [{when: 15m before start, to: attendees, via: out, template: reminder}]
            """, to: "job.yaml")
        try advance(to: "14:58:50")
        let report = try await rehearsal.run(at: clock)
        #expect(report.tally.sent == 10 && report.tally.expired == 2, "\(report)")
        #expect(report.counts.keys.contains(.failed))
        // What they say is of the moment at which each of them left.
        let texts = try rehearsal.messages().map {
            try String(contentsOfFile: folder.path("outbox/\($0)"), encoding: .utf8)
        }
        #expect(Set(texts.compactMap { $0.firstMatch(of: /Date: .*/).map { String($0.output) } }).count == 2)
        #expect(try await rehearsal.run(at: clock).counts.isEmpty)
    }

    @Test func aBudgetThatWasNotUsedIsGivenBack() async throws {
        try register(3)
        try write(outbox: "10/d")
        #expect(try await rehearsal.run(at: clock).tally.sent == 3)
        try register(10)
        #expect(try await rehearsal.run(at: clock).tally.sent == 7)
    }

    // MARK: The clock

    @Test func aClockFarAheadAsksBeforeAnythingExpires() async throws {
        try register(4)
        let dead = try Loopback.deadPort()
        try write("url: \"http://127.0.0.1:\(dead)\"")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        let ahead = try await rehearsal.run("2035-06-01T09:00:00Z")
        #expect(ahead.problems.map(\.code) == [.guardTripped], "\(ahead)")
        #expect(try await rehearsal.states() == ["pending": 4])
        // With the right clock again, it goes on as if nothing had been.
        try await withServer([]) { server in
            try write("url: \"\(server.url)\"")
            #expect(try await rehearsal.run("2026-12-01T09:05:00Z").counts.isEmpty)
            #expect(try await rehearsal.states() == ["sent": 4])
        }
    }

    @Test func aRunWithAClockFarAheadDoesNotVouchForTheNext() async throws {
        try register(0)
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        #expect(try await rehearsal.run("2027-12-01T09:00:00Z").counts.isEmpty, "there is nothing to lose")
        try register(4)
        try await rehearsal.run("2026-12-01T09:10:00Z")
        let ahead = try await rehearsal.run("2027-12-01T09:15:00Z")
        #expect(ahead.problems.map(\.code) == [.guardTripped], "\(ahead)")
        #expect(try await rehearsal.states() == ["pending": 4])
    }

    @Test func aServerThatRefusedARunOfTheFutureIsTriedNow() async throws {
        try register(2)
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        try await withServer(["503 Busy\r\nRetry-After: 3600"]) { server in
            try write("url: \"\(server.url)\"")
            // The clock of this run is three hours ahead.
            try await rehearsal.run("2026-12-01T12:00:00Z")
            #expect(server.requests.count == 1)
            try await rehearsal.run("2026-12-01T09:05:00Z")
            #expect(try await rehearsal.states() == ["sent": 2])
        }
    }

    @Test func aPersonWhoApprovesTheClockLetsThemExpire() async throws {
        try register(4)
        try write("url: \"http://127.0.0.1:\(try Loopback.deadPort())\"")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        let ahead = try await rehearsal.run("2027-06-01T09:00:00Z")
        let digest = try #require(ahead.problems.first?.text.firstMatch(of: /--approve ([0-9a-f]{16})/)?.output.1)
        let approved = try await rehearsal.run("2027-06-01T09:00:00Z", approval: String(digest))
        #expect(approved.tally.expired == 4, "\(approved)")
    }
}

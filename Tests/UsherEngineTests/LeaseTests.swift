import Foundation
import Synchronization
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Runs that last longer than their lease, beside others that plan the same job.
@Suite("runs that outlast their lease")
struct LeaseTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 2)
    }

    /// A calendar feed with one session at a time of 10 December.
    private static func feed(_ time: String) -> String {
        let lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", "UID:one",
            "DTSTAMP:20261101T000000Z", "DTSTART:20261210T\(time)00Z", "DURATION:PT1H", "SUMMARY:Seats",
            "URL:https://teams.microsoft.com/l/a", "END:VEVENT", "END:VCALENDAR",
        ]
        let body = lines.joined(separator: "\r\n") + "\r\n"
        return
            "HTTP/1.1 200 OK\r\nContent-Type: text/calendar\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }

    private func write(_ server: ScriptedServer) throws {
        try folder.write(
            """
            name: rehearsal
            source: {kind: ics, url: "\(server.url)/feed.ics", attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}}
            rules:
              - {when: registered, to: attendees, via: out, template: invite}
              - {when: changed,    to: attendees, via: out, template: update}
            """, to: "job.yaml")
    }

    private func subjects() throws -> [String] {
        try rehearsal.messages().flatMap { name in
            try String(contentsOfFile: folder.path("outbox/\(name)"), encoding: .utf8)
                .matches(of: /\r\nSubject: (.*)\r\n/).map { String($0.output.1) }
        }
    }

    @Test func aPlanningRunKeepsItsLeaseForAsLongAsItsSourceTakes() async throws {
        let scripts: [[ScriptedServer.Step]] = [[.read, .await, .send(Self.feed("1700"))]]
        try await withScripts(scripts: scripts) { server in
            try write(server)
            let clock = TestClock(try #require(Timestamp("2026-12-01T09:00:00Z")?.instant))
            let renewals = Mutex(0)
            let steps = Steps { if $0 == "ledger.renew-leases" { renewals.withLock { $0 += 1 } } }
            async let slow = rehearsal.run(at: clock, steps: steps)
            while server.requests.isEmpty { await Task.yield() }
            for beat in 1...6 {
                await clock.untilSomeonePauses(for: .seconds(75))
                clock.advance(by: .seconds(75))
                while renewals.withLock({ $0 }) < beat { await Task.yield() }
            }
            // More than seven minutes later, another run still leaves the planning to it.
            let other = try await rehearsal.run(at: clock)
            #expect(other.notes.contains { $0.contains("is planning this job") }, "\(other)")
            #expect(server.requests.count == 1)
            server.goOn()
            #expect(try await slow.tally.sent == 2)
        }
    }

    @Test func aRunThatLostItsLeaseStoresNothingOfWhatItRead() async throws {
        let scripts: [[ScriptedServer.Step]] = [
            [.read, .send(Self.feed("1700"))], [.read, .await, .send(Self.feed("1700"))],
            [.read, .send(Self.feed("1800"))],
        ]
        try await withScripts(scripts: scripts) { server in
            try write(server)
            try await rehearsal.run("2026-12-01T09:00:00Z")
            // A run reads the session at 17:00, and stands still. Another takes it for dead, reads 18:00, and tells everyone.
            async let slow = rehearsal.run("2026-12-02T09:00:00Z")
            while server.requests.count < 2 { await Task.yield() }
            let other = try await rehearsal.run("2026-12-02T09:06:00Z")
            #expect(other.tally.sent == 2, "\(other)")
            server.goOn()
            let report = try await slow
            #expect(report.notes.contains { $0.contains("another run planned this job meanwhile") }, "\(report)")
            #expect(report.counts.isEmpty && report.tally.sent == 0, "\(report)")
            let last = try await rehearsal.run("2026-12-02T09:11:00Z")
            #expect(last.tally.sent == 0 && last.news.isEmpty, "\(last)")
            #expect(try subjects().count == 4)
        }
    }
}

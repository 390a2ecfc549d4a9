import Foundation
import Testing
import UsherEngine
import UsherLedger
import UsherModel
import UsherTesting

/// Whole runs after a webhook of which no one knows whether it arrived.
@Suite("doubtful webhooks")
struct DoubtRunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: 1)
        try folder.write("whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString(), to: "secret")
    }

    private func withServer(_ scripts: [[ScriptedServer.Step]], _ use: (ScriptedServer) async throws -> Void)
        async throws
    {
        try await withScripts(scripts: scripts) { server in
            try folder.write(
                """
                name: hook
                source: {kind: file, path: events.json, attendees: {csv: people.csv}}
                ledger: usher.sqlite
                channels:
                  out: {kind: webhook, url: "\(server.url)", secret: {file: secret}, connections: 1}
                rules:
                  - {when: registered, to: attendees, via: out, template: webhook}
                  - {when: changed,    to: attendees, via: out, template: webhook}
                  - {when: canceled,   to: attendees, via: out, template: webhook}
                """, to: "job.yaml")
            try await use(server)
        }
    }

    private static let silent: [ScriptedServer.Step] = [.read]
    private static func answer(_ status: String) -> [ScriptedServer.Step] {
        [.read, .send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")]
    }

    private func field(_ name: String, of request: String) -> Substring? {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
    }

    private func body(_ request: String) -> Substring? { request.split(separator: "\r\n\r\n").last }

    private func types(_ server: ScriptedServer) -> [String] {
        server.requests.compactMap { body($0)?.firstMatch(of: /"type": *"([a-z.]+)"/).map { String($0.output.1) } }
    }

    @Test func theSameIDCarriesTheSameContentAndNewerFactsFollow() async throws {
        try await withServer([Self.silent, Self.answer("200 OK")]) { server in
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
            try await rehearsal.run("2026-12-02T09:00:00Z")
            try await rehearsal.run("2026-12-02T09:05:00Z")
            let requests = server.requests
            #expect(types(server) == ["attendee.registered", "attendee.registered", "session.changed"])
            try #require(requests.count == 3)
            #expect(field("webhook-id", of: requests[0]) == field("webhook-id", of: requests[1]))
            #expect(body(requests[0]) == body(requests[1]))
            #expect(body(requests[2])?.contains("2026-12-11T15:00:00") == true)
            #expect(try await rehearsal.states() == ["sent": 2])
        }
    }

    @Test func whatMayHaveArrivedIsCanceled() async throws {
        try await withServer([Self.silent, Self.answer("200 OK")]) { server in
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try rehearsal.write(events: Rehearsal.events(status: "canceled"))
            try await rehearsal.run("2026-12-01T09:05:00Z")
            try await rehearsal.run("2026-12-01T09:10:00Z")
            #expect(types(server) == ["attendee.registered", "session.canceled"])
            #expect(try await rehearsal.states() == ["sent": 1, "skipped": 1])
        }
    }

    @Test func aRepeatThatIsRefusedMayHaveArrivedBefore() async throws {
        try await withServer([Self.silent, Self.answer("400 Bad"), Self.answer("200 OK")]) { server in
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try await rehearsal.run("2026-12-01T09:05:00Z")
            #expect(try await rehearsal.states() == ["failed": 1])
            try rehearsal.write(events: Rehearsal.events(status: "canceled"))
            try await rehearsal.run("2026-12-01T09:10:00Z")
            #expect(types(server) == ["attendee.registered", "attendee.registered", "session.canceled"])
        }
    }

    @Test func contentThatCanNoLongerBeRenderedIsNotSentUnderItsID() async throws {
        try await withServer([Self.silent, Self.answer("200 OK")]) { server in
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try folder.write("email,first-name\np0@example.com,Someone\n", to: "people.csv")
            let report = try await rehearsal.run("2026-12-01T09:05:00Z")
            #expect(report.tally.failed == 1 && server.requests.count == 1, "\(report)")
            #expect(try await rehearsal.states() == ["failed": 1])
        }
    }

    @Test func aClockFarAheadAsksBeforeADoubtExpires() async throws {
        try await withServer([Self.silent, Self.answer("200 OK")]) { server in
            try await rehearsal.run("2026-12-01T09:00:00Z")
            let ahead = try await rehearsal.run("2027-12-01T09:00:00Z")
            #expect(ahead.problems.map(\.code) == [.guardTripped], "\(ahead)")
            #expect(try await rehearsal.states() == ["in_doubt": 1])
            try await rehearsal.run("2026-12-01T09:05:00Z")
            #expect(try await rehearsal.states() == ["sent": 1])
            #expect(server.requests.count == 2)
        }
    }

    @Test func whatExpiresInDoubtStaysToldAndEnds() async throws {
        try await withServer([Self.silent]) { server in
            try await rehearsal.run("2026-12-10T14:00:00Z")
            try await rehearsal.run("2026-12-10T17:00:00Z")
            try await rehearsal.run("2026-12-10T17:05:00Z")
            #expect(try await rehearsal.states() == ["skipped": 1])
            #expect(server.requests.count == 1)
        }
    }

    @Test func aMailThatAPersonResendsAfterTheCancellationEnds() async throws {
        try await withServer([Self.silent]) { server in
            try folder.write(
                """
                name: hook
                source: {kind: file, path: events.json, attendees: {csv: people.csv}}
                ledger: usher.sqlite
                channels: {out: {kind: webhook, url: "\(server.url)", connections: 1, in-doubt: hold}}
                rules: [{when: registered, to: attendees, via: out, template: webhook}]
                """, to: "job.yaml")
            try await rehearsal.run("2026-12-01T09:00:00Z")
            #expect(try await rehearsal.states() == ["in_doubt": 1])
            try rehearsal.write(events: Rehearsal.events(status: "canceled"))
            try await rehearsal.run("2026-12-01T09:05:00Z")
            let ledger = try await SQLiteLedger.open(path: folder.path("usher.sqlite"), host: "test")
            let doubts = try await ledger.doubts(job: "hook", channel: ChannelName(rawValue: "out"), limit: 1)
            #expect(try await ledger.resolveDoubt(try #require(doubts.first).key, as: .notDelivered, now: .distantPast))
            await ledger.close()
            try await rehearsal.run("2026-12-01T09:10:00Z")
            #expect(try await rehearsal.states() == ["skipped": 1])
            #expect(server.requests.count == 1)
        }
    }
}

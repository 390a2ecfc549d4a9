import Foundation
import Testing
import UsherEngine
import UsherTesting

/// Whole runs against endpoints that close the connection at every step of a request, or send invalid replies.
@Suite("webhooks whose endpoint fails")
struct WebhookFaultTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder, people: Self.people)
        try folder.write("whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString(), to: "secret")
    }

    private static let people = 6
    /// The number of connections that fail before the endpoint recovers.
    private static let failures = 3
    private static let whole: [ScriptedServer.Step] = [
        .read, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ]

    /// What an endpoint does, and whether its reply counts as an acceptance.
    struct Fault: CustomTestStringConvertible, Sendable {
        let name: String
        let steps: [ScriptedServer.Step]
        /// Whether the reply says that the message was accepted.
        var isAnswer = false

        var testDescription: String { name }
    }

    private static func answer(_ text: String) -> [ScriptedServer.Step] { [.read, .send(text)] }

    static let faults = [
        Fault(name: "inside the request line", steps: [.readPart(4), .reset]),
        Fault(name: "inside the header", steps: [.readPart(120), .reset]),
        Fault(name: "inside the body", steps: [.readPart(700), .reset]),
        Fault(name: "after the body, with FIN", steps: [.read]),
        Fault(name: "after the body, with RST", steps: [.read, .reset]),
        Fault(name: "inside the status line", steps: answer("HTTP/1.1 20")),
        Fault(name: "after the status line", steps: answer("HTTP/1.1 200 OK\r\n")),
        Fault(name: "inside the answer's header", steps: answer("HTTP/1.1 200 OK\r\nContent-Le") + [.reset]),
        Fault(
            name: "before the answer's body", steps: answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
            isAnswer: true),
        Fault(
            name: "inside the answer's body", steps: answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            isAnswer: true),
        Fault(
            name: "inside a chunk", steps: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\nhalf"),
            isAnswer: true),
        Fault(
            name: "with a chunk of no size",
            steps: answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n"), isAnswer: true),
        Fault(name: "after an interim answer", steps: answer("HTTP/1.1 100 Continue\r\n\r\n")),
        Fault(name: "with another protocol", steps: answer("SSH-2.0-OpenSSH_9.2\r\n")),
        Fault(name: "with HTTP/0.9", steps: answer("<html>It works!</html>")),
        Fault(
            name: "with an endless header",
            steps: [.read, .send("HTTP/1.1 200 OK\r\n"), .flood(Array("X-Filler: x\r\n".utf8))]),
        Fault(
            name: "with an endless body",
            steps: [.read, .send("HTTP/1.1 200 OK\r\n\r\n"), .flood(Array(repeating: 120, count: 4096))], isAnswer: true
        ),
        Fault(
            name: "after the whole answer",
            steps: answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), isAnswer: true),
        Fault(
            name: "with a body where none may be", steps: answer("HTTP/1.1 204 No Content\r\n\r\nmore"), isAnswer: true),
    ]

    private func write(_ channel: String) throws {
        try folder.write(
            """
            name: hook
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              out: {kind: webhook, \(channel), connections: 2, in-doubt: hold}
            rules:
              - {when: registered, to: attendees, via: out, template: webhook}
            """, to: "job.yaml")
    }

    /// Runs the job in the first days of December until nothing is left to send; returns what the endpoint received completely.
    private func runs(_ count: Int = 5) async throws {
        for day in 1...count { try await rehearsal.run("2026-12-0\(day)T09:00:00Z") }
    }

    private func withEndpoint(_ fault: Fault, _ use: (ScriptedServer) async throws -> Void) async throws {
        let scripts = Array(repeating: fault.steps, count: Self.failures) + [Self.whole]
        try await withScripts(scripts: scripts, use: use)
    }

    private func ids(_ requests: [String]) -> [Substring] {
        requests.compactMap { $0.split(separator: "\r\n").first { $0.lowercased().hasPrefix("webhook-id:") } }
    }

    private func people(_ requests: [String]) -> [String: Int] {
        let bodies = requests.compactMap { $0.split(separator: "\r\n\r\n").last }
        let names = bodies.compactMap { $0.firstMatch(of: /p[0-9]+@example\.[a-z]+/).map { String($0.output) } }
        return Dictionary(grouping: names, by: { $0 }).mapValues(\.count)
    }

    @Test(arguments: faults)
    func anEndpointThatKnowsTheIdsGetsEachMessageUnderOne(_ fault: Fault) async throws {
        try await withEndpoint(fault) { server in
            try write("url: \"\(server.url)\", secret: {file: secret}")
            try await runs()
            #expect(try await rehearsal.states() == ["sent": Self.people])
            #expect(Set(ids(server.requests)).count == Self.people)
            #expect(people(server.requests).count == Self.people)
            // More requests than failures plus recipients would mean that something was sent twice.
            #expect(server.requests.count <= Self.people + Self.failures)
        }
    }

    /// What the answer says is about the endpoint: the messages wait for it, with or without ids, and none of them fails.
    @Test(
        arguments: [
            "401 No", "403 No", "404 No", "405 No", "410 Gone", "301 Moved\r\nLocation: /x",
            "308 Moved\r\nLocation: /x", "429 Slow", "429 Slow\r\nRetry-After: 60", "503 Busy",
        ], ["", ", secret: {file: secret}"])
    func anEndpointThatIsNotWellLosesNothing(_ status: String, _ options: String) async throws {
        let answer = Self.answer("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        try await withEndpoint(Fault(name: status, steps: answer)) { server in
            try write("url: \"\(server.url)\"\(options)")
            let first = try await rehearsal.run("2026-12-01T09:00:00Z")
            let isRefused = status.hasPrefix("401") || status.hasPrefix("403")
            #expect(first.tally.failed == 0 && first.tally.retrying > 0)
            #expect((first.counts[.refusedCredentials] != nil) == isRefused, "\(first.problems)")
            try await runs()
            #expect(try await rehearsal.states() == ["sent": Self.people])
            #expect(people(server.requests).count == Self.people)
        }
    }

    @Test(arguments: faults)
    func anEndpointThatKnowsNoneGetsNothingTwiceAndWhatIsUnknownIsInDoubt(_ fault: Fault) async throws {
        try await withEndpoint(fault) { server in
            try write("url: \"\(server.url)\"")
            try await runs()
            let doubts = fault.isAnswer ? 0 : Self.failures
            let expected = ["in_doubt": doubts, "sent": Self.people - doubts].filter { $0.value > 0 }
            #expect(try await rehearsal.states() == expected)
            #expect(people(server.requests).values.allSatisfy { $0 == 1 })
            // A request that arrived in part is in doubt, too: the client cannot know how many bytes arrived.
            #expect(people(server.requests).count >= Self.people - doubts)
        }
    }
}

import Foundation
import Testing
import UsherTesting

@Suite("what a monitor hears of a run")
struct PingCommandTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let now = "2026-12-01T09:00:00Z"
    private static let answer: [ScriptedServer.Step] = [
        .read, .send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ]
    private static let pings = "ping: {start: {env: START}, success: {env: GOOD}, failure: {env: BAD}MORE}"

    /// Runs a job whose pings go to a server; returns what the server heard.
    private func run(
        _ more: String = "", retrying: String = "", prepare: (ScriptedServer) throws -> Void = { _ in }
    ) async throws -> (result: Command.Result, calls: [String]) {
        try await withScripts(scripts: [Self.answer]) { server in
            let pings = Self.pings.replacing("MORE", with: retrying.isEmpty ? "" : ", retrying: \(retrying)")
            _ = try Rehearsal(in: folder, extra: "\(pings)\n\(more)")
            try prepare(server)
            let environment = [
                "START": "\(server.url)/start", "GOOD": "\(server.url)/good", "BAD": "\(server.url)/bad",
            ]
            let result = try await Command.start(
                ["run", "job.yaml", "--now", Self.now, "--confirm-now"], in: folder.path, environment: environment
            ).finish()
            return (result, server.requests.map { String($0.split(separator: " ")[1].dropFirst()) })
        }
    }

    @Test func aRunThatIsWellCallsStartAndSuccess() async throws {
        let (result, calls) = try await run()
        #expect(result.status == 0 && calls == ["start", "good"], "\(result.errors)")
    }

    @Test(arguments: [
        "limit: {}", "limits: {vanished: 20%, vanishd: 3}", "templates: 7: 8", "defaults: {time-zone: Middle/Earth}",
    ])
    func aBadJobIsAFailure(_ more: String) async throws {
        let (result, calls) = try await run(more)
        // What is no YAML at all has no ping either.
        let expected = more.contains("7: 8") ? [] : ["bad"]
        #expect(result.status == 78 && calls == expected, "\(result.errors)")
    }

    @Test(arguments: ["kind: outbox", "template: invite"])
    func anUnknownChannelOrTemplateIsAFailure(_ word: String) async throws {
        let (result, calls) = try await run { _ in
            try folder.write(try folder.read("job.yaml").replacing(word, with: word + "x"), to: "job.yaml")
        }
        #expect(result.status == 78 && calls == ["bad"], "\(result.errors)")
    }

    @Test func aDamagedLedgerIsAFailure() async throws {
        let (result, calls) = try await run { _ in
            try folder.write("SQLite format 3\u{0}" + String(repeating: "x", count: 8000), to: "usher.sqlite")
        }
        #expect(result.status == 70 && calls == ["bad"], "\(result.errors)")
        // It need not be sound at the end.
        try FileManager.default.removeItem(atPath: folder.path("usher.sqlite"))
    }

    @Test func aLedgerThatCannotBeOpenedIsAFailure() async throws {
        let (result, calls) = try await run { _ in
            try FileManager.default.createDirectory(
                atPath: folder.path("usher.sqlite"), withIntermediateDirectories: false)
        }
        #expect(result.status == 74 && calls == ["bad"], "\(result.errors)")
    }

    @Test func aLedgerFromElsewhereIsAFailure() async throws {
        #expect(try await run().result.status == 0)
        try FileManager.default.copyItem(atPath: folder.path("usher.sqlite"), toPath: folder.path("copy.sqlite"))
        let (result, calls) = try await run { _ in
            try folder.write(
                try folder.read("job.yaml").replacing("usher.sqlite", with: "copy.sqlite"), to: "job.yaml")
        }
        #expect(result.status == 76 && calls == ["bad"], "\(result.errors)")
    }

    @Test func aSourceThatCannotBeReadIsAFailure() async throws {
        let (result, calls) = try await run { _ in try folder.write("{", to: "events.json") }
        #expect(result.status == 69 && calls == ["start", "bad"], "\(result.errors)")
    }

    @Test(arguments: [("", "good"), ("success", "good"), ("failure", "bad")])
    func deliveriesThatWaitCountAsTheJobSays(_ retrying: String, _ call: String) async throws {
        let dead = "smtp://127.0.0.1:\(try Loopback.deadPort())"
        let (result, calls) = try await run(retrying: retrying) { _ in
            let mail = "{kind: smtp, url: \"\(dead)\", tls: none, from"
            try folder.write(
                try folder.read("job.yaml").replacing("{kind: outbox, to: outbox, from", with: mail), to: "job.yaml")
        }
        #expect(result.status == 75 && calls == ["start", call], "\(result.errors)")
    }

    @Test func aWordThatIsNeitherSuccessNorFailureIsRefused() async throws {
        let (result, calls) = try await run(retrying: "maybe")
        #expect(result.status == 78 && result.errors.contains("success, failure"), "\(result.errors)")
        #expect(calls == ["bad"])
    }

    /// The service that is called hangs; the run does not.
    @Test(.timeLimit(.minutes(10)), arguments: ["start", "success"])
    func aPingThatHangsHoldsNothingUp(_ moment: String) async throws {
        try await withScripts(scripts: [[.read, .hold]]) { server in
            _ = try Rehearsal(in: folder, extra: "ping: {\(moment): {env: HUNG}}")
            let running = try Command.start(
                ["run", "job.yaml", "--now", Self.now, "--confirm-now"], in: folder.path,
                environment: ["HUNG": "\(server.url)/hush"])
            if moment == "success" {
                while server.requests.isEmpty, running.process.isRunning {
                    try await Task.sleep(for: .milliseconds(20))
                }
                // Everything has been done by then.
                #expect(Rehearsal(folder.path).messages().count == 3)
                running.process.terminate()
            }
            let result = try await running.finish(within: .seconds(90))
            #expect(result.status == 0 && running.process.terminationReason == .exit, "\(result.errors)")
            #expect(result.errors.contains("ping.\(moment): ") && !result.errors.contains("hush"), "\(result.errors)")
            #expect(Rehearsal(folder.path).messages().count == 3)
        }
    }
}

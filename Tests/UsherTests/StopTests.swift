import Foundation
import Testing
import UsherTesting

/// A command gets SIGTERM while something that it waits for hangs for ever: it ends by itself, and leaves no process behind.
@Suite("stopping while a counterpart hangs", .timeLimit(.minutes(10)))
struct StopTests {
    private let folder: TemporaryFolder
    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    private static let now = "2026-12-01T09:00:00Z"
    /// Far more than the ten seconds that are promised, for a machine with much to do.
    private static let limit = Duration.seconds(90)
    /// Blocks the alarm that would end the command in any case: it has to end without.
    private static let launcher = ["/usr/bin/env", "--block-signal=ALRM"]

    /// What a job talks to; the rest of it works.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What the server does on each connection.
        var script: [ScriptedServer.Step] = [.read, .hold]
        /// When the command waits for the server.
        var isWaiting: @Sendable (ScriptedServer) -> Bool = { !$0.requests.isEmpty }
        var command = ["run", "job.yaml", "--now", "2026-12-01T09:00:00Z", "--confirm-now"]
        /// The parts of the job that differ from a plain one, with `URL` for the server.
        var source = "{kind: file, path: events.json, attendees: {csv: people.csv}}"
        var channel = "{kind: outbox, to: outbox, from: events@contoso.example}"
        var template = "invite"
        var more = ""
        /// What it ends with.
        var status: Int32 = 75
        var words = "asked to stop"
    }

    private static let token = "auth: {kind: token, token: {env: WORD}}"
    private static let webhook = "{kind: webhook, url: \"URL\""
    private static let hook = "attendee.registered"

    static let cases = [
        Case(
            testDescription: "a source: a calendar feed", source: "{kind: ics, url: \"URL/feed.ics\"}"),
        Case(
            testDescription: "a source: a calendar feed that trickles",
            script: [.read, .send("HTTP/1.1 200 OK\r\n\r\nBEGIN:VCALENDAR\r\n"), .hold],
            source: "{kind: ics, url: \"URL/feed.ics\"}"),
        Case(
            testDescription: "a list of Graph's",
            source: "{kind: graph, graph-url: \"URL\", \(token), events: [{webinars: all}]}"),
        Case(
            testDescription: "the pause that Graph asks for",
            script: [.read, .send("HTTP/1.1 429 Slow\r\nRetry-After: 250\r\nContent-Length: 0\r\n\r\n"), .hold],
            source: "{kind: graph, graph-url: \"URL\", \(token), events: [{webinars: all}]}"),
        Case(
            testDescription: "the pause after a server error of Graph's",
            script: Array(
                repeating: [.read, .send("HTTP/1.1 503 Busy\r\nRetry-After: 200\r\nContent-Length: 0\r\n\r\n")],
                count: 3
            ).flatMap { $0 } + [.hold],
            source: "{kind: graph, graph-url: \"URL\", \(token), events: [{webinars: all}]}"),
        Case(
            testDescription: "the service that issues tokens",
            source: "{kind: graph, graph-url: \"URL\", login-url: \"URL\", tenant: {env: WORD}, "
                + "auth: {kind: client-secret, client-id: {env: WORD}, client-secret: {env: WORD}}, events: [{webinars: all}]}"
        ),
        Case(
            testDescription: "the pause before the next request for a token",
            script: [.read, .send("HTTP/1.1 503 Busy\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n"), .hold],
            source: "{kind: graph, graph-url: \"URL\", login-url: \"URL\", tenant: {env: WORD}, "
                + "auth: {kind: client-secret, client-id: {env: WORD}, client-secret: {env: WORD}}, events: [{webinars: all}]}"
        ),
        Case(
            testDescription: "a webhook that knows the ids", channel: webhook + ", secret: {env: SIGNING}}",
            template: "webhook", status: 79, words: "in doubt"),
        Case(
            testDescription: "a webhook that knows none", channel: webhook + "}", template: "webhook", status: 79,
            words: "in doubt"),
        Case(
            testDescription: "a mail server that does not greet", script: [.hold], isWaiting: { $0.accepted > 0 },
            channel: "{kind: smtp, url: \"SMTP\", tls: none, from: events@contoso.example}"),
        Case(
            testDescription: "a mail server that ignores MAIL",
            script: [.send("220 mx ready\r\n"), .readLine, .send("250 mx\r\n"), .hold],
            isWaiting: { $0.accepted > 0 },
            channel: "{kind: smtp, url: \"SMTP\", tls: none, from: events@contoso.example}"),
        Case(
            testDescription: "Graph, to which mail is given",
            channel:
                "{kind: graph-mail, user: events@contoso.example, graph-url: \"URL\", \(token), from: events@contoso.example}",
            status: 79, words: "in doubt"),
        Case(testDescription: "a publication by WebDAV", more: "publish: [{kind: calendar, to: \"URL/a.ics\"}]"),
        Case(
            testDescription: "a publication in an S3 bucket",
            more: "publish: [{kind: calendar, to: \"s3://feeds/a.ics\", endpoint: \"URL\", region: eu-central-1, "
                + "access-key: {env: WORD}, secret-key: {env: WORD}}]"),
        Case(
            testDescription: "a CalDAV collection", more: "publish: [{kind: caldav, to: \"URL/cal/\"}]"),
        Case(
            testDescription: "the inbox", script: [.hold], isWaiting: { $0.accepted > 0 },
            command: ["inbox", "job.yaml"],
            more: "inbox: {url: \"IMAP/INBOX\", tls: none, username: {env: WORD}, password: {env: WORD}}",
            words: "stop"),
        Case(
            testDescription: "a check of the source", command: ["check", "--online", "job.yaml"],
            source: "{kind: ics, url: \"URL/feed.ics\"}", words: "cancel"),
        Case(
            testDescription: "a check of the inbox", script: [.hold], isWaiting: { $0.accepted > 0 },
            command: ["check", "--online", "job.yaml"],
            more: "inbox: {url: \"IMAP/INBOX\", tls: none, username: {env: WORD}, password: {env: WORD}}",
            words: "stop"),
        Case(
            testDescription: "a plan", command: ["plan", "job.yaml"], source: "{kind: ics, url: \"URL/feed.ics\"}",
            words: "cancel"),
        Case(
            testDescription: "a list of events", command: ["events", "job.yaml"],
            source: "{kind: ics, url: \"URL/feed.ics\"}", words: "cancel"),
        Case(
            testDescription: "an adoption", command: ["adopt", "job.yaml"],
            source: "{kind: ics, url: \"URL/feed.ics\"}", words: "cancel"),
    ]

    /// Writes the job of a case.
    private func write(_ test: Case, url: String) throws {
        let host = url.dropFirst("http://".count)
        try folder.write(
            """
            name: stop
            source: \(test.source)
            ledger: usher.sqlite
            channels: {out: \(test.channel)}
            rules: [{when: registered, to: attendees, via: out, template: \(test.template)}]
            \(test.more)
            """.replacing("URL", with: url).replacing("SMTP", with: "smtp://\(host)").replacing(
                "IMAP", with: "imap://\(host)"), to: "job.yaml")
    }

    private static let environment = [
        "WORD": "hush-word", "SIGNING": "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString(),
    ]

    /// Starts a command, sends SIGTERM as soon as it waits, and returns how it ended.
    private func stop(
        _ command: [String], environment: [String: String] = Self.environment,
        whenever isWaiting: @escaping @Sendable () -> Bool
    ) async throws -> Command.Result {
        let running = try Command.start(
            command, in: folder.path, environment: environment, launcher: Self.launcher)
        let process = running.process
        // On a thread of its own: where the tests have the pool's threads, the command would reach a timeout of its own before.
        try await offThread {
            while !isWaiting(), process.isRunning { usleep(20_000) }
            process.terminate()
        }
        let result = try await running.finish(within: Self.limit)
        #expect(running.process.terminationReason == .exit, "it was killed\n\(result.errors)")
        #expect(!result.errors.contains("hush"), "\(result.errors)")
        return result
    }

    @Test(arguments: cases)
    func aCommandEndsByItself(_ test: Case) async throws {
        try await withScripts(scripts: [test.script]) { server in
            try write(test, url: server.url)
            let result = try await stop(test.command) { test.isWaiting(server) }
            #expect(test.isWaiting(server), "\(result.errors)")
            #expect(result.status == test.status, "\(result.output)\(result.errors)")
            #expect(result.errors.contains(test.words), "\(result.errors)")
        }
    }

    // MARK: Programs that print secrets

    /// Where a program may print a secret.
    static let programs: [(command: [String], more: String, channel: String)] = [
        (["run", "job.yaml"], "", "{kind: webhook, url: {command: PROGRAM}}"),
        (["run", "job.yaml"], "", "{kind: webhook, url: \"https://h.example/\", secret: {command: PROGRAM}}"),
        (
            ["run", "job.yaml"],
            "publish: [{kind: calendar, to: \"https://h.example/a.ics\", token: {command: PROGRAM}}]", ""
        ),
        (["check", "--online", "job.yaml"], "", "{kind: webhook, url: {command: PROGRAM}}"),
        (["run", "job.yaml"], "ping: {start: {command: PROGRAM}}", "{kind: webhook, url: {command: PROGRAM}}"),
        (
            ["inbox", "job.yaml"],
            "inbox: {url: \"imaps://h.example/INBOX\", username: {command: PROGRAM}, password: {env: WORD}}", ""
        ),
    ]

    @Test(arguments: programs.indices, [false, true])
    func aProgramThatHangsEndsToo(_ number: Int, _ isStubborn: Bool) async throws {
        let (command, more, channel) = Self.programs[number]
        let trap = isStubborn ? "trap '' TERM; " : ""
        let script =
            "\(trap)sh -c '\(isStubborn ? "trap \"\" TERM; " : "")echo $$ >> \(folder.path)/pids; sleep 1000' & "
            + "echo $$ >> \(folder.path)/pids; wait; sleep 1000"
        try folder.write(script, to: "program.sh")
        let program = "[sh, \"\(folder.path)/program.sh\"]"
        var test = Case(testDescription: "")
        if !channel.isEmpty { (test.channel, test.template) = (channel.replacing("PROGRAM", with: program), "webhook") }
        test.more = more.replacing("PROGRAM", with: program)
        try write(test, url: "http://127.0.0.1:1")
        let time = command[0] == "run" ? ["--now", Self.now, "--confirm-now"] : []
        let result = try await stop(command + time) { processes.count >= 2 }
        #expect(result.status == 75 || command[0] == "check" && result.status == 77, "\(result.output)\(result.errors)")
        #expect(processes.count >= 2, "\(result.output)\(result.errors)")
        // SIGKILL was sent; the kernel carries it out in a moment.
        while processes.contains(where: isAlive) { try await Task.sleep(for: .milliseconds(20)) }
    }

    private var processes: [pid_t] {
        let text = FileManager.default.contents(atPath: folder.path("pids")).map { String(decoding: $0, as: UTF8.self) }
        return (text ?? "").split(separator: "\n").compactMap { pid_t($0) }
    }

    private func isAlive(_ process: pid_t) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        let state = String(decoding: data, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
        return state != "Z" && state != "X"
    }

    // MARK: Graph, call by call

    @Test(arguments: ["/oauth2/", "webinars?", "$skiptoken=", "/registrations", "/presenters", "attendanceReports"])
    func aCallToGraphThatHangsIsCanceled(_ part: String) async throws {
        var tenant = GraphTenant()
        (tenant.events, tenant.page) = (3, 2)
        try await GraphServer.run(tenant) { server in
            try folder.write(
                """
                name: stop
                source: \(server.source())
                ledger: usher.sqlite
                channels: {out: {kind: outbox, to: outbox, from: events@contoso.example}}
                rules:
                  - {when: registered, to: attendees, via: out, template: invite}
                  - {when: 1h after end, to: attended, via: out, template: follow-up, attended-for: 10m, late: 2d}
                """, to: "job.yaml")
            let environment = Self.environment.merging(GraphServer.environment) { $1 }
            if part == "attendanceReports" {
                let first = try await Command.start(
                    ["run", "job.yaml", "--now", "2026-12-10T09:00:00Z", "--confirm-now"], in: folder.path,
                    environment: environment
                ).finish()
                #expect(first.status == 0, "\(first.errors)")
            }
            server.fallSilent { $0.contains(part) }
            let now = part == "attendanceReports" ? "2026-12-10T19:30:00Z" : Self.now
            let result = try await stop(["run", "job.yaml", "--now", now, "--confirm-now"], environment: environment) {
                server.counts.silences > 0
            }
            #expect(server.counts.silences > 0 && result.status == 75, "\(result.errors)")
            #expect(result.errors.contains("asked to stop"), "\(result.errors)")
        }
    }

    /// A session that is no longer listed, and a mail in doubt, are asked about one by one.
    @Test(arguments: [("/webinars/w2@", 75), ("/messages", 79)] as [(String, Int32)])
    func aQuestionAboutOneThingIsCanceled(_ part: String, _ status: Int32) async throws {
        try await GraphServer.run { server in
            let connection =
                "graph-url: \"\(server.url)\", login-url: \"\(server.url)\", tenant: {env: TENANT}, "
                + "auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: SECRET}}"
            try folder.write(
                """
                name: stop
                source: \(server.source())
                ledger: usher.sqlite
                channels: {out: {kind: graph-mail, user: events@contoso.example, \(connection), from: events@contoso.example}}
                rules: [{when: registered, to: attendees, via: out, template: invite}]
                limits: {vanished: 100%}
                """, to: "job.yaml")
            let environment = Self.environment.merging(GraphServer.environment) { $1 }
            let run = ["run", "job.yaml", "--now", Self.now, "--confirm-now"]
            server.faults { path, _ in path.hasSuffix("/sendMail") ? .status(504) : nil }
            let first = try await Command.start(run, in: folder.path, environment: environment).finish()
            #expect(first.status == 79, "\(first.errors)")
            server.edit { $0.events = 2 }
            server.fallSilent { $0.contains(part) }
            let result = try await stop(run, environment: environment) { server.counts.silences > 0 }
            #expect(server.counts.silences > 0 && result.status == status, "\(result.errors)")
            #expect(result.errors.contains("asked to stop"), "\(result.errors)")
        }
    }

    // MARK: What waits

    @Test func theSummarySaysWhatWaits() async throws {
        _ = try Rehearsal(in: folder, people: 40)
        try await withScripts(scripts: [[.hold]]) { server in
            var test = Case(testDescription: "")
            test.channel = "{kind: smtp, url: \"SMTP\", tls: none, connections: 2, from: events@contoso.example}"
            try write(test, url: server.url)
            let result = try await stop(["run", "job.yaml", "--now", Self.now, "--confirm-now"]) { server.accepted > 0 }
            #expect(result.status == 75)
            #expect(
                result.errors.contains(" wait") && result.errors.contains("will be tried again by a later run"),
                "\(result.errors)")
        }
    }

    @Test func jobsThatWereNotRunAreNamed() async throws {
        try await withScripts(scripts: [[.read, .hold]]) { server in
            var test = Case(testDescription: "")
            test.source = "{kind: ics, url: \"URL/feed.ics\"}"
            try write(test, url: server.url)
            try folder.write(Rehearsal.job(), to: "other.yaml")
            let result = try await stop(["run", "job.yaml", "other.yaml", "--now", Self.now, "--confirm-now"]) {
                !server.requests.isEmpty
            }
            #expect(result.status == 75 && result.errors.contains("other.yaml: not run"), "\(result.errors)")
        }
    }

    // MARK: What cannot be canceled

    /// Another process holds the ledger, and SQLite waits for it: the alarm ends the command, which a ledger stands at any time.
    @Test func aCommandThatCannotStopIsEnded() async throws {
        #expect(
            try await Command.run("run", "job.yaml", "--now", Self.now, "--confirm-now", in: folder.path).status == 0)
        let script = """
            import sqlite3, sys, time
            db = sqlite3.connect("usher.sqlite", isolation_level=None)
            db.execute("BEGIN IMMEDIATE")
            open("held", "w").close()
            sys.stdin.read()
            """
        let (holder, pipe) = (Process(), Pipe())
        holder.executableURL = URL(filePath: "/usr/bin/env")
        holder.arguments = ["python3", "-c", script]
        holder.currentDirectoryURL = folder.url
        holder.standardInput = pipe
        try holder.run()
        while !folder.list().contains("held"), holder.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        let running = try Command.start(["run", "job.yaml", "--now", Self.now, "--confirm-now"], in: folder.path)
        let files = "/proc/\(running.process.processIdentifier)/fd"
        func hasOpened() -> Bool {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? []
            return names.contains { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(files)/\(name)"))?
                    .hasSuffix("usher.sqlite") == true
            }
        }
        while !hasOpened(), running.process.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        running.process.terminate()
        let result = try await running.finish(within: Self.limit)
        try pipe.fileHandleForWriting.close()
        holder.waitUntilExit()
        #expect(result.status == 75 && result.errors.contains("something did not stop"), "\(result.errors)")
        #expect(running.process.terminationReason == .exit)
        #expect(
            try await Command.run("run", "job.yaml", "--now", Self.now, "--confirm-now", in: folder.path).status == 0)
    }
}

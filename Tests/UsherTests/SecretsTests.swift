import Foundation
import Testing
import UsherTesting

/// Servers that quote what they were given, and every place where a quotation could end up.
@Suite("no secret is shown or kept")
struct SecretsTests {
    private let folder: TemporaryFolder

    /// Each is told apart by its number; all hold characters that each encoding writes in its own way.
    private static let secrets = [
        "FEED_PASSWORD": "f1 pä55/wörd+%=\"q", "FEED_URL_TOKEN": "tok2-Zm9vYmFy_x",
        "MAIL_PASSWORD": "m3 pä55/wörd+%=\\q",
        "HOOK_KEY": "hk4/ey+Zm9vYmFy==", "HOOK_PATH": "p5ath-Zm9vYmFyYmF6", "DAV_PASSWORD": "d6 pä55/wörd?&=q",
        "PING_PATH": "p7ing-Zm9vYmFyYmF6",
    ]

    init() throws {
        folder = try TemporaryFolder()
        try folder.write(
            """
            BEGIN:VCALENDAR\r
            VERSION:2.0\r
            PRODID:x\r
            BEGIN:VEVENT\r
            UID:e1\r
            DTSTAMP:20261101T000000Z\r
            DTSTART:20261210T150000Z\r
            DTEND:20261210T160000Z\r
            SUMMARY:Seats\r
            URL:https://teams.microsoft.com/l/meetup-join/a\r
            ATTENDEE:mailto:ada@example.com\r
            END:VEVENT\r
            END:VCALENDAR\r

            """, to: "feed.ics")
    }

    /// The forms of a secret, computed apart from the program's own code.
    private static func forms(_ secret: String) -> [String] {
        let bytes = Data(secret.utf8)
        var forms = [secret]
        for shift in 0..<3 {
            let text = (Data(repeating: 0x78, count: shift) + bytes).base64EncodedString()
            let inner = text.dropFirst([0, 2, 3][shift]).prefix { $0 != "=" }.dropLast(2)
            forms += [String(inner), String(inner).replacing("+", with: "-").replacing("/", with: "_")]
        }
        let percent = secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        forms += [
            percent, percent.lowercased(), secret.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? "",
        ]
        forms += [percent.replacing("%20", with: "+")]
        for first in [32, 33] as [UInt8] {
            let quoted = secret.utf8.map {
                (first...126).contains($0) && $0 != 61 ? String(UnicodeScalar($0)) : String(format: "=%02X", $0)
            }
            forms.append(quoted.joined())
        }
        return forms.filter { $0.count > 5 }
    }

    private func leaks(in text: String) -> [String] {
        Self.secrets.flatMap { name, secret in
            Self.forms(secret).filter { text.contains($0) }.map { "\(name) as \($0)" }
        }
    }

    private func job(web: Int, mail: Int, feed: String) -> String {
        """
        name: secrets
        source: {kind: ics, url: {env: FEED_URL}, username: {env: USER_NAME}, password: {env: FEED_PASSWORD}}
        ledger: usher.sqlite
        ping: {start: {env: PING_URL}, failure: {env: PING_URL}}
        channels:
          mail: {kind: smtp, url: "smtp://127.0.0.1:\(mail)", tls: none, username: {env: USER_NAME}, password: {env: MAIL_PASSWORD}, from: a@contoso.example}
          hook: {kind: webhook, url: {env: HOOK_URL}, headers: {X-Key: {env: HOOK_KEY}}}
          broken: {kind: webhook, url: {command: [sh, -c, "echo cannot sign in as $MAIL_PASSWORD at $HOOK_URL >&2; exit 3"]}}
          box: {kind: outbox, to: box, from: a@contoso.example}
        rules:
          - {when: registered, to: attendees, via: mail, template: invite}
          - {when: registered, to: attendees, via: box, template: invite}
          - {when: 10d before start, to: attendees, via: mail, template: reminder}
          - {when: 10d before start, to: channel, via: hook, template: slack-reminder}
          - {when: 10d before start, to: channel, via: broken, template: slack-reminder}
        publish:
          - {kind: calendar, to: "http://127.0.0.1:\(web)/dav/a.ics", username: {env: USER_NAME}, password: {env: DAV_PASSWORD}}
          - {kind: calendar, to: public/a.ics}
        """
    }

    @Test func whateverServersQuote() async throws {
        let server = try await ServerProcess.start(
            [
                "/usr/bin/python3", URL(filePath: #filePath).deletingLastPathComponent().path + "/quoting_server.py",
                folder.path("feed.ics"),
            ], lineWith: "ready")
        let ports = server.line.split(separator: " ").compactMap { Int($0) }
        try #require(ports.count == 2)
        let web = "http://127.0.0.1:\(ports[0])"
        var environment = Self.secrets.merging(["USER_NAME": "events-user"]) { $1 }
        environment["HOOK_URL"] = "\(web)/hook/\(Self.secrets["HOOK_PATH"] ?? "")"
        environment["PING_URL"] = "\(web)/ping/\(Self.secrets["PING_PATH"] ?? "")"
        let at = ["--now", "2026-12-01T09:00:00Z", "--confirm-now"]
        var shown = ""
        for feed in ["good", "bad"] {
            environment["FEED_URL"] = "\(web)/\(feed)/f.ics?token=\(Self.secrets["FEED_URL_TOKEN"] ?? "")"
            try folder.write(job(web: ports[0], mail: ports[1], feed: feed), to: "job.yaml")
            for command in [
                ["check", "job.yaml"], ["check", "--online", "job.yaml", "--log-level", "trace"],
                ["events", "job.yaml", "--log-level", "trace"], ["run", "job.yaml", "--log-level", "trace"] + at,
                ["run", "job.yaml", "--log-format", "json", "--log-level", "trace"] + at,
                ["plan", "job.yaml", "--log-format", "json"], ["ledger", "verify", "--job", "job.yaml"],
                ["status", "--job", "job.yaml"], ["ledger", "list", "--job", "job.yaml", "--log-format", "json"],
                ["send-test", "job.yaml", "--to", "eve@example.com", "--log-level", "trace"],
            ] {
                let result = try await Command.start(command, in: folder.path, environment: environment).finish()
                let text = result.output + result.errors
                #expect(leaks(in: text).isEmpty, "\(command): \(leaks(in: text))\n\(text)")
                shown += text
            }
        }
        // What was refused was said, with the mask in the place of the secret.
        #expect(shown.contains("535") && shown.contains("403") && shown.contains("<secret>"), "\(shown)")
        #expect(shown.contains("exited with status 3"))
        #expect(!folder.list("box").isEmpty && folder.list("public") == ["a.ics"])
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) where !name.hasPrefix(".out") {
            guard let data = FileManager.default.contents(atPath: folder.path(name)) else { continue }
            let text = String(decoding: data, as: UTF8.self)
            #expect(leaks(in: text).isEmpty, "\(name): \(leaks(in: text))")
        }
        try await server.stop()
    }

    @Test(arguments: [
        (
            "mail: {kind: smtp, url: \"smtp://bob:hunter2-word@mx.example:25\", from: a@b.example}",
            "<secret>@mx.example"
        ),
        ("mail: {kind: webhook, url: \"http://hooks.example/hunter2-word\"}", "http://hooks.example/<secret>"),
        ("mail: {kind: webhook, url: \"ftp://hooks.example/?k=hunter2-word\"}", "hooks.example/?<secret>"),
        (
            "mail: {kind: smtp, url: \"smtp://mx.example\", username: {env: A}, password: hunter2-word, from: a@b.example}",
            "not shown"
        ),
    ])
    func aSecretInTheJobFileIsNotRepeated(_ channel: String, _ expected: String) async throws {
        try folder.write(
            "name: j\nsource: {kind: file, path: e}\nchannels:\n  \(channel)\nrules:\n  - {when: registered, to: attendees, via: mail, template: invite}\n",
            to: "job.yaml")
        for command in ["check", "run", "plan"] {
            let result = try await Command.run(command, "job.yaml", in: folder.path)
            #expect(result.status == 78)
            #expect(result.errors.contains(expected) && !result.errors.contains("hunter2"), "\(result.errors)")
        }
    }

    /// What a program of the job sees is the limit of usher itself.
    @Test func aCrashLeavesNoCopyOfTheMemory() async throws {
        try folder.write(
            """
            name: j
            source: {kind: file, path: e}
            channels:
              hook: {kind: webhook, url: {command: [sh, -c, "echo the limit is $(ulimit -c) >&2; exit 3"]}}
            rules:
              - {when: 10d before start, to: channel, via: hook, template: slack-reminder}
            """, to: "job.yaml")
        let result = try await Command.start(
            ["check", "--online", "job.yaml"], in: folder.path,
            launcher: ["/bin/sh", "-c", "ulimit -c unlimited; exec \"$0\" \"$@\""]
        ).finish()
        #expect((result.output + result.errors).contains("the limit is 0"), "\(result.output)\(result.errors)")
    }
}

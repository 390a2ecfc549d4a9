import Foundation
import Testing
import UsherTesting

/// What `usher check` finds before a run would.
@Suite("check reads what a run would read")
struct CheckFilesTests {
    private let folder: TemporaryFolder
    private let now = "2026-12-01T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    private func check(_ more: String..., environment: [String: String] = [:]) async throws -> Command.Result {
        try await Command.start(
            ["check", "job.yaml", "--now", now] + more, in: folder.path, environment: environment
        ).finish()
    }

    private func golden(_ result: Command.Result, _ name: String) throws {
        try expectGolden("\(result.output)\(result.errors)exit code \(result.status)\n", "check-\(name).txt")
    }

    @Test func aGoodJobIsShownWithWhatItsFilesHold() async throws {
        let result = try await check()
        #expect(result.status == 0)
        try golden(result, "good")
    }

    @Test func aListIsShownWithItsEncodingItsDelimiterItsColumnsAndEachBadRow() async throws {
        let list = "E-Mail;Vorname;Firma\r\nj@example.com;Jürgen;C\r\n;Bob;C\r\nada;Ada;C\r\n"
        try Data(list.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }).write(
            to: URL(filePath: folder.path("people.csv")))
        let result = try await check()
        #expect(result.status == 65)
        try golden(result, "list")
        // Unlike a run, it says so each time.
        #expect(try await check().status == 65)
    }

    @Test(
        arguments: [
            ("missing", nil), ("no-address", "Kontakt;Vorname\na@example.com;Ada\n"),
            ("ambiguous", "E-Mail,Mail\na@b.example,c@b.example\n"),
            ("without-header", "a@example.com,Ada\nb@example.com,Bob\n"),
            ("cut", "email,name\na@example.com,Ada\nb@exam"),
        ] as [(String, String?)])
    func aListThatCannotBeReadIsFoundBeforeTheRun(_ name: String, _ text: String?) async throws {
        if let text {
            try folder.write(text, to: "people.csv")
        } else {
            try FileManager.default.removeItem(atPath: folder.path("people.csv"))
        }
        let result = try await check()
        #expect(result.status == 69)
        try golden(result, "list-\(name)")
    }

    /// Nobody's message would count by itself.
    @Test func aLinkToUnsubscribeThatProvesNothingIsSaid() async throws {
        func write(_ link: String, _ trust: String) throws {
            let inbox = "inbox: {url: \"imaps://imap.example.com\", username: {env: A}, password: {env: B}\(trust)}"
            let job = Rehearsal.job(inbox).replacing(
                "contoso.example>\"}", with: "contoso.example>\", unsubscribe: [\"mailto:\(link)\"]}")
            try folder.write(job, to: "job.yaml")
        }
        let environment = ["A": "name", "B": "word"]
        try write("leave@contoso.example", "")
        let result = try await check(environment: environment)
        #expect(result.status == 0)
        try golden(result, "unproven")
        try write("leave@contoso.example", ", trust: [mx.contoso.example]")
        #expect(try await !check(environment: environment).errors.contains("mailto:"))
        try write("leave+{unsubscribe.token}@contoso.example", "")
        #expect(try await !check(environment: environment).errors.contains("mailto:"))
    }

    @Test func theListOfARuleIsReadToo() async throws {
        let rules = """
            rules:
              - {when: announced, to: {csv: team.csv, delimiter: tab}, via: outbox, template: invite}
              - {when: canceled, to: {csv: nobody.csv}, via: outbox, template: cancel}
              - {when: changed, to: {csv: team.csv, delimiter: tab}, via: outbox, template: update}
            """
        try folder.write(Rehearsal.job().components(separatedBy: "rules:")[0] + rules + "\n", to: "job.yaml")
        try folder.write("E-Mail\tName\nt@example.com\tT\n", to: "team.csv")
        let result = try await check()
        #expect(result.status == 69)
        try golden(result, "rule-lists")
    }

    @Test func eachMomentOfATemplateIsRendered() async throws {
        for (name, text) in [
            ("blind", "{{session.passcode}} for {{attendee.firstName}}"), ("lost", "{{unsubscribe.url}}"),
        ] {
            for part in ["subject.txt", "body.txt", "body.html"] {
                try folder.write(part == "body.txt" ? text : "x", to: "ours/email/\(name)/\(part).mustache")
            }
        }
        let job = Rehearsal.job("templates: ours").replacing("template: invite", with: "template: blind")
        try folder.write(job.replacing("template: update", with: "template: lost"), to: "job.yaml")
        let result = try await check()
        #expect(result.status == 78)
        try golden(result, "templates")
    }

    @Test func aBodyThatIsNotJSONIsFound() async throws {
        try folder.write("{\"text\": \"{{session.subject}}\",}", to: "ours/webhook/chat.json.mustache")
        try folder.write(
            """
            name: chat
            source: {kind: file, path: events.json}
            channels: {room: {kind: webhook, url: "http://127.0.0.1:9/x"}}
            rules: [{when: announced, to: channel, via: room, template: chat}]
            templates: ours
            """, to: "job.yaml")
        let result = try await check()
        #expect(result.status == 78)
        try golden(result, "payload")
    }

    @Test func sessionsWithoutALinkAreNamed() async throws {
        try Rehearsal(folder.path).write(
            events: Rehearsal.events(
                more:
                    #", {"id": "s2", "subject": "Blind", "startDateTime": "2026-12-11T10:00:00Z", "endDateTime": "2026-12-11T11:00:00Z"}"#
            ))
        let result = try await check()
        #expect(result.status == 0 && result.errors.contains("no join link for \"Blind\""), "\(result.errors)")
    }

    private func webhook(_ secret: String) throws {
        try folder.write(
            """
            name: hooks
            source: {kind: file, path: events.json}
            channels: {hook: {kind: webhook, url: {env: HOOK}, secret: {env: KEY}, private: true}}
            rules:
              - {when: announced, to: channel, via: hook, template: webhook}
              - {when: changed, to: channel, via: hook, template: webhook}
              - {when: canceled, to: channel, via: hook, template: webhook}
            """, to: "job.yaml")
        try folder.write(secret, to: "key")
    }

    private static let key = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()

    @Test(
        arguments: [
            ("hunter2", "https://example.com/x", 77), ("whsec_aGVsbG8=", "https://example.com/x", 77),
            (key, "http://example.com/x", 77), (key, "example.com", 77), (key, "https://example.com/x", 0),
        ] as [(String, String, Int32)])
    func aSecretOfTheWrongFormIsFound(_ key: String, _ url: String, _ status: Int32) async throws {
        try webhook(key)
        let result = try await check(environment: ["HOOK": url, "KEY": key])
        #expect(result.status == status, "\(result.output)\(result.errors)")
        #expect(!result.errors.contains(key) && !result.output.contains(key))
        if status != 0 { #expect(result.errors.contains("FAILED channel hook: ")) }
        if url == "http://example.com/x" { try golden(result, "secret-url") }
        if key == "hunter2" { try golden(result, "secret-form") }
    }

    @Test func aWebhookIsReachedOnlineAndNothingIsPosted() async throws {
        try webhook(Self.key)
        try await withScripts([.read]) { server in
            let url = "\(server.url)/secret-path"
            let good = try await check("--online", environment: ["HOOK": url, "KEY": Self.key])
            #expect(good.status == 0, "\(good.output)\(good.errors)")
            #expect(good.output.contains("connect to \(server.url): 127.0.0.1 answers without TLS; nothing was posted"))
            #expect(server.requests.isEmpty && !good.output.contains("secret-path"))
        }
        let dead = "http://127.0.0.1:\(try Loopback.deadPort())"
        let bad = try await check("--online", environment: ["HOOK": dead, "KEY": Self.key])
        #expect(bad.status == 69 && bad.errors.contains("FAILED channel hook: connect to"), "\(bad.errors)")
    }

    @Test(
        arguments: [
            ("calendar.ics", "200 OK", 0, "HEAD"), ("calendar.ics", "404 Not Found", 0, "HEAD"),
            ("calendar.ics", "401 Unauthorized", 77, "HEAD"),
            ("calendar.ics", "500 Oh", 69, "HEAD"), ("calendar.ics", "301 Moved", 69, "HEAD"),
            ("{zone}.ics", "200 OK", 0, "OPTIONS"),
        ] as [(String, String, Int32, String)])
    func aPublicationIsReachedOnlineAndNothingIsWritten(
        _ path: String, _ answer: String, _ status: Int32, _ method: String
    ) async throws {
        let reply = ScriptedServer.Step.send("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        try await withScripts([.read, reply]) { server in
            let each = path.contains("{") ? ", each: time-zone" : ""
            try folder.write(
                Rehearsal.job().components(separatedBy: "publish:")[0]
                    + "publish: [{kind: calendar, to: \"\(server.url)/cal/\(path.replacing("{zone}", with: "{time-zone}"))\"\(each)}]\n",
                to: "job.yaml")
            let result = try await check("--online")
            #expect(result.status == status, "\(result.output)\(result.errors)")
            let folderOnly = path.contains("{") ? "/cal/" : "/cal/\(path)"
            #expect(server.requests.count == 1 && server.requests[0].hasPrefix("\(method) \(folderOnly) HTTP/1.1\r\n"))
        }
    }

    @Test func oneClickNeedsAURLForEachRecipient() async throws {
        func job(_ link: String, _ more: String = "") -> String {
            Rehearsal.job().replacing(
                "contoso.example>\"}", with: "contoso.example>\", unsubscribe: [\"\(link)\"], one-click: true\(more)}")
        }
        try folder.write(job("https://contoso.example/leave"), to: "job.yaml")
        let shared = try await check()
        #expect(shared.status == 78)
        try golden(shared, "one-click")
        // The mail itself is right: a run goes on, and says so.
        let run = try await Command.run("run", "job.yaml", "--now", now, in: folder.path)
        #expect(run.status == 0 && run.errors.contains("one-click with a URL that is the same for everyone"))
        try folder.write(job("https://contoso.example/leave?t={token}"), to: "job.yaml")
        #expect(try await check().errors.contains("{token} without a secret to derive it from"))
        try folder.write(
            job("https://contoso.example/leave?t={token}", ", unsubscribe-secret: {env: LEAVE}").replacing(
                "name: rehearsal", with: "name: personal"),
            to: "job.yaml")
        let environment = ["LEAVE": "a secret of many letters"]
        #expect(try await check(environment: environment).status == 0)
        for name in ["outbox", "public"] { try FileManager.default.removeItem(atPath: folder.path(name)) }
        let personal = try await Command.run("run", "job.yaml", "--now", now, in: folder.path, environment: environment)
        #expect(personal.status == 0, "\(personal.errors)")
        let mails = try Rehearsal(folder.path).messages().map {
            try String(contentsOfFile: folder.path("outbox/\($0)"), encoding: .utf8).replacing("\r\n ", with: " ")
        }
        let links = mails.flatMap { $0.split(separator: "\r\n") }.filter { $0.hasPrefix("List-Unsubscribe: ") }
        #expect(links.count == 3 && Set(links).count == 3 && links.allSatisfy { !$0.contains("{") }, "\(links)")
        #expect(links.allSatisfy { $0.contains("<https://contoso.example/leave?t=") })
        // What docs/channels.md says a website computes.
        #expect(links.contains { $0.contains("t=\(Self.token)>") }, "\(links)")
    }

    /// `base32(hmac_sha256("a secret of many letters", "p0@example.com"))[:26].lower()`, computed by Python.
    private static let token = "yuu2wzeqfpbgtsaxmypd5kxmq4"

    @Test func withoutItsSecretNoMailGoes() async throws {
        try folder.write(
            Rehearsal.job().replacing(
                "contoso.example>\"}",
                with:
                    "contoso.example>\", unsubscribe: [\"https://contoso.example/{token}\"], unsubscribe-secret: {env: LEAVE}}"
            ),
            to: "job.yaml")
        #expect(try await check().status == 77)
        let run = try await Command.run("run", "job.yaml", "--now", now, in: folder.path)
        #expect(run.status != 0 && Rehearsal(folder.path).messages().isEmpty && run.errors.contains("{env: LEAVE}"))
    }
}

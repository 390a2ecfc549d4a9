import Logging
import Synchronization
import Testing
import UsherTesting

@testable import UsherTransfer

@Suite("the log of a dialogue")
struct DialogueTests {
    private func mail(_ client: MailClient, as credentials: MailCredentials?) async throws -> MailOutcome {
        let mail = try MailTransfer(
            sender: "events@contoso.example", recipient: "ada@example.com",
            bytes: Array("Subject: hush\r\n\r\nhush\r\n".utf8))
        return await client.send(mail, as: credentials) {}
    }

    private func deliver(_ server: MailServer, _ credentials: MailCredentials?, count: Int = 1) async throws {
        let client = MailClient(
            MailTransferOptions(servers: [server.url], protection: .none, clientName: "contoso.example"))
        for _ in 0..<count { _ = try await mail(client, as: credentials) }
        await client.close()
    }

    @Test func deliveriesOverOneConnection() async throws {
        try await MailServer.run { server in
            let log = try await LogRecorder.record {
                try await deliver(server, MailCredentials(username: "hush-ada", password: "hush-word"), count: 2)
            }
            #expect(server.taken.count == 2)
            try expectGolden(log, "dialogue-smtp.txt")
        }
    }

    @Test(arguments: [["AUTH LOGIN"], ["AUTH XOAUTH2"], ["AUTH PLAIN"]])
    func noWayToSignInShowsItsSecret(_ extensions: [String]) async throws {
        let isToken = extensions == ["AUTH XOAUTH2"]
        let credentials =
            isToken
            ? MailCredentials(username: "hush-ada", token: "hush-token")
            : MailCredentials(username: "hush-ada", password: "hush-word")
        try await MailServer.run { server in
            server.offer(extensions)
            server.expect(.auth, .reply("535 5.7.8 hush-\(isToken ? "token" : "word") is wrong"))
            let log = try await LogRecorder.record { try await deliver(server, credentials) }
            let sent = server.commands.drop { !$0.hasPrefix("AUTH") }.flatMap { $0.split(separator: " ") }
            #expect(!sent.isEmpty && log.contains("> AUTH") && log.contains("< 535"), "\(log)")
            for word in sent where word.count > 8 { #expect(!log.contains(word), "\(log)") }
            #expect(!log.contains("hush"), "\(log)")
        }
    }

    @Test func aWebhookWhoseURLIsASecret() async throws {
        let response =
            "HTTP/1.1 200 hush-echo\r\nSet-Cookie: id=hush\r\nContent-Type: text/plain\r\nLocation: /hush/a?b=hush\r\nX-Echo: hush\r\nContent-Length: 9\r\n\r\nhush-body"
        try await withScripts([.read, .send(response), .read, .send(response)]) { server in
            let log = try await LogRecorder.record {
                try await withClient { client in
                    for _ in 0..<2 {
                        var request = HTTPRequest(
                            .post, try HTTPURL("\(server.url)/hush/services?key=hush-query#hush"),
                            fields: [
                                try HeaderField("Authorization", "Bearer hush-echo"),
                                try HeaderField("Webhook-Id", "msg_1"),
                                try HeaderField("Webhook-Signature", "v1,hush-signature"),
                                try HeaderField("Content-Type", "application/json"),
                            ], body: Array("{\"text\":\"hush\"}".utf8))
                        request.visibility = .origin
                        _ = try await client.send(request)
                    }
                }
            }
            #expect(server.requests.allSatisfy { $0.contains("hush-query") && $0.contains("hush-signature") })
            #expect(!log.contains("hush"), "\(log)")
            try expectGolden(log, "dialogue-webhook.txt")
        }
    }

    @Test func aCallOfMicrosoftGraph() async throws {
        let response =
            "HTTP/1.1 429 Too Many Requests\r\nrequest-id: 7\r\nRetry-After: 3\r\nLocation: https://hush:hush@h.example/\r\nContent-Length: 0\r\n\r\n"
        try await withScripts([.read, .send(response)]) { server in
            let log = try await LogRecorder.record {
                try await withClient { client in
                    let url = "\(server.url)/v1.0/solutions/virtualEvents/webinars?$skiptoken=hush"
                    let token = try HeaderField("Authorization", "Bearer hush-token")
                    _ = try await client.send(HTTPRequest(.get, try HTTPURL(url), fields: [token]))
                }
            }
            #expect(!log.contains("hush"), "\(log)")
            try expectGolden(log, "dialogue-graph.txt")
        }
    }

    @Test func aFailureAndARefusedAddress() async throws {
        let port = try Loopback.deadPort()
        let log = try await LogRecorder.record {
            try await withClient { client in
                _ = await failure(try get("http://127.0.0.1:\(port)/x?hush"), client)
            }
            var options = TransferOptions()
            options.allowedAddresses = .publicOnly
            try await withClient(options) { client in
                _ = await failure(try get("http://127.0.0.1:\(port)/x?hush"), client)
            }
        }
        try expectGolden(log, "dialogue-failures.txt")
    }

    @Test func aMailbox() async throws {
        let body = "Subject: hush\r\n\r\n* 2 FETCH hush\r\n"
        try await withScripts([
            .send("* OK ready\r\n"), .readLine, .send("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA001 OK done\r\n"),
            .readLine, .send("A002 OK hush-word\r\n"),
            .readLine, .send("* 2 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\nu1 OK done\r\n"),
            .readLine, .send("* SEARCH 4 5\r\nu2 OK done\r\n"), .readLine,
            .send("* 1 FETCH (UID 4 BODY[]<0> {\(body.utf8.count)}\r\n\(body))\r\n"),
            .send("* 2 FETCH (UID 5 BODY[]<0> \"hush \\\" hush\")\r\nu3 OK done\r\n"), .readLine,
        ]) { server in
            let count = Mutex(0)
            let log = try await LogRecorder.record {
                let client = IMAPClient(
                    IMAPOptions(server: "imap://127.0.0.1:\(server.port)", folder: "INBOX", protection: .none))
                try await client.read(
                    as: MailCredentials(username: "hush-ada", password: "hush-word"),
                    IMAPClient.Reading(
                        first: { _ in 1 },
                        receive: { _ in
                            count.withLock { $0 += 1 }
                            return true
                        }, isStopping: { false }))
            }
            #expect(count.withLock { $0 } == 2)
            #expect(!log.contains("hush"), "\(log)")
            try expectGolden(log, "dialogue-imap.txt")
        }
    }

    @Test func atLevelInfoOnlyOutcomesAreLogged() async throws {
        try await MailServer.run { server in
            let log = try await LogRecorder.record(.info) {
                try await deliver(server, nil)
                try await withScripts([.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
                    try await withClient { client in _ = try await client.send(try get("\(server.url)/x?hush")) }
                }
            }
            #expect(
                log == """
                    info smtp://127.0.0.1:PORT 1 * message of 23 octets: 250 2.0.0 queued as 7
                    info http://127.0.0.1:PORT 1 * GET http://127.0.0.1:PORT/x: 204

                    """)
        }
    }

    @Test func aLevelAboveInfoLogsNothing() async throws {
        try await MailServer.run { server in
            let log = try await LogRecorder.record(.notice) { try await deliver(server, nil) }
            #expect(log == "\n")
        }
    }

    @Test(arguments: [
        ("GET /a?b HTTP/1.1", "GET /a?… HTTP/1.1"), ("GET http://h/a?b HTTP/1.1", "GET http://h/a?… HTTP/1.1"),
        ("CONNECT h:443 HTTP/1.1", "CONNECT h:443 HTTP/1.1"), ("hush hush", "<hidden>"),
        ("Proxy-Authorization: Basic hush", "Proxy-Authorization: <hidden>"), ("Cookie: a=hush", "Cookie: <hidden>"),
        ("X-Any: hush: hush", "X-Any: <hidden>"), ("Content-Type: text/calendar", "Content-Type: text/calendar"),
        ("no colon", "<hidden>"), ("hush", "<hidden>"), (" hush: x", "<hidden>"),
    ])
    func onlyHarmlessPartsOfARequestAreShown(_ line: String, _ shown: String) {
        #expect(HTTPDialogue(.path).request(line) == shown)
    }

    @Test(arguments: [
        ("EHLO contoso.example", "EHLO contoso.example"), ("AUTH PLAIN aHVzaA==", "AUTH PLAIN <hidden>"),
        ("AUTH LOGIN", "AUTH LOGIN"), ("aHVzaA==", "<hidden>"), ("*", "*"), ("", "<hidden>"),
    ])
    func onlyHarmlessPartsOfASignInAreShown(_ line: String, _ shown: String) {
        #expect(SignInDialogue.smtp.shown(command: line) == shown)
    }

    @Test(arguments: [
        ("A1 CAPABILITY", "A1 CAPABILITY"), ("A2 LOGIN ada hush", "A2 LOGIN <hidden>"),
        ("A2 AUTHENTICATE PLAIN aHVzaA==", "A2 AUTHENTICATE PLAIN <hidden>"), ("aHVzaA==", "<hidden>"),
    ])
    func onlyHarmlessPartsOfAnIMAPSignInAreShown(_ line: String, _ shown: String) {
        #expect(SignInDialogue.imap.shown(command: line) == shown)
    }

    @Test func aServerCannotDrawOnTheTerminal() async throws {
        try await withScripts([.read, .send("HTTP/1.1 204 \u{1b}[2Jx\r\n\r\n")]) { server in
            let log = try await LogRecorder.record {
                try await withClient { client in _ = try await client.send(try get(server.url)) }
            }
            #expect(log.contains("< HTTP/1.1 204 ?[2Jx"), "\(log)")
        }
    }
}

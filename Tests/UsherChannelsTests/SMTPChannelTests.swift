import Synchronization
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

@Suite("mail by SMTP, at each step of the dialogue")
struct SMTPChannelTests {
    private func channel(_ servers: [String], _ more: String = "", environment: [String: String] = [:]) throws
        -> SMTPChannel
    {
        let urls = servers.map { "\"\($0)\"" }.joined(separator: ", ")
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: file, path: x}
                ledger: x.sqlite
                channels: {mail: {kind: smtp, urls: [\(urls)], tls: none, from: "E <events@contoso.example>"\(more)}}
                rules: [{when: registered, to: attendees, via: mail, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let node = try #require(job.channels.first)
        let options = try #require(SMTPOptions(node, problems, folder: "/"), "\(problems.errors)")
        let secrets = SecretStore(environment: environment, folder: "/", clock: .still)
        let signIn = try options.authentication.map {
            try MailSignIn($0, source: nil, .rehearsed(environment: environment), secrets: secrets)
        }
        return SMTPChannel(options, width: node.connections ?? 2, signIn: signIn)
    }

    private func message(
        _ number: Int = 0, to address: String? = nil,
        text: String = "in the middle\r\n.a line with a dot\r\nthe last\r\n"
    ) throws -> Message {
        let recipient = try Address(address ?? "p\(number)@example.com")
        return Message(
            id: DeliveryID(["\(number)"]), recipient: .person(recipient),
            content: .mail(
                sender: try Address("events@contoso.example"), recipient: recipient,
                bytes: Array("Subject: \(number)\r\n\r\n\(text)".utf8)))
    }

    /// Sends one, and says whether the wire mark was awaited.
    private func send(
        _ channel: SMTPChannel, _ message: Message, wiring: (@Sendable () async -> Void)? = nil
    ) async throws -> (Attempt, isWired: Bool) {
        let wired = Mutex(false)
        let attempt = try await channel.send(message) { () async throws(WireFailure) in
            wired.withLock { $0 = true }
            await wiring?()
        }
        return (attempt, wired.withLock { $0 })
    }

    private func word(_ attempt: Attempt) -> String {
        switch attempt {
        case .sent: "sent"
        case .retry(let refusal, _): "retry \(refusal.scope.rawValue)"
        case .failed(let refusal): "failed \(refusal.scope.rawValue)"
        case .inDoubt: "in doubt"
        }
    }

    @Test func eachServerIsTriedWithoutAMessage() async throws {
        try await MailServer.run { server in
            let signIn = ", username: {env: NAME}, password: {env: WORD}"
            let environment = ["NAME": "ada", "WORD": "open-sesame"]
            let dead = "smtp://127.0.0.1:\(try Loopback.deadPort())"
            let good = await (try channel([server.url, dead])).examine()
            #expect(good.map(\.step) == ["connect to \(server.url)", "connect to \(dead)"])
            #expect(
                good.first?.result
                    == "without TLS, without signing in, offers 8BITMIME AUTH ENHANCEDSTATUSCODES SIZE SMTPUTF8")
            #expect(good.last?.error?.code == .unreachable && good.last?.error?.location == dead)
            let signed = try #require(
                await (try channel([server.url], signIn, environment: environment)).examine().first)
            #expect(signed.result.hasPrefix("without TLS, signed in, offers"), "\(signed)")
            #expect(
                server.taken.isEmpty && server.commands.contains("QUIT")
                    && !server.commands.contains { $0.hasPrefix("MAIL") })

            server.expect(.auth, .reply("535 5.7.8 no such user"), .reply("535 5.7.8 no such user"))
            let refused = try #require(
                await (try channel([server.url], signIn, environment: environment)).examine().first)
            #expect(
                refused.error?.code == .refusedCredentials && refused.error?.problem.contains("5.7.8") == true,
                "\(refused)")
            #expect("\(refused)".contains("open-sesame") == false)
            server.expect(.connect, .drop(isReset: false))
            let mute = try #require(await (try channel([server.url])).examine().first)
            #expect(mute.error?.problem == "the server ended the connection before it greeted", "\(mute)")
            server.expect(.greeting, .reply("554 5.3.2 not for you"))
            let closed = try #require(await (try channel([server.url])).examine().first)
            #expect(
                closed.error?.code == .unreachable && closed.error?.problem.contains("not for you") == true, "\(closed)"
            )
        }
    }

    @Test func aMessageArrivesAsItIsAndConnectionsAreUsedAgain() async throws {
        try await MailServer.run { server in
            let channel = try channel([server.url], ", connections: 1, ehlo: jobs.contoso.example")
            for number in 0..<3 {
                let (attempt, isWired) = try await send(channel, try message(number))
                #expect(attempt == .sent(Evidence("\(server.url): 250 2.0.0 queued as 7")) && isWired)
            }
            #expect(server.connections == 1)
            #expect(server.taken.map(\.recipient) == (0..<3).map { "RCPT TO:<p\($0)@example.com>" })
            #expect(server.taken[0].sender.hasPrefix("MAIL FROM:<events@contoso.example> SIZE="))
            #expect(server.taken[1].text == "Subject: 1\r\n\r\nin the middle\r\n.a line with a dot\r\nthe last\r\n")
            #expect(server.commands.first == "EHLO jobs.contoso.example")
        }
    }

    @Test func manyAtOnceEachGoOnceOverNoMoreConnectionsThanAllowed() async throws {
        try await MailServer.run { server in
            let channel = try channel([server.url], ", connections: 4, messages-per-connection: 10")
            let words = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 { group.addTask { word(try await send(channel, try message(number)).0) } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(words == ["sent"])
            #expect(Set(server.taken.map(\.recipient)).count == 100 && server.taken.count == 100)
            #expect((10...16).contains(server.connections), "\(server.connections)")
            for connection in 0..<server.connections {
                #expect(server.taken.count { $0.connection == connection } <= 10)
            }
        }
    }

    // MARK: The link breaks

    /// Where it breaks, and what is then known.
    ///
    /// After the final dot, and only there, it cannot be known.
    static let breaks: [(location: MailServer.Place, isAfter: Bool, expected: String)] = [
        (.connect, false, "retry channel"), (.greeting, false, "retry channel"), (.greeting, true, "retry channel"),
        (.hello, false, "retry channel"), (.hello, true, "retry channel"), (.sender, false, "retry channel"),
        (.sender, true, "retry channel"), (.recipient, false, "retry channel"), (.recipient, true, "retry channel"),
        (.data, false, "retry channel"), (.data, true, "retry channel"), (.body, false, "retry channel"),
        (.end, false, "retry channel"), (.dot, false, "in doubt"), (.dot, true, "sent"),
    ]

    /// How it breaks, and whether the commands go together (RFC 2920).
    static let manners: [(isReset: Bool, isPipelined: Bool)] = [
        (false, false), (true, false), (false, true), (true, true),
    ]

    @Test(arguments: breaks, manners)
    func whereTheLinkBreaksDecidesWhatIsKnown(
        _ example: (location: MailServer.Place, isAfter: Bool, expected: String),
        _ manner: (isReset: Bool, isPipelined: Bool)
    ) async throws {
        let isReset = manner.isReset
        try await MailServer.run { server in
            if manner.isPipelined { server.offer(["PIPELINING"]) }
            server.expect(example.location, example.isAfter ? .replyAndDrop : .drop(isReset: isReset))
            let channel = try channel([server.url], ", connections: 1")
            // Where it breaks before the dot, the ledger takes its time: until the link is surely gone.
            let waits = example.location == .end || example.location == .body || example.location == .data
            let (attempt, isWired) = try await send(channel, try message()) {
                while waits, server.dropped == 0 { await Task.yield() }
            }
            #expect(word(attempt) == example.expected, "\(attempt)")
            if example.expected == "in doubt" || example.expected == "sent" { #expect(isWired) }
            let taken = example.location == .dot ? 1 : 0
            #expect(server.taken.count == taken)
            // The next attempt is another message's, or the same one's where it was certainly not delivered.
            let again = try await send(channel, try message(1))
            #expect(word(again.0) == "sent" && server.taken.count == taken + 1)
        }
    }

    @Test func aReusedConnectionThatTheServerEndedIsReplacedAtOnce() async throws {
        try await MailServer.run { server in
            let channel = try channel([server.url], ", connections: 1")
            server.expect(.dot, .replyAndDrop)
            #expect(word(try await send(channel, try message(0)).0) == "sent")
            #expect(word(try await send(channel, try message(1)).0) == "sent")
            // A server that closes after so many messages says so at MAIL.
            server.expect(.sender, .reply("421 4.7.0 too many messages over this connection"))
            #expect(word(try await send(channel, try message(2)).0) == "sent")
            #expect(server.taken.count == 3 && server.connections == 3)
        }
    }

    @Test func withoutTheLedgersMarkTheFinalDotDoesNotLeave() async throws {
        try await MailServer.run { server in
            let channel = try channel([server.url], ", connections: 1")
            await #expect(throws: WireFailure("no disk")) {
                try await channel.send(try message()) { () async throws(WireFailure) in throw WireFailure("no disk") }
            }
            #expect(server.taken.isEmpty)
            #expect(word(try await send(channel, try message(1)).0) == "sent")
            #expect(server.taken.count == 1)
        }
    }

    // MARK: The server refuses

    @Test(
        arguments: [
            (.greeting, "554 5.7.1 go away", "retry channel"), (.greeting, "421 4.3.2 shutting down", "retry channel"),
            (.sender, "451 4.3.0 later", "retry channel"), (.sender, "452 4.3.1 disk full", "retry channel"),
            (.sender, "550 5.7.1 sender refused", "retry sender"),
            (.sender, "530 5.7.0 sign in first", "retry credentials"),
            (.sender, "552 5.3.4 too big", "failed delivery"),
            (.recipient, "550 5.1.1 no such user", "failed recipient"),
            (.recipient, "550 no such user", "failed recipient"),
            (.recipient, "553 5.1.3 bad address", "failed recipient"),
            (.recipient, "552 5.2.2 mailbox full", "failed recipient"),
            (.recipient, "450 4.2.0 greylisted", "retry delivery"),
            (.recipient, "451 4.7.1 greylisted", "retry delivery"),
            (.recipient, "452 4.2.2 mailbox full", "retry delivery"),
            (.recipient, "421 4.7.0 too fast", "retry channel"),
            (.recipient, "454 4.7.0 temporary", "retry channel"), (.recipient, "451 4.3.0 problem", "retry channel"),
            (.recipient, "550 5.7.26 unauthenticated sender", "retry sender"),
            (.recipient, "550 5.7.1 refused", "failed delivery"),
            (.recipient, "554 5.7.1 <x@y.example>: Relay access denied", "retry credentials"),
            (.dot, "550-5.4.5 Daily user sending limit exceeded.\r\n550 5.4.5 See the help.", "retry sender"),
            (.dot, "554 5.2.252 SendAsDenied; not allowed to send as it", "retry credentials"),
            (
                .dot, "550 User x has exceeded its 24-hour sending limit. Messages to 25 recipients out of 25",
                "retry sender"
            ),
            (.recipient, "550 5.7.133 sender not authenticated for group", "failed recipient"),
            (.recipient, "550 5.1.1 The email account that you tried to reach does not exist", "failed recipient"),
            (.data, "554 5.5.1 no valid recipients", "failed delivery"), (.data, "451 4.3.0 later", "retry channel"),
            (.dot, "550 5.7.1 spam", "failed delivery"), (.dot, "552 5.3.4 too big", "failed delivery"),
            (.dot, "451 4.7.1 try later", "retry channel"), (.dot, "452 4.2.2 full", "retry delivery"),
            (.dot, "421 4.3.2 going down", "retry channel"), (.dot, "432 4.3.2 thread limit", "retry channel"),
            (.dot, "550-5.7.515 Access denied,\r\n550 5.7.515 sending domain lacks authentication", "retry sender"),
        ] as [(MailServer.Place, String, String)], [[], ["PIPELINING"], ["PIPELINING", "credulous"]])
    func aReplyDecidesWhatBecomesOfTheMessageAndOfTheRest(
        _ example: (location: MailServer.Place, reply: String, expected: String), _ extensions: [String]
    ) async throws {
        let (location, reply, expected) = example
        try await MailServer.run { server in
            server.offer(extensions)
            if extensions.contains("credulous") { server.beCredulous() }
            server.expect(location, .reply(reply))
            let channel = try channel([server.url], ", connections: 1")
            let (attempt, _) = try await send(channel, try message())
            #expect(word(attempt) == expected, "\(attempt)")
            #expect("\(attempt)".contains("\(server.url): \(reply.prefix(3)) "), "\(attempt)")
            #expect(word(try await send(channel, try message(1)).0) == "sent")
            #expect(server.taken.map(\.recipient).last == "RCPT TO:<p1@example.com>")
            // One recipient's refusal is no reason for a new connection.
            let isLost = location == .greeting || reply.hasPrefix("421")
            #expect(server.connections == (isLost ? 2 : 1))
        }
    }

    @Test func commandsGoTogetherWhereTheServerTakesThemSo() async throws {
        try await MailServer.run { server in
            server.offer(["PIPELINING", "SIZE", "8BITMIME"])
            let channel = try channel([server.url], ", connections: 1")
            server.expect(.recipient, .reply("550 5.1.1 no such user"))
            #expect(word(try await send(channel, try message(0)).0) == "failed recipient")
            #expect(word(try await send(channel, try message(1, text: ".Grüße\r\n..\r\n.\r\n")).0) == "sent")
            #expect(server.taken.map(\.text) == ["Subject: 1\r\n\r\n.Grüße\r\n..\r\n.\r\n"])
            #expect(
                server.commands.dropFirst() == [
                    "MAIL FROM:<events@contoso.example> SIZE=59", "RCPT TO:<p0@example.com>", "DATA", "RSET",
                    "MAIL FROM:<events@contoso.example> SIZE=31 BODY=8BITMIME", "RCPT TO:<p1@example.com>", "DATA",
                ])
        }
    }

    // MARK: The server lies

    @Test(
        arguments: [
            (.sender, "hello", "retry channel"), (.data, "250 2.0.0 no need", "retry channel"),
            (.dot, "354 go on", "in doubt"), (.dot, "100 what", "in doubt"), (.dot, "250", "sent"),
            (.dot, "251 2.0.0 forwarded", "sent"),
            (
                .dot, String(repeating: "250-" + String(repeating: "x", count: 996) + "\r\n", count: 100) + "250 x",
                "in doubt"
            ),
            (.dot, "250 " + String(repeating: "x", count: 70_000), "in doubt"),
        ] as [(MailServer.Place, String, String)])
    func whatIsNoReplyIsNotTakenForOne(_ location: MailServer.Place, _ reply: String, _ expected: String) async throws {
        try await MailServer.run { server in
            server.expect(location, .reply(reply))
            let channel = try channel([server.url], ", connections: 1")
            let (attempt, _) = try await send(channel, try message())
            #expect(word(attempt) == expected && "\(attempt)".utf8.count < 5000, "\(attempt)")
            #expect(word(try await send(channel, try message(1)).0) == "sent")
        }
    }

    @Test(arguments: [
        ("552 5.3.4 too big", "failed delivery"), ("451 4.3.0 no", "retry channel"), ("250 ok", "retry channel"),
    ])
    func whatIsSaidBeforeTheFinalDotKeepsItFromLeaving(_ words: String, _ expected: String) async throws {
        try await MailServer.run { server in
            server.expect(.end, .interrupt(words))
            let channel = try channel([server.url], ", connections: 1")
            let (attempt, _) = try await send(channel, try message()) {
                while server.interruptions == 0 { await Task.yield() }
            }
            #expect(word(attempt) == expected && "\(attempt)".contains(words), "\(attempt)")
            #expect(server.taken.isEmpty)
            #expect(word(try await send(channel, try message(1)).0) == "sent")
        }
    }

    // MARK: Addresses beyond ASCII

    @Test(
        arguments: [
            (["SMTPUTF8"], "jörg@bücher.example", "sent", "RCPT TO:<jörg@xn--bcher-kva.example>"),
            (["SMTPUTF8"], "ada@bücher.example", "sent", "RCPT TO:<ada@xn--bcher-kva.example>"),
            (["8BITMIME"], "ada@bücher.example", "sent", "RCPT TO:<ada@xn--bcher-kva.example>"),
            (["8BITMIME"], "jörg@example.com", "failed delivery", nil),
        ] as [([String], String, String, String?)], [false, true])
    func anAddressGoesOutAsTheServerTakesIt(_ example: ([String], String, String, String?), _ isReused: Bool)
        async throws
    {
        let (extensions, address, expected, command) = example
        try await MailServer.run { server in
            server.offer(extensions)
            let channel = try channel([server.url], ", connections: 1")
            if isReused { #expect(word(try await send(channel, try message(2)).0) == "sent") }
            let (attempt, isWired) = try await send(channel, try message(to: address))
            #expect(word(attempt) == expected && isWired == (command != nil), "\(attempt)")
            #expect(server.commands.count { $0.hasPrefix("RCPT") } == (isReused ? 1 : 0) + (command == nil ? 0 : 1))
            #expect(
                server.commands.contains { $0.contains("SMTPUTF8") } == (address.hasPrefix("jörg") && command != nil))
            if let command { #expect(server.commands.contains { $0.hasPrefix(command) }, "\(server.commands)") }
            // The connection is good for the next one.
            #expect(word(try await send(channel, try message(1)).0) == "sent")
        }
    }

    @Test func aSenderThatTheServerCannotTakeConcernsTheChannel() async throws {
        try await MailServer.run { server in
            server.offer([])
            let channel = try channel([server.url], ", envelope-from: jörg@contoso.example")
            let attempt = try await channel.send(
                Message(
                    id: DeliveryID(["1"]), recipient: .person(try Address("a@example.com")),
                    content: .mail(
                        sender: try Address("jörg@contoso.example"), recipient: try Address("a@example.com"),
                        bytes: Array("Subject: x\r\n\r\nx\r\n".utf8)))
            ) {}
            #expect(word(attempt) == "retry channel" && "\(attempt)".contains("SMTPUTF8"), "\(attempt)")
        }
    }

    // MARK: Signing in

    private static let secrets = ["NAME": "events", "WORD": "hush-pass", "TOKEN": "hush-token"]
    private static let password = ", username: {env: NAME}, password: {env: WORD}"

    @Test(arguments: [
        (["AUTH PLAIN"], password, "AUTH PLAIN AGV2ZW50cwBodXNoLXBhc3M="),
        (["AUTH LOGIN"], password, "AUTH LOGIN ZXZlbnRz"),
        (
            ["AUTH XOAUTH2 PLAIN"], ", username: {env: NAME}, token: {env: TOKEN}",
            "AUTH XOAUTH2 dXNlcj1ldmVudHMBYXV0aD1CZWFyZXIgaHVzaC10b2tlbgEB"
        ),
    ])
    func eachWayToSignInIsSpoken(_ extensions: [String], _ options: String, _ command: String) async throws {
        try await MailServer.run { server in
            server.offer(extensions)
            let channel = try channel([server.url], options + ", connections: 1", environment: Self.secrets)
            #expect(word(try await send(channel, try message(0)).0) == "sent")
            #expect(word(try await send(channel, try message(1)).0) == "sent")
            #expect(server.commands.count { $0.hasPrefix("AUTH") } == 1)
            #expect(server.commands.contains(command), "\(server.commands)")
        }
    }

    @Test(arguments: ["535 5.7.8 no", "534 5.7.9 mechanism too weak", "454 4.7.0 temporary", "530 5.7.0 TLS first"])
    func aRefusedSignInStopsTheChannelAndFailsNoMessage(_ reply: String) async throws {
        try await MailServer.run { server in
            server.offer(["AUTH PLAIN"])
            server.expect(.auth, .reply(reply))
            let channel = try channel([server.url], Self.password, environment: Self.secrets)
            let (attempt, isWired) = try await send(channel, try message())
            #expect(["retry credentials", "retry channel"].contains(word(attempt)) && !isWired, "\(attempt)")
            #expect(word(attempt) == (reply.hasPrefix("4") ? "retry channel" : "retry credentials"))
            #expect(!"\(attempt)".contains("hush"))
        }
    }

    @Test func aRefusedTokenSaysWhy() async throws {
        try await MailServer.run { server in
            server.offer(["AUTH XOAUTH2"])
            // {"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}
            let challenge =
                "eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZ29vZ2xlLmNvbS8ifQ=="
            server.expect(.auth, .reply("334 \(challenge)"))
            let channel = try channel(
                [server.url], ", username: {env: NAME}, token: {env: TOKEN}", environment: Self.secrets)
            let (attempt, isWired) = try await send(channel, try message())
            #expect(word(attempt) == "retry credentials" && !isWired, "\(attempt)")
            #expect("\(attempt)".contains("401") && "\(attempt)".contains("mail.google.com"), "\(attempt)")
            #expect(!"\(attempt)".contains("hush"))
        }
    }

    @Test(arguments: [
        (["SIZE 1000000"], password, "no AUTH after EHLO"), (["AUTH GSSAPI"], password, "after EHLO: AUTH GSSAPI"),
        (["AUTH PLAIN LOGIN"], ", username: {env: NAME}, token: {env: TOKEN}", "after EHLO: AUTH PLAIN LOGIN"),
    ])
    func aServerThatOffersNoSignInGetsNoMessage(_ extensions: [String], _ options: String, _ words: String) async throws
    {
        try await MailServer.run { server in
            server.offer(extensions)
            let channel = try channel([server.url], options, environment: Self.secrets)
            let (attempt, isWired) = try await send(channel, try message())
            #expect(word(attempt) == "retry credentials" && !isWired && server.taken.isEmpty, "\(attempt)")
            #expect("\(attempt)".contains(words), "\(attempt)")
        }
    }

    @Test func aProgramThatKnowsTheWordIsNotAskedForEveryMail() async throws {
        try await MailServer.run { server in
            let folder = try TemporaryFolder()
            let program = "[sh, -c, \"echo asked >> \(folder.path("log")); echo hush-pass\"]"
            let channel = try channel(
                [server.url], ", username: {env: NAME}, password: {command: \(program)}",
                environment: Self.secrets.merging(["PATH": "/usr/bin:/bin"]) { $1 })
            for number in 0..<3 { #expect(word(try await send(channel, try message(number)).0) == "sent") }
            #expect(try folder.read("log") == "asked\n")
        }
    }

    @Test func aMissingSecretStopsTheChannel() async throws {
        try await MailServer.run { server in
            let channel = try channel([server.url], Self.password)
            let (attempt, _) = try await send(channel, try message())
            #expect(word(attempt) == "retry credentials" && server.connections == 0)
        }
    }

    // MARK: Several servers

    @Test func theNextServerIsTriedWhereOneDoesNotGreet() async throws {
        try await MailServer.run { server in
            let dead = try Loopback.deadPort()
            let channel = try channel(["smtp://127.0.0.1:\(dead)", server.url], ", connections: 1")
            for number in 0..<3 { #expect(word(try await send(channel, try message(number)).0) == "sent") }
            #expect(server.taken.count == 3 && server.connections == 1)
            let none = try self.channel(["smtp://127.0.0.1:\(dead)", "smtp://127.0.0.1:\(dead)"])
            let (attempt, isWired) = try await send(none, try message())
            #expect(word(attempt) == "retry channel" && !isWired)
        }
    }

    @Test func anAddressThatCouldEndItsCommandDoesNotEvenConnect() async throws {
        #expect(throws: Address.Problem.self) { try Address("a@example.com>\r\nRCPT TO:<b@example.com") }
    }
}

import Foundation
import Synchronization
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

@Suite("webhooks")
struct WebhookChannelTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let first = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
    private static let second = "whsec_" + Data((0..<24).map { UInt8(200 - $0) }).base64EncodedString()
    private static let environment = ["ONE": first, "TWO": second, "KEY": "hush-key", "BAD": "hush"]

    /// A channel whose clock shows the real time: receivers refuse what is more than five minutes off.
    private func channel(
        _ url: String, _ more: String = "", divertedTo diversion: String? = nil,
        patience: Duration = WebhookChannel.patience, environment: [String: String] = Self.environment
    ) throws -> WebhookChannel {
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: file, path: x}
                ledger: x.sqlite
                channels: {hook: {kind: webhook, url: \(url)\(more)}}
                rules: [{when: changed, to: channel, via: hook, template: webhook}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let node = try #require(job.channels.first)
        let options = try #require(WebhookOptions(node, problems, folder: "/"), "\(problems.errors)")
        let clock = WallClock(
            now: { Instant(secondsSince1970: Int64(Date().timeIntervalSince1970)) }, pause: { _ in await Task.yield() })
        return try WebhookChannel(
            options, width: 2, secrets: SecretStore(environment: environment, folder: "/", clock: .still),
            clock: clock,
            divertedTo: diversion, patience: patience)
    }

    private func message(_ number: Int = 0) throws -> Message {
        Message(
            id: DeliveryID(["\(number)"]), recipient: .channel(ChannelName(rawValue: "hook")),
            content: .payload(
                mediaType: "application/json", bytes: Array(#"{"type": "session.changed", "n": "ü"}"#.utf8)))
    }

    private func send(_ channel: WebhookChannel, _ message: Message) async throws -> (String, isWired: Bool) {
        let wired = Mutex(false)
        let attempt = try await channel.send(message) { () async throws(WireFailure) in wired.withLock { $0 = true } }
        let word =
            switch attempt {
            case .sent: "sent"
            case .retry(let refusal, let after):
                "retry \(refusal.scope.rawValue)\(after == nil ? "" : " later")"
            case .failed(let refusal): "failed \(refusal.scope.rawValue)"
            case .inDoubt: "in doubt"
            }
        #expect(!"\(attempt)".contains("hush"), "\(attempt)")
        return (word, wired.withLock { $0 })
    }

    private static let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    private let script: [ScriptedServer.Step] = [.read, ok, .read, ok, .hold]

    // MARK: What leaves

    @Test func aReceiverOfStandardWebhooksTakesTheSignature() async throws {
        try await withScripts(script) { server in
            let channel = try channel(
                "\"\(server.url)/hook\"", ", secrets: [{env: ONE}, {env: TWO}], headers: {X-Api-Key: {env: KEY}}")
            let (word, isWired) = try await send(channel, try message())
            #expect(word == "sent" && isWired == true)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /hook HTTP/1.1\r\n") && request.contains("\r\nX-Api-Key: hush-key\r\n"))
            #expect(request.contains("\r\nwebhook-id: msg_\(try message().id.hex)\r\n"))
            #expect(request.contains("\r\nContent-Type: application/json\r\n") && !request.contains("Expect"))
            try folder.write(request, to: "request")
            let verify = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "webhook.py").path
            for secret in [Self.first, Self.second] {
                let result = try await Python.run(verify, [secret, folder.path("request")])
                #expect(result.output == "good session.changed\n", "\(result.output)")
            }
            let other = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()
            #expect(try await Python.run(verify, [other, folder.path("request")]).status != 0)
        }
    }

    @Test func eachAttemptHasTheSameId() async throws {
        try await withScripts([.read, .reset], [.read, .reset], script) { server in
            let channel = try channel("\"\(server.url)\"", ", secret: {env: ONE}")
            _ = try await send(channel, try message())
            _ = try await send(channel, try message())
            #expect(try await send(channel, try message()).0 == "sent")
            let ids = server.requests.map { $0.split(separator: "\r\n").first { $0.hasPrefix("webhook-id") } ?? "none" }
            #expect(ids.count == 3 && Set(ids).count == 1)
        }
    }

    @Test func withoutASecretNothingIsSigned() async throws {
        try await withScripts(script) { server in
            let (word, _) = try await send(try channel("\"\(server.url)/T0/hush\""), try message())
            #expect(word == "sent")
            #expect(server.requests.first?.lowercased().contains("webhook-") == false)
        }
    }

    /// The rules for an address in the job file and for one by reference are the same.
    @Test(arguments: [
        ("http://127.0.0.1", true), ("http://127.evil.example.com", false), ("http://localhost.example.com", false),
    ])
    func anAddressByReferenceFollowsTheSameRule(_ host: String, _ isAllowed: Bool) async throws {
        try await withScripts(script) { server in
            let url = host.hasSuffix("127.0.0.1") ? server.url : host
            let channel = try channel("{env: HOOK}", environment: ["HOOK": url])
            let (word, _) = try await send(channel, try message())
            #expect(word == (isAllowed ? "sent" : "retry credentials"))
        }
    }

    @Test func aDivertedJobCallsTheOnePlaceAndSaysSo() async throws {
        try await withScripts(script) { server in
            let channel = try channel("\"https://real.example.com/\"", ", secret: {env: ONE}", divertedTo: server.url)
            #expect(try await send(channel, try message()).0 == "sent")
            #expect(server.requests.first?.contains("\r\nUsher-Diverted: true\r\n") == true)
        }
    }

    // MARK: What comes back

    @Test(arguments: [
        ("200 OK", "sent", "sent"), ("202 Accepted", "sent", "sent"), ("204 No Content", "sent", "sent"),
        ("301 Moved\r\nLocation: /x", "retry sender", "retry sender"),
        ("308 Moved\r\nLocation: /x\r\nRetry-After: 9", "retry sender", "retry sender"),
        ("400 Bad", "failed delivery", "failed delivery"),
        ("401 No", "retry credentials", "retry credentials"), ("403 No", "retry credentials", "retry credentials"),
        ("404 No", "retry sender", "retry sender"), ("405 No", "retry sender", "retry sender"),
        ("410 Gone", "retry sender", "retry sender"),
        ("413 Big", "failed delivery", "failed delivery"), ("422 Odd", "failed delivery", "failed delivery"),
        ("429 Slow\r\nRetry-After: 7", "retry channel later", "retry channel later"),
        ("429 Slow", "retry channel", "retry channel"),
        ("503 Busy\r\nRetry-After: 7", "retry channel later", "retry channel later"),
        ("503 Busy", "retry channel", "retry channel"),
        ("500 Oops\r\nRetry-After: 7", "retry delivery later", "in doubt"),
        ("500 Oops", "retry delivery", "in doubt"), ("502 Bad", "retry channel", "in doubt"),
        ("504 Late", "retry channel", "in doubt"),
    ])
    func anAnswerDecides(_ status: String, _ signed: String, _ plain: String) async throws {
        for (options, expected) in [(", secret: {env: ONE}", signed), ("", plain)] {
            let body = status.hasPrefix("204") ? "" : "Content-Length: 3\r\n\r\nwhy"
            let answer = "HTTP/1.1 \(status)\r\n\(body.isEmpty ? "\r\n" : body)"
            try await withScripts([.read, .send(answer), .hold]) { server in
                let (word, isWired) = try await send(try channel("\"\(server.url)\"", options), try message())
                #expect(word == expected && isWired)
                #expect(server.requests.count == 1, "a redirect was followed")
            }
        }
    }

    /// 2xx is success, whatever comes after the header: the receiver has the message.
    @Test(arguments: [
        ("Content-Length: 200000\r\n\r\n" + String(repeating: "x", count: 200_000), false),
        ("Content-Length: 100\r\n\r\nten octets", false), ("\r\nuntil the end", false),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", false), ("Transfer-Encoding: chunked\r\n\r\n40\r\nhalf", false),
        ("Content-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip", false),
        ("Content-Length: 3\r\n\r\nyes", true), ("Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", true),
    ])
    func theStatusDecidesWhateverTheBody(_ rest: String, _ isKept: Bool) async throws {
        for options in [", secret: {env: ONE}", ""] {
            for status in ["200 OK", "202 Accepted", "299 Odd"] {
                let answer = "HTTP/1.1 \(status)\r\n\(rest)"
                try await withScripts([.read, .send(answer)] + (isKept ? [.hold] : [])) { server in
                    let (word, _) = try await send(try channel("\"\(server.url)\"", options), try message())
                    #expect(word == "sent", "\(status) \(rest.prefix(60))")
                }
            }
        }
    }

    @Test func anEndlessBodyIsCutAndItsHeadKept() async throws {
        let steps: [ScriptedServer.Step] = [
            .read, .send("HTTP/1.1 200 OK\r\n\r\nreceived"), .flood(Array(repeating: 120, count: 4096)),
        ]
        try await withScripts(steps) { server in
            let attempt = try await channel("\"\(server.url)\"").send(try message()) {
                () async throws(WireFailure) in
            }
            guard case .sent(let evidence) = attempt else {
                Issue.record("\(attempt)")
                return
            }
            #expect(evidence.text.text.hasPrefix("200: received"), "\(evidence)")
        }
    }

    @Test func aCompressedBodyThatGrowsBeyondTheLimitIsCut() async throws {
        // 16 MB of blanks in 16 kB: gzip's header, and one stored run after the other would be longer.
        let bomb = try await Python.run(
            "-c", ["import gzip,sys; sys.stdout.write(gzip.compress(b' ' * 16000000).hex())"])
        let octets = stride(from: 0, to: bomb.output.count - 1, by: 2).map { offset in
            let start = bomb.output.index(bomb.output.startIndex, offsetBy: offset)
            return UInt8(bomb.output[start...].prefix(2), radix: 16) ?? 0
        }
        let head = Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(octets.count)\r\n\r\n".utf8)
        try await withScripts([.read, .sendBytes(head + octets), .hold]) { server in
            let (word, _) = try await send(try channel("\"\(server.url)\""), try message())
            #expect(word == "sent")
        }
    }

    /// What stops a channel says where it happened and what to do, without the part of the URL that may be a secret.
    @Test(arguments: [
        ("301 Moved", "a redirect"), ("401 No", "check secret"), ("404 No", "check url"), ("405 No", "check url"),
        ("410 Gone", "was removed"), ("429 Slow", "slow down"),
    ])
    func aRefusalOfTheEndpointNamesItAndTheCure(_ status: String, _ cure: String) async throws {
        let answer = "HTTP/1.1 \(status)\r\nContent-Length: 3\r\n\r\nwhy"
        try await withScripts([.read, .send(answer), .hold]) { server in
            let attempt = try await channel("\"\(server.url)/T0/hush\"").send(try message()) {
                () async throws(WireFailure) in
            }
            guard case .retry(let refusal, _) = attempt else {
                Issue.record("\(attempt)")
                return
            }
            let words = refusal.reason.text
            #expect(words.hasPrefix("\(status.prefix(3)) from \(server.url) (") && words.hasSuffix(": why"), "\(words)")
            #expect(words.contains(cure) && !words.contains("hush"), "\(words)")
        }
    }

    @Test(arguments: [
        ("7", Duration.seconds(7)), ("99999999", .seconds(604_800)), ("-5", .zero),
        ("Fri, 31 Dec 9999 23:59:59 GMT", .seconds(604_800)),
    ])
    func theWaitThatAServerAsksForIsADuration(_ value: String, _ wait: Duration) async throws {
        let answer = "HTTP/1.1 429 Slow\r\nRetry-After: \(value)\r\nContent-Length: 0\r\n\r\n"
        try await withScripts([.read, .send(answer), .hold]) { server in
            let attempt = try await channel("\"\(server.url)\"").send(try message()) {
                () async throws(WireFailure) in
            }
            guard case .retry(_, let after) = attempt else {
                Issue.record("\(attempt)")
                return
            }
            #expect(after == wait)
        }
    }

    @Test(
        arguments: [
            [.read], [.read, .reset], [.read, .send("HTTP/1.1 200 OK\r\nContent-Le"), .reset],
            [.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n")], [.read, .send("SSH-2.0-x\r\n")],
            [.read, .send("HTTP/1.1 100 Continue\r\n\r\n")],
        ] as [[ScriptedServer.Step]])
    func aLinkThatBreaksAfterTheRequestLeavesADoubt(_ steps: [ScriptedServer.Step]) async throws {
        try await withScripts(steps) { server in
            let channel = try channel("\"\(server.url)\"")
            let (word, isWired) = try await send(channel, try message())
            #expect(word == "in doubt" && isWired == true)
        }
    }

    @Test(
        arguments: [
            [.hold], [.read, .hold], [.read, .send("HTTP/1.1 20"), .hold],
            [.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n"), .hold],
        ] as [[ScriptedServer.Step]])
    func anEndpointThatFallsSilentIsWaitedForAndThenInDoubt(_ steps: [ScriptedServer.Step]) async throws {
        try await withScripts(steps) { server in
            let channel = try channel("\"\(server.url)\"", patience: .seconds(1))
            let (word, isWired) = try await send(channel, try message())
            #expect(word == "in doubt" && isWired)
        }
    }

    @Test func aBodyThatFallsSilentChangesNothing() async throws {
        try await withScripts([.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha"), .hold]) { server in
            let channel = try channel("\"\(server.url)\"", patience: .seconds(1))
            let (word, _) = try await send(channel, try message())
            #expect(word == "sent")
        }
    }

    @Test func whatNeverConnectedIsCertain() async throws {
        let channel = try channel("\"http://127.0.0.1:\(try Loopback.deadPort())\"")
        let (word, isWired) = try await send(channel, try message())
        #expect(word == "retry channel" && isWired == true)
    }

    @Test func doubtsAreSettledByTheIdOrNotAtAll() async throws {
        let key = DeliveryID(["x"])
        let recipient = Recipient.channel(ChannelName(rawValue: "hook"))
        let signed = try channel("\"https://example.com\"", ", secret: {env: ONE}")
        #expect(await signed.lookUp(key, recipient: recipient, age: .zero, subject: nil) == .notDelivered)
        guard
            case .unknown = await (try channel("\"https://example.com\"")).lookUp(
                key, recipient: recipient, age: .zero, subject: nil)
        else {
            Issue.record("a doubt was resolved without an id")
            return
        }
    }

    // MARK: What never leaves

    @Test(arguments: [
        ("{env: NONE}", ""), ("{env: BAD}", ""), ("\"https://example.com\"", ", secret: {env: BAD}"),
        ("\"https://example.com\"", ", secret: {env: NONE}"),
        ("\"https://example.com\"", ", headers: {X-Key: {env: NONE}}"),
    ])
    func whatCannotBePreparedStopsTheChannel(_ url: String, _ options: String) async throws {
        let (word, isWired) = try await send(try channel(url, options), try message())
        #expect(word == "retry credentials" && isWired == false)
    }

    @Test func aPrivateAddressIsRefusedUnlessTheJobSaysSo() async throws {
        try await withScripts(script) { server in
            let plain = server.url.replacing("127.0.0.1", with: "2130706433")
            let refused = try channel("\"\(plain)\"", ", insecure: true")
            #expect(try await send(refused, try message()).0 == "retry channel" && server.accepted == 0)
            let allowed = try channel("\"\(plain)\"", ", insecure: true, private: true")
            #expect(try await send(allowed, try message()).0 == "sent")
        }
    }
}

import Synchronization
import Testing
import UsherCredentials
import UsherGraph
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

@Suite("mail through Microsoft Graph")
struct GraphMailChannelTests {
    private func channel(
        _ server: GraphServer, port: UInt16? = nil, secret: String = GraphServer.secret
    ) throws -> GraphMailChannel {
        let url = port.map { "http://127.0.0.1:\($0)" } ?? server.url
        let connection = GraphConnection(
            EntraApplication(
                cloud: .global, tenant: .env("TENANT"),
                authentication: .clientSecret(clientID: .env("CLIENT"), secret: .env("SECRET")), loginURL: server.url),
            graphURL: url)
        let profile = MailProfile(from: try Mailbox("Events <events@contoso.example>"))
        var environment = GraphServer.environment
        environment["SECRET"] = secret
        let ids = Mutex(0)
        let runtime = RuntimeEnvironment(
            variables: environment,
            clock: WallClock(now: { Instant(secondsSince1970: 1_796_000_000) }, pause: { _ in await Task.yield() }),
            jitter: { 0.5 },
            makeID: {
                ids.withLock { ids in
                    ids += 1
                    return "mail-\(ids)"
                }
            })
        let client = try GraphClient(
            connection, runtime, secrets: SecretStore(environment: environment, folder: "/", clock: .still))
        return GraphMailChannel(
            GraphMailOptions(user: "events@contoso.example", profile: profile), client: client,
            clock: runtime.clock, width: 2)
    }

    private func message(_ channel: GraphMailChannel) throws -> Message {
        guard case .mail(let profile) = channel.format else { throw WireFailure("no mail") }
        let key = DeliveryID(["m"])
        let text = "Message-ID: \(profile.messageID(of: key))\r\nSubject: =?UTF-8?Q?=C3=BC?=\r\n\r\nText\r\n"
        return Message(
            id: key, recipient: .person(try Address("p@example.com")),
            content: .mail(
                sender: profile.from.address, recipient: try Address("p@example.com"), bytes: Array(text.utf8)))
    }

    private func send(_ channel: GraphMailChannel) async throws -> (String, isWired: Bool) {
        let wired = Mutex(false)
        let attempt = try await channel.send(try message(channel)) { () async throws(WireFailure) in
            wired.withLock { $0 = true }
        }
        let word =
            switch attempt {
            case .sent: "sent"
            case .retry(let refusal, let after):
                "retry \(refusal.scope.rawValue)\(after == nil ? "" : " later")"
            case .failed(let refusal): "failed \(refusal.scope.rawValue)"
            case .inDoubt: "in doubt"
            }
        return (word, wired.withLock { $0 })
    }

    @Test func aMailArrivesAsItIsWithItsMarkInFront() async throws {
        try await GraphServer.run { server in
            let channel = try channel(server)
            let (word, isWired) = try await send(channel)
            #expect(word == "sent" && isWired)
            guard case .mail(_, _, let bytes) = try message(channel).content else { return }
            let mark = "X-Usher-Delivery: \(try message(channel).id.hex.prefix(40))\r\n"
            #expect(server.mails == [mark + String(decoding: bytes, as: UTF8.self)])
        }
    }

    @Test(arguments: [
        (GraphServer.Fault.throttle(9), "retry channel later"), (.status(503), "retry channel"),
        (.status(500), "in doubt"),
        (.status(504), "in doubt"), (.status(403), "retry credentials"), (.status(404), "retry channel"),
        (.status(400), "failed delivery"), (.status(413), "failed delivery"),
    ])
    func anAnswerDecides(_ fault: GraphServer.Fault, _ expected: String) async throws {
        try await GraphServer.run { server in
            server.faults { _, _ in fault }
            let (word, _) = try await send(try channel(server))
            #expect(word == expected && server.mails.isEmpty)
        }
    }

    @Test func aTokenThatEndsUnderWayIsReplacedAndTheMailGoesOnce() async throws {
        try await GraphServer.run { server in
            let channel = try channel(server)
            _ = try await send(channel)
            server.endTokens()
            let (word, _) = try await send(channel)
            #expect(word == "sent" && server.mails.count == 2)
        }
    }

    @Test func aRefusedSignInStopsTheChannelBeforeAnythingLeaves() async throws {
        try await GraphServer.run { server in
            let (word, isWired) = try await send(try channel(server, secret: "wrong"))
            #expect(word == "retry credentials" && !isWired && server.mails.isEmpty)
        }
    }

    /// The link breaks before the request, and after it.
    @Test(arguments: [
        (FaultyLink.Fate.resetAtOnce, 0), (.resetBeforeAnswer, 1),
    ])
    func aBrokenLinkIsADoubtThatTheMailboxResolves(_ fate: FaultyLink.Fate, _ taken: Int) async throws {
        try await GraphServer.run { server in
            let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
            let link = try FaultyLink(to: port) { $0 == 0 ? fate : .whole }
            defer { link.stop() }
            let channel = try channel(server, port: link.port)
            let (word, isWired) = try await send(channel)
            #expect(word == "in doubt" && isWired && server.mails.count == taken)
            let message = try message(channel)
            let early = await channel.lookUp(message.id, recipient: message.recipient, age: .seconds(60), subject: nil)
            let late = await channel.lookUp(
                message.id, recipient: message.recipient, age: .seconds(3600), subject: nil)
            guard taken == 0 else {
                guard case .delivered = early, case .delivered = late else {
                    Issue.record("\(early), \(late)")
                    return
                }
                return
            }
            guard case .unknown = early, case .notDelivered = late else {
                Issue.record("\(early), \(late)")
                return
            }
        }
    }

    @Test func aMailboxThatCannotBeReadResolvesNothing() async throws {
        try await GraphServer.run { server in
            server.faults { _, _ in .status(403) }
            let channel = try channel(server)
            let message = try message(channel)
            guard
                case .unknown = await channel.lookUp(
                    message.id, recipient: message.recipient, age: .seconds(9999), subject: nil)
            else {
                Issue.record("resolved without an answer")
                return
            }
        }
    }

    // MARK: check --online

    @Test(arguments: [
        (["Mail.Send", "Mail.ReadBasic.All"], [true, true, false]),
        (["Mail.Send", "Mail.ReadWrite"], [true, true, false]),
        (["Mail.ReadBasic.All"], [true, false, false]), (["VirtualEvent.Read.All"], [true, false, false]),
    ])
    func theTokenIsAskedForWhatSendingNeeds(_ permissions: [String], _ expected: [Bool]) async throws {
        try await GraphServer.run { server in
            server.permit(permissions)
            // The mailbox itself is closed to the application.
            server.faults { path, _ in path.hasSuffix("/messages") ? .status(403) : nil }
            let steps = await (try channel(server)).examine()
            #expect(steps.map { $0.error == nil } == expected, "\(steps)")
            let mailbox = steps.last?.error?.problem ?? ""
            let canRead = permissions.contains { $0.hasPrefix("Mail.Read") }
            #expect(mailbox.contains(canRead ? "restricted" : "lacks the permission Mail.ReadBasic.All"), "\(mailbox)")
        }
    }
}

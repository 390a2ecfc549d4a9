import Foundation
import Testing
import UsherCredentials
import UsherEngine
import UsherGraph
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

/// Every kind of channel against the contract, each with a real peer.
@Suite("the contract of a channel")
struct ChannelConformanceTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A kind, in each form that promises something different.
    enum Candidate: String, CaseIterable {
        case smtp
        case graphMail = "graph-mail"
        case webhook
        case signedWebhook = "webhook, signed"
        case outbox
        case jsonOutbox = "outbox, json"

        var kind: String { String(rawValue.prefix { $0 != "," }) }
    }

    @Test func everyKindIsHeldToIt() {
        #expect(Set(Candidate.allCases.map(\.kind)) == Set(ChannelKinds.names))
    }

    @Test(arguments: Candidate.allCases) func eachKeepsIt(_ candidate: Candidate) async throws {
        switch candidate {
        case .smtp: try await MailServer.run { try await ChannelConformance.run(try smtp($0)) }
        case .graphMail: try await GraphServer.run { try await ChannelConformance.run(try graphMail($0)) }
        case .webhook: try await WebhookReceiver.run { try await ChannelConformance.run(try webhook($0, "")) }
        case .signedWebhook:
            try await WebhookReceiver.run { try await ChannelConformance.run(try webhook($0, ", secret: {env: KEY}")) }
        case .outbox: try await ChannelConformance.run(try outbox("eml"))
        case .jsonOutbox: try await ChannelConformance.run(try outbox("json"))
        }
    }

    // MARK: Peers

    private static let environment = GraphServer.environment.merging([
        "KEY": "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()
    ]) { $1 }
    private var secrets: SecretStore { SecretStore(environment: Self.environment, folder: folder.path, clock: .still) }

    private func node(_ text: String) throws -> ChannelNode {
        let job = try Job(
            Array("name: test\nsource: {kind: file, path: x}\nchannels: {it: {\(text)}}\n".utf8), file: "job.yaml"
        ) { _ in true }
        return try #require(job.channels.first)
    }

    private static func mail(_ key: DeliveryID) throws -> Message {
        let (sender, recipient) = (try Address("events@contoso.example"), try Address("ada@example.com"))
        let id = MailProfile(from: try Mailbox("events@contoso.example")).messageID(of: key)
        return Message(
            id: key, recipient: .person(recipient),
            content: .mail(
                sender: sender, recipient: recipient,
                bytes: Array("Message-ID: \(id)\r\nSubject: \(key.hex)\r\n\r\nHello\r\n".utf8)))
    }

    private static func payload(_ key: DeliveryID) throws -> Message {
        Message(
            id: key, recipient: .channel(ChannelName(rawValue: "it")),
            content: .payload(mediaType: "application/json", bytes: Array(#"{"key": "\#(key.hex)"}"#.utf8)))
    }

    private func smtp(_ server: MailServer) throws -> ChannelConformance.Peer {
        func channel(_ url: String) throws -> any Channel {
            let problems = JobProblems()
            let node = try node("kind: smtp, url: \"\(url)\", tls: none, from: events@contoso.example")
            let options = try #require(SMTPOptions(node, problems, folder: "/"), "\(problems.errors)")
            return SMTPChannel(options, width: 2, signIn: nil)
        }
        return ChannelConformance.Peer(
            connect: { try channel(server.url) },
            connectToNowhere: { try channel("smtp://127.0.0.1:\(try Loopback.deadPort())") },
            connectAndBreak: {
                server.expect(.dot, .drop(isReset: true))
                return try channel(server.url)
            },
            message: Self.mail, count: { key in server.taken.count { $0.text.contains(key.hex) } },
            total: { server.taken.count })
    }

    private func graphMail(_ server: GraphServer) throws -> ChannelConformance.Peer {
        let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })
        server.permit(["Mail.Send", "Mail.ReadBasic.All"])
        // One for all channels: the server refuses a request id that it has seen.
        let runtime = RuntimeEnvironment.rehearsed(environment: Self.environment)
        func channel(_ port: UInt16) throws -> any Channel {
            let problems = JobProblems()
            let node = try node(
                """
                kind: graph-mail, user: events@contoso.example, from: events@contoso.example, tenant: {env: TENANT}, \
                auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: SECRET}}, \
                graph-url: "http://127.0.0.1:\(port)", login-url: "\(server.url)"
                """)
            let options = try #require(GraphMailOptions(node, problems), "\(problems.errors)")
            let client = try GraphClient(try #require(options.connection), runtime, secrets: secrets)
            return GraphMailChannel(options, client: client, clock: runtime.clock, width: 2)
        }
        return ChannelConformance.Peer(
            connect: { try channel(port) }, connectToNowhere: { try channel(try Loopback.deadPort()) },
            connectAndBreak: {
                try channel(try FaultyLink(to: port) { $0 == 0 ? .resetBeforeAnswer : .whole }.port)
            },
            message: Self.mail, count: { key in server.mails.count { $0.contains(key.hex) } },
            total: { server.mails.count })
    }

    private func webhook(_ receiver: WebhookReceiver, _ more: String) throws -> ChannelConformance.Peer {
        func channel(_ port: UInt16) throws -> any Channel {
            let problems = JobProblems()
            let node = try node("kind: webhook, url: \"http://127.0.0.1:\(port)/hook\"\(more)")
            let options = try #require(WebhookOptions(node, problems, folder: "/"), "\(problems.errors)")
            return try WebhookChannel(
                options, width: 2, secrets: secrets, clock: RuntimeEnvironment.rehearsed().clock, divertedTo: nil)
        }
        return ChannelConformance.Peer(
            connect: { try channel(receiver.port) }, connectToNowhere: { try channel(try Loopback.deadPort()) },
            connectAndBreak: { try channel(try FaultyLink(to: receiver.port) { _ in .resetBeforeAnswer }.port) },
            message: Self.payload, count: { key in receiver.bodies.count { $0.contains(key.hex) } },
            total: { receiver.bodies.count })
    }

    private func outbox(_ format: String) throws -> ChannelConformance.Peer {
        let folder = folder
        try folder.write("not a folder", to: "file")
        func channel(_ path: String) throws -> any Channel {
            let problems = JobProblems()
            let from = format == "eml" ? ", from: events@contoso.example" : ""
            let node = try node("kind: outbox, to: \(path), format: \(format)\(from)")
            return OutboxChannel(
                try #require(OutboxOptions(node, problems, folder: folder.path), "\(problems.errors)"), width: 4)
        }
        return ChannelConformance.Peer(
            connect: { try channel("out") }, connectToNowhere: { try channel("file/out") },
            message: { key in format == "eml" ? try Self.mail(key) : try Self.payload(key) },
            count: { key in folder.list("out").count { $0 == "\(key.hex).\(format)" } },
            total: { folder.list("out").count { $0.hasSuffix(".\(format)") } })
    }
}

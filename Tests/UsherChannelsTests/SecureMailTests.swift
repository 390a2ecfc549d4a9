import Foundation
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherChannels

@Suite("mail to a server with TLS and sign-in")
struct SecureMailTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func channel(_ port: String, _ more: String, word: String = "hush-pass") throws -> SMTPChannel {
        let problems = JobProblems()
        let job = try Job(
            Array(
                """
                name: test
                source: {kind: file, path: x}
                ledger: x.sqlite
                channels: {mail: {kind: smtp, url: "smtp://127.0.0.1:\(port)", from: "E <events@contoso.example>", username: {env: NAME}, password: {env: WORD}\(more)}}
                rules: [{when: registered, to: attendees, via: mail, template: invite}]
                """.utf8), file: "job.yaml"
        ) { _ in true }
        let node = try #require(job.channels.first)
        let options = try #require(SMTPOptions(node, problems, folder: folder.path), "\(problems.errors)")
        let secrets = SecretStore(environment: ["NAME": "events", "WORD": word], folder: folder.path, clock: .still)
        let authentication = try #require(options.authentication)
        let signIn = try MailSignIn(authentication, source: nil, .rehearsed(), secrets: secrets)
        return SMTPChannel(options, width: 2, signIn: signIn)
    }

    private func message(_ text: String) throws -> Message {
        Message(
            id: DeliveryID([text]), recipient: .person(try Address("jörg@bücher.example")),
            content: .mail(
                sender: try Address("events@contoso.example"), recipient: try Address("jörg@bücher.example"),
                bytes: Array("Subject: x\r\n\r\n\(text)\r\n".utf8)))
    }

    @Test func aLargeMessageArrivesWholeAndOnlyOverTLSWithTheRightNameAndWord() async throws {
        _ = try GraphServer.makeCertificate(in: folder, for: "127.0.0.1")
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "mailserver.py").path
        let server = try await Python.Server.start(
            script, [folder.path("cert.pem"), folder.path("key.pem"), folder.path("taken.jsonl")])
        defer { server.stop() }
        let text = (0..<4000).map { ".line \($0) \(String(repeating: "x", count: $0 % 60))" }.joined(separator: "\r\n")
        let attempt = try await channel(server.line, ", ca-file: cert.pem").send(message(text)) {}
        guard case .sent = attempt else {
            Issue.record("\(attempt)")
            return
        }
        let taken = try String(contentsOfFile: folder.path("taken.jsonl"), encoding: .utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(taken.utf8)) as? [String: Any])
        #expect(object["text"] as? String == "Subject: x\r\n\r\n\(text)\r\n")
        #expect(object["tls"] as? Bool == true && object["user"] as? String == "events")
        #expect((object["to"] as? [String])?.first?.hasPrefix("jörg@") == true, "\(object["to"] ?? "")")

        // A certificate that no one vouches for, and a wrong word: no message, and the channel stops.
        let strange = try await channel(server.line, "").send(message("x")) {}
        guard case .retry(let refusal, _) = strange, refusal.scope == .channel else {
            Issue.record("\(strange)")
            return
        }
        let wrong = try await channel(server.line, ", ca-file: cert.pem", word: "wrong").send(message("x")) {}
        guard case .retry(let refused, _) = wrong, refused.scope == .credentials else {
            Issue.record("\(wrong)")
            return
        }
        let after = try String(contentsOfFile: folder.path("taken.jsonl"), encoding: .utf8)
        #expect(after == taken)
    }
}

import Foundation
import Synchronization
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("mail servers that send wrong data")
struct FaultyServerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private struct Outcome {
        let subjects: [String]
        let failure: SourceError?
    }

    private func read(_ fault: String) async throws -> Outcome {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "faulty_imap.py").path
        let server = try await Python.Server.start(script, [fault])
        let text = "url: \"imap://127.0.0.1:\(server.line)\", tls: none, username: {env: NAME}, password: {env: WORD}"
        let job = try Job(
            Array(
                "name: t\nsource: {kind: file, path: x}\nchannels: {out: {kind: outbox, to: out, from: a@b.test}}\ninbox: {\(text)}\n"
                    .utf8), file: "job.yaml"
        ) { _ in true }
        let problems = JobProblems()
        let node = try #require(job.inbox)
        let options = try #require(
            InboxOptions(node, problems, folder: folder.path), "\(problems.errors)")
        let secrets = SecretStore(
            environment: ["NAME": "ada", "WORD": "hush-hush"], folder: folder.path, clock: .still)
        let signIn = try MailSignIn(options.authentication, source: nil, .rehearsed(), secrets: secrets)
        let subjects = Mutex<[String]>([])
        var failure: SourceError?
        do throws(SourceError) {
            try await InboxReader(options, signIn: signIn).read(
                first: { _ in 1 },
                receive: { _, message in
                    subjects.withLock { $0.append(message.subject.text) }
                    return true
                }, isStopping: { false })
        } catch {
            failure = error
        }
        try await server.finish()
        return Outcome(subjects: subjects.withLock { $0 }, failure: failure)
    }

    @Test(arguments: ["none", "order", "quoted"])
    func aMessageThatLooksLikeAResponseIsReadAsAMessage(_ fault: String) async throws {
        let outcome = try await read(fault)
        #expect(outcome.failure == nil)
        #expect(outcome.subjects == [fault == "quoted" ? "\"x\"" : "x"])
    }

    @Test(arguments: ["nil", "other", "nested"])
    func unrequestedDataAreIgnored(_ fault: String) async throws {
        let outcome = try await read(fault)
        #expect(outcome.failure == nil && outcome.subjects.isEmpty)
    }

    @Test(
        arguments: [
            ("refused", .malformed, "refused EXAMINE"), ("no-validity", .malformed, "UIDVALIDITY"),
            ("zero", .malformed, "UIDVALIDITY"), ("huge", .malformed, "4294967296 octets"),
            ("negative", .malformed, "-5 octets"), ("long", .malformed, "a line of more than"),
            ("cut", .unreachable, "ended the connection"), ("bye", .unreachable, "ended the session"),
        ] as [(String, SourceError.Code, String)])
    func invalidDataStopTheReading(_ fault: String, _ code: SourceError.Code, _ words: String) async throws {
        let outcome = try await read(fault)
        let failure = try #require(outcome.failure)
        #expect(failure.code == code && failure.problem.contains(words), "\(failure)")
        #expect(outcome.subjects.isEmpty && !failure.description.contains("hush-hush"))
    }
}

import Foundation
import Testing
import UsherCredentials
import UsherJob
import UsherModel
import UsherPublishers
import UsherTesting

/// Publications as a job file names them, and the servers they go to.
struct PublicationFixture {
    let folder: TemporaryFolder

    /// Secrets that the jobs below name.
    var environment = ["USER": "ada", "WORD": "opensesame", "WRONG": "wrong"]

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path("site"), withIntermediateDirectories: true)
    }

    static let credentials = ", username: {env: USER}, password: {env: WORD}"

    enum Failure: Error { case noURL }

    /// Starts `servers.py`, and passes on what it prints behind its port.
    func serve(_ words: [String], _ body: (_ base: String, _ more: [String]) async throws -> Void) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "servers.py").path
        let server = try await Python.Server.start(script, words)
        do {
            let parts = server.line.split(separator: " ").map(String.init)
            try #require(parts.first.flatMap { UInt16($0) } != nil, "\(server.line)")
            try await body("http://127.0.0.1:\(parts[0])", Array(parts.dropFirst()))
        } catch {
            try await server.finish()
            throw error
        }
        try await server.finish()
    }

    /// The only publication of a job with these keys.
    func kind(_ keys: String) throws -> KindNode {
        let job = """
            name: j
            source: {kind: file, path: events}
            channels: {out: {kind: outbox, to: out, from: a@example.com}}
            rules: [{when: registered, to: attendees, via: out, template: invite}]
            publish: [{\(keys)}]
            """
        let parsed = try Job(Array(job.utf8), file: folder.path("job.yaml")) { _ in true }
        return try #require(parsed.publications.first)
    }

    /// Where a calendar with these keys goes.
    func destination(_ keys: String) throws -> WebOptions {
        let problems = JobProblems()
        let options = try #require(
            CalendarOptions(
                try kind("kind: calendar, \(keys)"), problems, folder: folder.path(""), isZone: { _ in true }),
            "\(problems.errors)")
        guard case .web(let destination) = options.destination else { throw Failure.noURL }
        return destination
    }

    var secrets: SecretStore { SecretStore(environment: environment, folder: folder.path(""), clock: .still) }

    /// Publishes a text to a URL, as a publication with these further keys does, and returns what is remembered then.
    func put(
        _ text: String, _ url: String, _ keys: String = "", known: PublishedMark? = nil
    ) async throws -> (outcome: PublishOutcome, mark: PublishedMark) {
        let destination = try destination("to: \"\(url)\"\(keys)")
        let site = try await WebDestination(destination, secrets: secrets)
        let memory = MarksInMemory(known.map { [destination.pattern: $0] } ?? [:])
        do {
            let outcome = try await site.publish(
                Artifact(location: destination.pattern, bytes: Array(text.utf8), mediaType: "text/calendar"), in: nil,
                memory: memory)
            await site.close()
            return (outcome, try #require(memory.mark(of: destination.pattern)))
        } catch {
            await site.close()
            throw error
        }
    }
}

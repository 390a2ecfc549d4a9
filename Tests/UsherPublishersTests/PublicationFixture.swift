import Foundation
import Synchronization
import Testing
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

    /// Starts `servers.py`, and gives what it says behind its port.
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
    func destination(_ keys: String) throws -> HTTPDestination {
        let problems = JobProblems()
        let options = try #require(
            CalendarOptions(
                try kind("kind: calendar, \(keys)"), problems, folder: folder.path(""), isZone: { _ in true }),
            "\(problems.errors)")
        guard case .url(let destination) = options.destination else { throw Failure.noURL }
        return destination
    }

    var secrets: SecretStore { SecretStore(environment: environment, folder: folder.path("")) }

    /// Puts a text to a URL, as a publication with these further keys does.
    func put(
        _ text: String, _ url: String, _ keys: String = "", known: PublishedMark? = nil
    ) async throws -> (outcome: Published, mark: PublishedMark) {
        let destination = try destination("to: \"\(url)\"\(keys)")
        let site = try HTTPPublisher(destination, secrets: secrets)
        do {
            let result = try await site.publish(
                Array(text.utf8), mediaType: "text/calendar", to: destination.pattern, known: known)
            await site.finish()
            return result
        } catch {
            await site.finish()
            throw error
        }
    }
}

/// What a ledger would remember.
final class MarksInMemory: PublicationMemory {
    private let marks = Mutex<[String: PublishedMark]>([:])

    var count: Int { marks.withLock { $0.count } }

    func mark(of location: String) -> PublishedMark? { marks.withLock { $0[location] } }

    func remember(_ mark: PublishedMark?, of location: String) { marks.withLock { $0[location] = mark } }
}

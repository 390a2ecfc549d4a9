import Foundation
import Testing
import UsherJob
import UsherModel
import UsherTesting

@testable import UsherSources

@Suite("how a calendar is fetched")
struct FeedFetchTests {
    private let world: FeedWorld
    init() throws { world = try FeedWorld() }

    private func answer(
        _ fields: String = "", status: String = "200 OK", body: String = FeedWorld.feed(FeedWorld.event("u"))
    ) -> [ScriptedServer.Step] {
        [
            .read,
            .send(
                "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"),
        ]
    }

    private func listing(_ source: ICSSource) async throws -> Listing {
        try await source.listing(in: GraphWorld.december, known: [])
    }

    /// A field of a request.
    private func field(_ name: String, _ request: String) -> String? {
        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("\(name.lowercased()): ") }
            .map { String($0.dropFirst(name.count + 2)) }
    }

    // MARK: What the server is told

    @Test func theServerIsToldWhoAsks() async throws {
        try await withScripts(answer()) { server in
            _ = try await listing(world.source("url: \"\(server.url)/a\""))
            let request = try #require(server.requests.first)
            #expect(field("user-agent", request) == "usher/\(Product.version) (+\(Product.address))")
            #expect(field("authorization", request) == nil)
        }
    }

    @Test(arguments: [
        (", username: {env: NAME}, password: {env: WORD}", "Basic YWRhOmh1c2g="),
        (", token: {env: WORD}", "Bearer hush"),
    ])
    func theSourceSignsIn(_ options: String, _ value: String) async throws {
        try await withScripts(answer()) { server in
            let source = try world.source(
                "url: \"\(server.url)/a\"", "\(options), user-agent: Feeder 1, headers: {X-Key: {env: WORD}}",
                environment: ["NAME": "ada", "WORD": "hush"])
            #expect(try await listing(source).sessions.count == 1)
            let request = try #require(server.requests.first)
            #expect(field("authorization", request) == value && field("x-key", request) == "hush")
            #expect(field("user-agent", request) == "Feeder 1")
        }
    }

    @Test(arguments: ["401 Unauthorized", "403 Forbidden"])
    func aServerThatRefusesIsSaidWithWhatMayHelp(_ status: String) async throws {
        try await withScripts(answer(status: status)) { server in
            let source = try world.source(
                "url: \"\(server.url)/a\"", ", token: {env: WORD}", environment: ["WORD": "hush"])
            let error = await #expect(throws: SourceError.self) { try await listing(source) }
            #expect(error?.code == .refusedCredentials && error?.next.contains("user-agent") == true)
            #expect(error?.description.contains("hush") == false)
        }
    }

    @Test func whoeverIsRedirectedToDoesNotLearnTheSecrets() async throws {
        try await withScripts(answer()) { other in
            let moved = answer("Location: \(other.url)/b\r\n", status: "302 Found", body: "")
            try await withScripts(moved) { server in
                let source = try world.source(
                    "url: \"\(server.url)/a\"", ", token: {env: WORD}, headers: {X-Key: {env: WORD}}",
                    environment: ["WORD": "hush"])
                #expect(try await listing(source).sessions.count == 1)
                #expect(server.requests.first?.contains("hush") == true)
                #expect(other.requests.first?.contains("hush") == false)
            }
        }
    }

    @Test(arguments: [
        ("url: \"https://a.example/\"", ", token: {env: A}, password: {env: A}"),
        ("url: \"https://a.example/\"", ", username: {env: A}"), ("url: \"https://a.example/\"", ", token: hush"),
        ("url: \"https://a.example/\"", ", user-agent: \"\""), ("file: a.ics", ", user-agent: x"),
        ("file: a.ics", ", token: {env: A}"), ("url: \"https://ada:hush@a.example/\"", ""),
    ])
    func optionsThatDoNotFitAreRefused(_ location: String, _ more: String) throws {
        let problems = JobProblems()
        _ = try world.options(location, more, problems)
        #expect(problems.errors.count == 1 && !"\(problems.errors)".contains("hush"), "\(problems.errors)")
    }

    // MARK: A feed that has not changed

    private static let dated =
        "Date: Thu, 26 Nov 2026 10:00:00 GMT\r\nLast-Modified: Wed, 25 Nov 2026 10:00:00 GMT\r\n"

    @Test(arguments: [
        ("ETag: \"a\"\r\n", "If-None-Match", "\"a\""), (dated, "If-Modified-Since", "Wed, 25 Nov 2026 10:00:00 GMT"),
    ])
    func aFeedThatHasNotChangedIsNotFetchedAgain(_ fields: String, _ name: String, _ value: String) async throws {
        try await withScripts(answer(fields), answer(fields, status: "304 Not Modified", body: "")) { server in
            let first = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
            let second = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
            #expect(first == second && first.sessions.count == 1)
            #expect(field(name, server.requests[0]) == nil && field(name, server.requests[1]) == value)
        }
        let mode = try FileManager.default.attributesOfItem(atPath: world.cache.path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
    }

    @Test func aFeedThatHasChangedTakesThePlaceOfTheKeptOne() async throws {
        let changed = FeedWorld.feed(FeedWorld.event("v"))
        try await withScripts(
            answer("ETag: a\r\n"), answer("ETag: b\r\n", body: changed), answer(status: "304 Not Modified", body: "")
        ) { server in
            var events: [[String]] = []
            for _ in 1...3 {
                let listing = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
                events.append(listing.sessions.map(\.key.event.rawValue))
            }
            #expect(events == [["u"], ["v"], ["v"]])
            #expect(server.requests.map { field("if-none-match", $0) } == [nil, "a", "b"])
        }
    }

    @Test(arguments: [
        // A date that may stand for two versions, a server that forbids it, nothing to compare, and a feed that was cut off.
        ("Date: Thu, 26 Nov 2026 10:00:00 GMT\r\nLast-Modified: Thu, 26 Nov 2026 10:00:00 GMT\r\n", 0),
        ("ETag: a\r\nCache-Control: private, no-store\r\n", 0), ("", 0), ("ETag: a\r\n", 20),
    ])
    func whatCannotBeTrustedIsNotKept(_ fields: String, _ cut: Int) async throws {
        let body = String(FeedWorld.feed(FeedWorld.event("u")).dropLast(cut))
        try await withScripts(answer(fields, body: body)) { server in
            for _ in 1...2 {
                let source = try world.source("url: \"\(server.url)/a\"", keeps: true)
                _ = try? await listing(source)
            }
            #expect(server.requests.count == 2)
            #expect(server.requests.allSatisfy { !$0.lowercased().contains("\r\nif-") })
        }
        #expect(!FileManager.default.fileExists(atPath: world.cache.path))
    }

    @Test func theKeptFeedIsOfNoUseElsewhere() async throws {
        try await withScripts(answer("ETag: a\r\n")) { server in
            _ = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
            _ = try await listing(world.source("url: \"\(server.url)/b\"", keeps: true))
            _ = try await listing(world.source("url: \"\(server.url)/b\"", ", user-agent: x", keeps: true))
            _ = try await listing(world.source("url: \"\(server.url)/b\"", ", user-agent: x"))
            #expect(server.requests.count == 4 && server.requests.allSatisfy { field("if-none-match", $0) == nil })
        }
    }

    @Test func aDamagedFileIsOfNoAccount() async throws {
        try await withScripts(answer("ETag: a\r\n")) { server in
            _ = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
            var bytes = try Array(Data(contentsOf: URL(filePath: world.cache.path)))
            bytes[bytes.count - 40] ^= 1
            try Data(bytes).write(to: URL(filePath: world.cache.path))
            let listing = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
            #expect(listing.sessions.count == 1 && field("if-none-match", server.requests[1]) == nil)
        }
    }

    @Test func anUnaskedAnswerThatNothingHasChangedIsAnError() async throws {
        try await withScripts(answer(status: "304 Not Modified", body: "")) { server in
            let source = try world.source("url: \"\(server.url)/a\"", keeps: true)
            await #expect(throws: SourceError.self) { try await listing(source) }
        }
    }

    @Test func whatIsKeptCanBeRemoved() async throws {
        try await withScripts(answer("ETag: a\r\n")) { server in
            _ = try await listing(world.source("url: \"\(server.url)/a\"", keeps: true))
        }
        #expect(FileManager.default.fileExists(atPath: world.cache.path))
        try FeedCache.removeAll(besideLedger: world.folder.path("x.sqlite"))
        #expect(!FileManager.default.fileExists(atPath: world.cache.path))
    }
}

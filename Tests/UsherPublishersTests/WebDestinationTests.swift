import Foundation
import Testing
import UsherModel
import UsherPublishers
import UsherTesting
import UsherTransfer

/// Publications by conditional PUT to WsgiDAV, to nginx, and to servers that misbehave.
@Suite("publications to web servers")
struct WebDestinationTests {
    private let fixture: PublicationFixture
    private var folder: TemporaryFolder { fixture.folder }

    init() throws { fixture = try PublicationFixture() }

    private func webDAV(_ body: (String) async throws -> Void) async throws {
        try await fixture.serve(["webdav", folder.path("site"), "ada", "opensesame"]) { base, _ in try await body(base)
        }
    }

    private static let credentials = PublicationFixture.credentials

    private func put(
        _ text: String, _ url: String, _ keys: String = "", known: PublishedMark? = nil
    ) async throws -> (outcome: PublishOutcome, mark: PublishedMark) {
        try await fixture.put(text, url, keys, known: known)
    }

    @Test func aFileIsMadeWithItsCollectionsLeftAloneAndReplaced() async throws {
        try await webDAV { base in
            let url = "\(base)/a/b/feed.ics"
            let first = try await put("one", url, Self.credentials)
            #expect(first.outcome == .written && first.mark.entityTag != nil)
            #expect(try folder.read("site/a/b/feed.ics") == "one")
            let inode =
                try FileManager.default.attributesOfItem(atPath: folder.path("site/a/b/feed.ics"))[
                    .modificationDate] as? Date
            let second = try await put("one", url, Self.credentials, known: first.mark)
            #expect(second.outcome == .unchanged && second.mark == first.mark)
            let forgotten = try await put("one", url, Self.credentials)
            #expect(forgotten.outcome == .unchanged && forgotten.mark == first.mark)
            let after =
                try FileManager.default.attributesOfItem(atPath: folder.path("site/a/b/feed.ics"))[
                    .modificationDate] as? Date
            #expect(inode == after)
            let third = try await put("three", url, Self.credentials, known: first.mark)
            #expect(third.outcome == .written && third.mark != first.mark)
            #expect(try folder.read("site/a/b/feed.ics") == "three")
        }
    }

    @Test func whatSomeoneElseWroteIsNoticedAndKept() async throws {
        try await webDAV { base in
            let url = "\(base)/feed.ics"
            let first = try await put("ours", url, Self.credentials)
            try folder.write("theirs, and longer", to: "site/feed.ics")
            for text in ["ours", "ours, newer"] {
                let error = await #expect(throws: PublishError.self) {
                    try await put(text, url, Self.credentials, known: first.mark)
                }
                #expect(error?.code == .lostRace && error?.location.contains("/feed.ics") == true)
            }
            #expect(try folder.read("site/feed.ics") == "theirs, and longer")
            // Deleted, it is written again.
            try FileManager.default.removeItem(atPath: folder.path("site/feed.ics"))
            let again = try await put("ours, newer", url, Self.credentials, known: first.mark)
            #expect(again.outcome == .written)
            #expect(try folder.read("site/feed.ics") == "ours, newer")
        }
    }

    @Test(arguments: ["", ", username: {env: USER}, password: {env: WRONG}", ", token: {env: WRONG}"])
    func refusedCredentialsAreSaidWithoutThem(_ keys: String) async throws {
        try await webDAV { base in
            let error = await #expect(throws: PublishError.self) { try await put("one", "\(base)/feed.ics", keys) }
            #expect(error?.code == .refusedCredentials)
            #expect(error?.description.contains("wrong") == false && error?.description.contains("401") == true)
        }
    }

    /// nginx sends readers an entity tag, and ignores conditions on PUT.
    @Test func nginxServesWhatWasPublishedAndAnswers304() async throws {
        try await fixture.serve(["nginx", folder.path("site")]) { base, _ in
            let url = "\(base)/deep/er/feed.ics"
            let first = try await put("one", url)
            #expect(first.outcome == .written && first.mark.entityTag != nil)
            let second = try await put("one", url, known: first.mark)
            #expect(second.outcome == .unchanged)
            let client = try HTTPClient()
            let tag = try #require(first.mark.entityTag)
            let answer = try await client.send(
                HTTPRequest(.get, HTTPURL(url), fields: [HeaderField("If-None-Match", tag)]))
            #expect(answer.status == 304)
            await client.close()
            let third = try await put("three", url, known: first.mark)
            #expect(third.outcome == .written)
            #expect(try folder.read("site/deep/er/feed.ics") == "three")
        }
    }

    /// A broken connection, a refusal and a redirect are reported as what they are.
    @Test(arguments: [
        ([ScriptedServer.Step.read, .reset], "connection", 1),
        ([.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")], "connection", 1),
        ([.read, .send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")], "404", 2),
        ([.read, .send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")], "503", 1),
        (
            [.read, .send("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")],
            "302", 1
        ),
        ([.read, .send("no http at all\r\n\r\n")], "HTTP", 1),
    ])
    func aServerThatLiesIsAnErrorAndNoMore(_ script: [ScriptedServer.Step], _ word: String, _ least: Int) async throws {
        let server = try ScriptedServer([script])
        defer { server.stop() }
        let error = await #expect(throws: PublishError.self) { try await put("one", "\(server.url)/feed.ics?key=hush") }
        #expect(
            error?.code == .cannotWrite && error?.description.contains(word) == true, "\(String(describing: error))")
        #expect(error?.description.contains("hush") == false)
        #expect(server.accepted >= least)
    }

    /// The memory says that our bytes may be on the server only when they may be.
    @Test(arguments: ["412 Precondition Failed", "507 Insufficient Storage", "", "none"])
    func whatMayHaveArrivedIsRemembered(_ answer: String) async throws {
        let known = PublishedMark(entityTag: "\"1\"", digest: String(repeating: "a", count: 64))
        let text = "HTTP/1.1 \(answer)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let server = try ScriptedServer([answer.isEmpty ? [.read, .reset] : [.read, .send(text)]])
        defer { server.stop() }
        let url = answer == "none" ? "http://127.0.0.1:\(try Loopback.deadPort())" : server.url
        let destination = try fixture.destination("to: \"\(url)/feed.ics\"")
        let site = try await WebDestination(destination, secrets: fixture.secrets)
        let memory = MarksInMemory([destination.pattern: known])
        await #expect(throws: PublishError.self) {
            try await site.publish(
                Artifact(location: destination.pattern, bytes: Array("two".utf8), mediaType: "text/calendar"), in: nil,
                memory: memory)
        }
        await site.close()
        let isCertain = answer.hasPrefix("412") || answer == "none"
        #expect(memory.history == (isCertain ? [.unsure, known] : [.unsure]))
    }

    /// A PUT arrived and its answer was lost: the next run finds the bytes and writes nothing.
    @Test func aPutWhoseAnswerWasLostIsFoundAndNotRepeated() async throws {
        let absent = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let there = "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 3\r\nConnection: close\r\n\r\none"
        let server = try ScriptedServer([[.read, .send(absent)], [.read, .reset], [.read, .send(there)]])
        defer { server.stop() }
        let url = "\(server.url)/feed.ics"
        await #expect(throws: PublishError.self) { try await put("one", url) }
        let next = try await put("one", url)
        #expect(next.outcome == .unchanged && next.mark.entityTag == "\"1\"")
        #expect(server.requests.map { $0.prefix(3) } == ["GET", "PUT", "GET"])
        #expect(server.requests[1].contains("If-None-Match: *\r\n"))
    }
}

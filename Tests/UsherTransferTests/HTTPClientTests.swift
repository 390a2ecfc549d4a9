import FlyingFox
import FlyingSocks
import Foundation
import Testing
import UsherTransfer

@Suite("the libcurl client against a real server")
struct HTTPClientTests {
    private let client = HTTPClient(userAgent: "usher-test")

    /// A server on a free loopback port for as long as `body` runs.
    private func withServer(
        _ handler: @escaping @Sendable (FlyingFox.HTTPRequest) async throws -> FlyingFox.HTTPResponse,
        _ body: (String) async throws -> Void
    ) async throws {
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0))
        await server.appendRoute("*", to: ClosureHTTPHandler(handler))
        let task = Task { try await server.run() }
        try await server.waitUntilListening()
        let address = await server.listeningAddress
        guard case .ip4(_, let port) = try #require(address) else { return }
        try await body("http://127.0.0.1:\(port)")
        await server.stop()
        // The server ends by being stopped; that it throws then is how it says so.
        _ = await task.result
    }

    @Test func sendsWhatItIsGivenAndReturnsWhatComes() async throws {
        try await withServer({ request in
            let body = String(decoding: try await request.bodyData, as: UTF8.self)
            let agent = request.headers[.init("User-Agent")] ?? ""
            let own = request.headers[.init("X-Own")] ?? ""
            return .init(
                statusCode: .init(201, phrase: "Made"),
                body: Data("\(request.method.rawValue) \(request.path) \(agent) \(own) \(body)".utf8))
        }) { base in
            var request = UsherTransfer.HTTPRequest(.post, base + "/hook?key=1")
            request.fields = [try #require(HeaderField("X-Own", "value"))]
            request.body = Array("{\"a\":\"ü\"}".utf8)
            let response = try await client.send(request)
            #expect(response.status == 201)
            #expect(String(decoding: response.body, as: UTF8.self) == "POST /hook usher-test value {\"a\":\"ü\"}")
        }
    }

    @Test func doesNotFollowRedirects() async throws {
        try await withServer({ _ in .init(statusCode: .found, headers: HTTPHeaders([.location: "http://127.0.0.1:1/"]))
        }) { base in
            let status = try await client.send(.init(.get, base)).status
            #expect(status == 302)
        }
    }

    @Test func refusesABodyThatIsLargerThanAllowed() async throws {
        try await withServer({ _ in .init(statusCode: .ok, body: Data(count: 100_000)) }) { base in
            var request = UsherTransfer.HTTPRequest(.get, base + "/big?token=hunter2")
            request.maximumBodyBytes = 99_999
            let error = await #expect(throws: TransferError.self) { try await client.send(request) }
            #expect(error?.code == .tooLarge)
            #expect(error?.description.contains("hunter2") == false)
            request.maximumBodyBytes = 100_000
            let count = try await client.send(request).body.count
            #expect(count == 100_000)
        }
    }

    @Test func saysThatNothingTakesTheConnectionAndThatNothingArrived() async throws {
        let error = await #expect(throws: TransferError.self) {
            try await client.send(.init(.get, "http://user:hunter2@127.0.0.1:1/secret?token=hunter2#hunter2"))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.mayHaveArrived == false)
        #expect(error?.place == "GET http://127.0.0.1:1/secret")
    }

    @Test func givesUpOnAServerThatDoesNotAnswerAndSaysThatTheRequestMayHaveArrived() async throws {
        try await withServer({ _ in
            // Longer than the client waits; stopping the server ends it.
            try await Task.sleep(for: .seconds(20))
            return .init(statusCode: .ok)
        }) { base in
            var request = UsherTransfer.HTTPRequest(.get, base)
            request.totalTimeout = .milliseconds(200)
            let error = await #expect(throws: TransferError.self) { try await client.send(request) }
            #expect(error?.code == .timedOut)
            #expect(error?.mayHaveArrived == true)
        }
    }

    @Test(arguments: [
        "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
    ])
    func speaksHTTPAndNothingElse(_ url: String) async throws {
        let error = await #expect(throws: TransferError.self) { try await client.send(.init(.get, url)) }
        #expect(error?.code == .badRequest)
    }

    @Test(arguments: [("X", "a\r\nB: c"), ("X Y", "a"), ("", "a"), ("X:", "a"), ("X", "a\u{0}")])
    func aHeaderFieldCannotEndItsLine(name: String, value: String) {
        #expect(HeaderField(name, value) == nil)
    }
}

import Synchronization
import Testing

import UsherTesting
import UsherTransfer

/// Runs `use` with a client that is closed afterwards.
func withClient<Result>(
    _ options: TransferOptions = TransferOptions(), use: (HTTPClient) async throws -> Result
) async throws -> Result {
    let client = try HTTPClient(options)
    do {
        let result = try await use(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

/// The error a request ends with.
func failure(_ request: HTTPRequest, _ client: HTTPClient) async -> TransferError? {
    do throws(TransferError) {
        let response = try await client.send(request)
        Issue.record("answered with \(response.status)")
        return nil
    } catch {
        return error
    }
}

/// Options under which a busy machine's pauses between two requests do not count as idleness.
private var patient: TransferOptions {
    var options = TransferOptions()
    options.unrepeatableReuse = .seconds(3600)
    return options
}

func get(_ url: String) throws -> HTTPRequest { HTTPRequest(.get, try HTTPURL(url)) }
func post(_ url: String, _ body: String = "x") throws -> HTTPRequest {
    HTTPRequest(.post, try HTTPURL(url), body: Array(body.utf8))
}

@Suite struct HTTPClientTests {
    @Test(arguments: [HTTPRequest.Method.get, .head, .options, .propfind, .report, .put, .delete, .post, .patch])
    func aRequestArrivesAsItWasStated(_ method: HTTPRequest.Method) async throws {
        let seen = Mutex<[Seen]>([])
        let body = method.rawValue.hasPrefix("P") || method == .report ? Array("gr\u{fc}n\r\n\0".utf8) : nil
        try await withHonestServer { request in
            seen.withLock { $0.append(request) }
            return Answer(status: 201, fields: ["X-Kind": " a b "], body: Array("done".utf8))
        } use: { url in
            try await withClient { client in
                var request = HTTPRequest(method, try HTTPURL("\(url)/a%20b/c?q=1&r=x%26y#part"))
                request.fields = [
                    try HeaderField("X-Token", "  t1 "), try HeaderField("X-Empty", ""),
                ]
                request.body = body
                let response = try await client.send(request)
                #expect(response.status == 201)
                #expect(response.isSuccess)
                #expect(response.value("x-KIND") == "a b")
                #expect(response.body == (method == .head ? [] : Array("done".utf8)))
                #expect(response.version == .http11)
                #expect(response.remoteAddress == "127.0.0.1")
                #expect(response.retryAfter(now: 0) == nil)
            }
        }
        let arrived = try #require(seen.withLock { $0.first })
        #expect(seen.withLock { $0.count } == 1)
        #expect(arrived.method == method.rawValue)
        #expect(arrived.query == ["q": "1", "r": "x&y"])
        #expect(arrived.fields["x-token"] == "t1")
        #expect(arrived.fields["x-empty"] == "")
        #expect(arrived.fields["user-agent"] == "usher")
        #expect(arrived.fields["expect"] == nil)
        #expect(arrived.fields["content-type"] == nil)
        #expect(arrived.body == body ?? [])
    }

    @Test func aLargeBodyIsSentAtOnceAndCompletely() async throws {
        let body = [UInt8](repeating: 7, count: 3_000_000)
        try await withHonestServer { request in
            Answer(body: Array("\(request.body == body) \(request.fields["expect"] ?? "none")".utf8))
        } use: { url in
            try await withClient { client in
                let response = try await client.send(HTTPRequest(.put, try HTTPURL(url), body: body))
                #expect(String(decoding: response.body, as: UTF8.self) == "true none")
            }
        }
    }

    @Test func aRedirectIsAResponseAndIsNotFollowed() async throws {
        let paths = Mutex<[String]>([])
        try await withHonestServer { request in
            paths.withLock { $0.append(request.path) }
            return Answer(status: 302, fields: ["Location": "/other"])
        } use: { url in
            try await withClient { client in
                let response = try await client.send(try get("\(url)/first"))
                #expect(response.status == 302)
                #expect(response.value("location") == "/other")
            }
        }
        #expect(paths.withLock { $0 } == ["/first"])
    }

    @Test func aRefusalTellsHowLongToWait() async throws {
        try await withHonestServer { _ in
            Answer(status: 429, fields: ["Retry-After": "17"], body: Array("slow".utf8))
        } use: { url in
            try await withClient { client in
                let response = try await client.send(try post(url))
                #expect(response.status == 429)
                #expect(response.retryAfter(now: 0) == .seconds(17))
                #expect(!response.isSuccess)
            }
        }
    }

    @Test func noMoreThanTheWidthIsUnderWayAndAllGetAResponse() async throws {
        let gate = ConnectionGate(width: 8)
        try await withHonestServer { request in
            await gate.pass()
            return Answer(body: Array(request.path.utf8))
        } use: { url in
            try await withClient { client in
                let answers = try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            let response = try await client.send(try get("\(url)/\(number)"))
                            return String(decoding: response.body, as: UTF8.self)
                        }
                    }
                    return try await group.reduce(into: Set<String>()) { $0.insert($1) }
                }
                #expect(answers == Set((0..<200).map { "/\($0)" }))
            }
        }
        #expect(await gate.peak == 8)
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withScripts([.read, ok, .read, ok, .read, ok, .hold]) { server in
            try await withClient(patient) { client in
                for _ in 0..<3 {
                    let response = try await client.send(try post(server.url))
                    #expect(response.status == 200)
                }
            }
            #expect(server.accepted == 1)
            #expect(server.requests.count == 3)
        }
    }

    @Test func aPostThatMayHaveArrivedIsNeverSentAgainByItself() async throws {
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withScripts([.read, ok, .read], [.read, ok, .hold]) { server in
            try await withClient(patient) { client in
                _ = try await client.send(try post(server.url, "first"))
                let error = try #require(await failure(try post(server.url, "second"), client))
                #expect(error.code == .brokenOff)
                #expect(error.requestMayHaveArrived)
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func aRepeatableRequestOverADyingConnectionIsSentAgain() async throws {
        let ok = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        try await withScripts([.read, ok, .read], [.read, ok, .hold]) { server in
            try await withClient(patient) { client in
                _ = try await client.send(try get(server.url))
                var request = try post(server.url, "with an id")
                request.isRepeatable = true
                let response = try await client.send(request)
                #expect(response.status == 200)
            }
            #expect(server.accepted == 2)
            #expect(server.requests.count == 3)
        }
    }

    @Test func interimResponsesAndTrailersAreNotFields() async throws {
        let text =
            "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: 2\r\nx-late: 3\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 4\r\n\r\n"
        try await withScripts([.read, .send(text), .hold]) { server in
            try await withClient { client in
                let response = try await client.send(try get(server.url))
                #expect(response.values("x-late") == ["2", "3"])
                #expect(response.value("x-early") == nil)
                #expect(response.value("x-trailer") == nil)
                #expect(response.body == Array("ok".utf8))
            }
        }
    }
}

/// Lets the first `width` requests pass together, so that they are certainly concurrent, and counts.
actor ConnectionGate {
    private let width: Int
    private var inside = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isOpen = false
    private(set) var peak = 0

    init(width: Int) { self.width = width }

    func pass() async {
        inside += 1
        peak = max(peak, inside)
        if inside == width { open() }
        if !isOpen { await withCheckedContinuation { waiting.append($0) } }
        // Others run before this one counts as ended.
        await Task.yield()
        inside -= 1
    }

    private func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

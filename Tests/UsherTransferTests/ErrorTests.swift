import Testing
import UsherTesting

@testable import UsherTransfer

/// The error texts of failed transfers.
@Suite struct ErrorTests {
    private static let secrets = "?token=hush-query#hush-fragment"

    private func secretRequest(_ base: String) throws -> HTTPRequest {
        HTTPRequest(
            .post, try HTTPURL("\(base)/hook\(Self.secrets)"),
            fields: [try HeaderField("Authorization", "Bearer hush-token")], body: Array("hush-body".utf8))
    }

    private func words(_ error: TransferError, hiding port: UInt16 = 0) -> String {
        #expect(!"\(error)".contains("hush"))
        var dumped = ""
        dump(error, to: &dumped)
        #expect(!dumped.contains("hush"))
        return "\(error.code.rawValue): \(error)\n".replacing(":\(port)/", with: ":PORT/")
    }

    @Test func everyErrorSaysWhereWhatAndWhatToDo() async throws {
        var options = TransferOptions()
        options.responseBytes = 10
        options.headerBytes = 500
        var text = ""
        for (steps, limit) in Self.failures {
            try await withScripts(steps) { server in
                try await withClient(options) { client in
                    var request = try secretRequest(server.url)
                    request.totalTimeout = limit
                    let error = try #require(await failure(request, client))
                    #expect(error.requestMayHaveArrived)
                    text += words(error, hiding: server.port)
                }
            }
        }
        try expectGolden(text, "errors-in-doubt.txt")
    }

    private static let failures: [(steps: [ScriptedServer.Step], limit: Duration?)] = [
        ([.read], nil),
        ([.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")], nil),
        ([.read, .send("HTTP/1.1 200 OK\r\n\r\n0123456789a"), .hold], nil),
        ([.read, .send("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 600))\r\n\r\n"), .hold], nil),
        ([.read, .send("SSH-2.0-hush-server\r\n"), .hold], nil),
        ([.read, .hold], .seconds(2)),
    ]

    @Test func aFailureBeforeTheRequestIsSentIsCertain() async throws {
        let dead = try Loopback.deadPort()
        // A label of 64 octets is refused by the resolver without asking anyone (RFC 1035 §2.3.4).
        let nowhere = String(repeating: "a", count: 64) + ".example"
        var text = ""
        try await withClient { client in
            for base in ["http://127.0.0.1:\(dead)", "http://\(nowhere)"] {
                let error = try #require(await failure(try secretRequest(base), client))
                #expect(!error.requestMayHaveArrived)
                #expect(error.status == nil)
                text += words(error, hiding: dead)
            }
        }
        try expectGolden(text, "errors-certain.txt")
    }

    @Test func aServerThatDoesNotFinishTheHandshakeIsLateAndCertain() async throws {
        var options = TransferOptions()
        options.connectTimeout = .milliseconds(300)
        try await withScripts([.hold]) { server in
            try await withClient(options) { client in
                let error = try #require(await failure(try secretRequest("https://127.0.0.1:\(server.port)"), client))
                #expect(error.code == .timedOut)
                #expect(!error.requestMayHaveArrived)
                #expect(error.problem == "no connection within 0.3 seconds")
            }
        }
    }

    @Test func anIdleConnectionIsAbandonedBeforeTheTotalLimit() async throws {
        var options = TransferOptions()
        options.idleTimeout = .milliseconds(500)
        try await withScripts([.read, .hold]) { server in
            try await withClient(options) { client in
                let error = try #require(await failure(try get(server.url), client))
                #expect(error.code == .timedOut)
                #expect(error.problem == "nothing was received for 0.5 seconds")
                #expect(error.requestMayHaveArrived)
                #expect(error.status == nil)
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0177.0.0.1", "0.0.0.0"])
    func aPrivateAddressIsRefusedHoweverItIsSpelled(_ host: String) async throws {
        var options = TransferOptions()
        options.allowedAddresses = .publicOnly
        try await withScripts([.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
            try await withClient(options) { client in
                let error = try #require(await failure(try secretRequest("http://\(host):\(server.port)"), client))
                #expect(error.code == .forbiddenAddress)
                #expect(!error.requestMayHaveArrived)
            }
            #expect(server.accepted == 0)
            try await withClient { client in
                let response = try await client.send(try get("http://127.0.0.1:\(server.port)"))
                #expect(response.status == 204)
            }
        }
    }
}

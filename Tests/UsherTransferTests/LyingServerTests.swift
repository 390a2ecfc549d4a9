import Foundation
import Testing

import UsherTesting
import UsherTransfer

/// A server's misbehavior, and the error that it leads to.
struct Lie: Sendable, CustomTestStringConvertible {
    let name: String
    let steps: [ScriptedServer.Step]
    let code: TransferError.Code
    var status: Int?
    var testDescription: String { name }
}

@Suite struct LyingServerTests {
    private static let chunk = "1000\r\n" + String(repeating: "x", count: 0x1000) + "\r\n"
    /// 200,000 zeros behind gzip, 229 octets on the wire.
    private static let bomb =
        "H4sIAAAAAAACA+3BMQEAAADCoPVPbQZ/oAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA1wB7WOBcQA0DAA=="

    static let lies = [
        Lie(
            name: "a body shorter than announced",
            steps: [.read, .send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")], code: .brokenOff, status: 200),
        Lie(
            name: "a chunked body without its end",
            steps: [.read, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")],
            code: .brokenOff, status: 200),
        Lie(name: "no response at all", steps: [.read], code: .brokenOff),
        Lie(name: "a reset instead of a response", steps: [.read, .reset], code: .brokenOff),
        Lie(
            name: "a header that never ends", steps: [.read, .send("HTTP/1.1 200 OK\r\nX-A: "), .hold],
            code: .timedOut, status: 200),
        Lie(name: "silence", steps: [.read, .hold], code: .timedOut),
        Lie(
            name: "a chunked body that never ends",
            steps: [.read, .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), .flood(Array(chunk.utf8))],
            code: .tooLarge, status: 200),
        Lie(
            name: "a body without a length that never ends",
            steps: [.read, .send("HTTP/1.1 200 OK\r\n\r\n"), .flood(Array(chunk.utf8))], code: .tooLarge, status: 200),
        Lie(
            name: "more header than anyone needs",
            steps: [
                .read, .send("HTTP/1.1 200 OK\r\n"),
                .flood(Array("X-A: \(String(repeating: "y", count: 900))\r\n".utf8)),
            ],
            code: .tooLarge, status: 200),
        Lie(
            name: "interim answers without end",
            steps: [.read, .flood(Array("HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n".utf8))], code: .tooLarge,
            status: 103),
        Lie(name: "no HTTP", steps: [.read, .send("220 mail.example.com ESMTP\r\n"), .hold], code: .protocolViolation),
        Lie(
            name: "a broken compression",
            steps: [
                .read, .send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip."), .hold,
            ], code: .protocolViolation, status: 200),
    ]

    private var options: TransferOptions {
        var options = TransferOptions()
        options.responseBytes = 50_000
        options.headerBytes = 8_000
        return options
    }

    @Test(arguments: lies) func aLieIsAnErrorThatLeavesTheRequestInDoubt(_ lie: Lie) async throws {
        try await withScripts(lie.steps) { server in
            try await withClient(options) { client in
                var request = try post("\(server.url)/hook?key=hush")
                if lie.code == .timedOut { request.totalTimeout = .seconds(3) }
                let error = try #require(await failure(request, client))
                #expect(error.code == lie.code)
                #expect(error.status == lie.status)
                #expect(error.requestMayHaveArrived)
                #expect(error.location == "POST \(server.url)/hook")
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func aCompressionBombIsRefusedByItsUnpackedSize() async throws {
        let octets = try #require(Data(base64Encoded: Self.bomb)).map { $0 }
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(octets.count)\r\n\r\n"
        try await withScripts([.read, .send(head), .sendBytes(octets), .read, .send(head), .sendBytes(octets), .hold]) {
            server in
            try await withClient(options) { client in
                let error = try #require(await failure(try get(server.url), client))
                #expect(error.code == .tooLarge)
                #expect(error.status == 200)
            }
            var roomy = options
            roomy.responseBytes = 200_000
            try await withClient(roomy) { client in
                let response = try await client.send(try get(server.url))
                #expect(response.body == [UInt8](repeating: 0, count: 200_000))
                var request = try get(server.url)
                request.responseBytes = 199_999
                #expect(try #require(await failure(request, client)).code == .tooLarge)
            }
        }
    }

    @Test func aResetInsideTheBodyIsNoResponse() async throws {
        // The reset may overtake the octets before it, so the status may or may not have been read.
        let half = ScriptedServer.Step.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        try await withScripts([.read, half, .reset]) { server in
            try await withClient(options) { client in
                let error = try #require(await failure(try get(server.url), client))
                #expect(error.code == .brokenOff)
                #expect(error.requestMayHaveArrived)
            }
        }
    }
}

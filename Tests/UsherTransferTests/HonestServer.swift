import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A request as a test's server received it.
struct Seen: Sendable {
    let method: String
    let path: String
    let query: [String: String]
    let fields: [String: String]
    let body: [UInt8]
}

/// A response of a test's server.
struct Answer: Sendable {
    var status = 200
    var fields: [String: String] = [:]
    var body: [UInt8] = []
}

/// Runs a real HTTP server on a free loopback port while `use` runs, and passes it the server's URL.
func withHonestServer<Result>(
    _ answer: @escaping @Sendable (Seen) async throws -> Answer, use: (String) async throws -> Result
) async throws -> Result {
    let address = try sockaddr_in.inet(ip4: "127.0.0.1", port: 0)
    let server = HTTPServer(address: address, timeout: 120, logger: .disabled)
    let methods = ["GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "PUT", "DELETE", "POST", "PATCH"]
    await server.appendRoute(
        HTTPRoute(methods: methods.map { HTTPMethod($0) }, path: "*"), to: Handler(answer: answer))
    let running = Task { try await server.run() }
    try await server.waitUntilListening(timeout: 120)
    guard case .ip4(_, let port)? = await server.listeningAddress else { throw NoPort() }
    do {
        let result = try await use("http://127.0.0.1:\(port)")
        await server.stop()
        _ = await running.result
        return result
    } catch {
        await server.stop()
        _ = await running.result
        throw error
    }
}

private struct NoPort: Error {}

private struct Handler: HTTPHandler {
    let answer: @Sendable (Seen) async throws -> Answer

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = try await answer(
            Seen(
                method: request.method.rawValue, path: request.path,
                query: Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first },
                fields: Dictionary(request.headers.map { ($0.key.rawValue.lowercased(), $0.value) }) { "\($0), \($1)" },
                body: Array(try await request.bodyData)))
        var headers = HTTPHeaders()
        for (name, value) in answer.fields { headers[HTTPHeader(name)] = value }
        // This server closes each connection; announcing it keeps the client from reusing it.
        headers[.connection] = "close"
        return HTTPResponse(
            statusCode: HTTPStatusCode(answer.status, phrase: "Test"), headers: headers, body: Data(answer.body))
    }
}

internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Synchronization

/// A webhook endpoint on a loopback port that accepts every POST; one with an id that it has seen is accepted and dropped.
package final class WebhookReceiver: Sendable {
    private struct State {
        var bodies: [String] = []
        var ids: Set<String> = []
    }

    package let port: UInt16
    private let server: HTTPServer
    private let state = Mutex(State())

    package var url: String { "http://127.0.0.1:\(port)" }

    /// The bodies of the messages, each once.
    package var bodies: [String] { state.withLock { $0.bodies } }

    private init(_ server: HTTPServer, port: UInt16) { (self.server, self.port) = (server, port) }

    /// Runs a receiver while `use` runs.
    package static func run<Result>(_ use: (WebhookReceiver) async throws -> Result) async throws -> Result {
        let port = try Loopback.deadPort()
        let server = HTTPServer(
            address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 30, logger: .disabled)
        let receiver = WebhookReceiver(server, port: port)
        await server.appendRoute(HTTPRoute(methods: [.POST], path: "*")) { request in
            await receiver.accept(request)
        }
        let running = Task { try await server.run() }
        try await server.waitUntilListening(timeout: 120)
        do {
            let result = try await use(receiver)
            await server.stop()
            _ = await running.result
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private func accept(_ request: HTTPRequest) async -> HTTPResponse {
        let body = (try? await request.bodyData).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let id = request.headers[HTTPHeader("webhook-id")]
        state.withLock { state in
            if let id, !state.ids.insert(id).inserted { return }
            state.bodies.append(body)
        }
        return HTTPResponse(statusCode: .ok, body: Data("ok".utf8))
    }
}

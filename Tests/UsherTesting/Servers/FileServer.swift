internal import FlyingFox
internal import FlyingSocks
internal import Foundation

/// Serves one file over HTTP on a loopback port, as it is at each request.
package enum FileServer {
    /// Runs a server while `use` runs, and passes the URL.
    package static func run<Result>(_ path: String, _ use: (String) async throws -> Result) async throws -> Result {
        let port = try Loopback.deadPort()
        let server = HTTPServer(
            address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 30, logger: .disabled)
        await server.appendRoute(HTTPRoute(methods: [.GET], path: "*")) { _ in
            guard let data = FileManager.default.contents(atPath: path) else {
                return HTTPResponse(statusCode: .notFound)
            }
            return HTTPResponse(statusCode: .ok, body: data)
        }
        let running = Task { try await server.run() }
        try await server.waitUntilListening(timeout: 120)
        do {
            let result = try await use("http://127.0.0.1:\(port)/events.json")
            await server.stop()
            _ = await running.result
            return result
        } catch {
            await server.stop()
            throw error
        }
    }
}

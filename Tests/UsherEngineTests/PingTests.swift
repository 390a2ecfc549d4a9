import FlyingFox
import FlyingSocks
import Foundation
import Synchronization
import Testing
import UsherEngine
import UsherJob
import UsherModel
import UsherTesting

@Suite("calls at start, success and failure")
struct PingTests {
    @Test func reachTheURLThatLiesInTheEnvironmentAndNeverShowIt() async throws {
        let folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, extra: "ping: {start: {env: START}, success: {env: GONE}, failure: {env: BAD}}")
        let seen = Mutex<[String]>([])
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0))
        await server.appendRoute("*") { request in
            seen.withLock { $0.append("\(request.method.rawValue) \(request.path)") }
            return HTTPResponse(statusCode: request.path.hasSuffix("hunter2") ? .ok : .notFound)
        }
        let task = Task { try await server.run() }
        try await server.waitUntilListening(timeout: 120)
        guard case .ip4(_, let port) = try #require(await server.listeningAddress) else { return }
        let environment = [
            "START": "http://127.0.0.1:\(port)/ping/hunter2", "BAD": "http://127.0.0.1:\(port)/secret",
        ]
        let pings = Pings(job: folder.path("job.yaml"), .rehearsed(environment: environment))
        #expect(await pings.call(.start) == nil)
        #expect(await pings.call(.failure) == "ping.failure: answered 404")
        #expect(await pings.call(.success)?.contains("{env: GONE}") == true)
        #expect(seen.withLock { $0 } == ["GET /ping/hunter2", "GET /secret"])
        await server.stop()
        // The server throws when it is stopped, which is how it always ends here.
        _ = await task.result
        let problem = try #require(await pings.call(.start))
        #expect(!problem.contains("hunter2") && problem.contains("127.0.0.1"), "\(problem)")
    }
}

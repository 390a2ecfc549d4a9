import Foundation
import Testing

import UsherTesting
import UsherTransfer

@Suite struct ProxyTests {
    /// In a process of its own, since all tests share the environment.
    @Test func aProxyFromTheEnvironmentIsUsedOnlyWhereAskedFor() async {
        await #expect(processExitsWith: .success) {
            for name in ["no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"] { unsetenv(name) }
            setenv("http_proxy", "http://127.0.0.1:\(try Loopback.deadPort())", 1)
            try await withScripts([.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
                try await withClient { client in
                    let response = try await client.send(try get(server.url))
                    if response.status != 204 { exit(1) }
                }
                var options = TransferOptions()
                options.proxy = .environment
                try await withClient(options) { client in
                    let error = try #require(await failure(try get(server.url), client))
                    if error.code != .unreachable || server.accepted != 1 { exit(2) }
                }
            }
        }
    }
}

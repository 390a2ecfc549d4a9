import Foundation
import Testing
import UsherTesting

@testable import UsherTransfer

@Suite struct ProxyTests {
    private func proxy(
        _ scheme: HTTPURL.Scheme, _ host: String, _ variables: [String: String]
    ) -> EnvironmentProxy? {
        EnvironmentProxy(scheme: scheme, host: host) { variables[$0] }
    }

    @Test func eachSchemeHasItsVariable() {
        let variables = [
            "https_proxy": "http://bob:word@secure:1", "http_proxy": "plain:2", "HTTP_PROXY": "forged:3",
            "all_proxy": "any:4",
        ]
        #expect(proxy(.https, "a.example", variables)?.variable == "https_proxy")
        #expect(proxy(.https, "a.example", variables)?.shown == "http://secure:1")
        #expect(proxy(.http, "a.example", variables)?.shown == "plain:2")
        #expect(proxy(.http, "a.example", ["HTTP_PROXY": "forged:3"]) == nil)
        #expect(proxy(.http, "a.example", ["ALL_PROXY": "socks5://any:4"])?.shown == "socks5://any:4")
        #expect(proxy(.https, "a.example", ["https_proxy": ""]) == nil)
    }

    @Test(arguments: [
        ("example.com", true), ("www.Example.com", true), ("notexample.com", false), ("192.0.2.1", true),
        ("[2001:db8::1]", true), ("other.test", true), ("a.other.test", true), ("b.test", false), ("localhost", true),
        ("127.0.0.1", true), ("169.254.169.254", true),
    ])
    func hostsCanBeExempt(_ host: String, _ isExempt: Bool) {
        let variables = ["https_proxy": "p:1", "no_proxy": "example.com, .other.test,192.0.2.1,2001:db8::1"]
        #expect((proxy(.https, host, variables) == nil) == isExempt)
        #expect(proxy(.https, host, ["https_proxy": "p:1", "NO_PROXY": "*"]) == nil)
    }

    /// In a process of its own, since all tests share the environment.
    @Test func aProxyFromTheEnvironmentIsUsedAndMayBeAnywhere() async {
        await #expect(processExitsWith: .success) {
            for name in ["no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"] { unsetenv(name) }
            try await withScripts([.read, .send("HTTP/1.1 204 No Content\r\n\r\n")]) { server in
                setenv("http_proxy", server.url, 1)
                var options = TransferOptions()
                options.allowedAddresses = .publicOnly
                try await withClient(options) { client in
                    let response = try await client.send(try get("http://host.invalid/path"))
                    if response.status != 204 { exit(1) }
                    if server.requests.first?.hasPrefix("GET http://host.invalid/path HTTP/1.1\r\n") != true { exit(2) }
                    // What the URL itself states is judged as without a proxy.
                    let error = try #require(await failure(try get("http://10.0.0.1/"), client))
                    if error.code != .forbiddenAddress { exit(3) }
                }
                options.proxy = .none
                options.allowedAddresses = .any
                try await withClient(options) { client in
                    let error = try #require(await failure(try get("http://host.invalid/path"), client))
                    if error.code != .unresolved { exit(4) }
                }
                // This machine is reached directly.
                setenv("http_proxy", "http://127.0.0.1:\(try Loopback.deadPort())", 1)
                options.proxy = .environment
                try await withClient(options) { client in
                    let response = try await client.send(try get(server.url))
                    if response.status != 204 { exit(5) }
                }
            }
        }
    }
}

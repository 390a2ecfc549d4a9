import Testing
import UsherTesting

import UsherTransfer

/// OpenSSL's own test server with a certificate no one trusts.
private struct TLSPeer {
    let folder: TemporaryFolder
    let port: Int

    var certificate: String { folder.path("cert.pem") }

    /// Runs the server while `use` runs.
    static func run(_ use: (TLSPeer) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        _ = try GraphServer.makeCertificate(in: folder)
        let server = try await ServerProcess.start(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", folder.path("cert.pem"), "-key",
                folder.path("key.pem"),
            ], lineWith: "ACCEPT ")
        do {
            try await use(
                TLSPeer(folder: folder, port: try #require(server.line.split(separator: ":").last.flatMap { Int($0) })))
        } catch {
            try await server.stop()
            throw error
        }
        try await server.stop()
    }
}

@Suite struct TLSTests {
    @Test func onlyAServerWithATrustedCertificateIsSpokenTo() async throws {
        try await TLSPeer.run { peer in
            let request = try post("https://127.0.0.1:\(peer.port)/hook?key=hush")
            try await withClient { client in
                let error = try #require(await failure(request, client))
                #expect(error.code == .tls)
                #expect(!error.requestMayHaveArrived)
                #expect(!"\(error)".contains("hush"))
            }
            var options = TransferOptions()
            options.authorityFile = peer.certificate
            try await withClient(options) { client in
                let response = try await client.send(try get("https://127.0.0.1:\(peer.port)/"))
                #expect(response.status == 200)
                // The certificate names the address; another name for the same host is another host.
                let error = try #require(await failure(try post("https://localhost:\(peer.port)/"), client))
                #expect(error.code == .tls)
            }
        }
    }

    @Test func theLogShowsTheVersionAndTheCertificate() async throws {
        try await TLSPeer.run { peer in
            var options = TransferOptions()
            options.authorityFile = peer.certificate
            let log = try await LogRecorder.record {
                try await withClient(options) { client in
                    _ = try await client.send(try get("https://127.0.0.1:\(peer.port)/?hush"))
                }
            }
            #expect(log.contains("* TLS: TLSv1.") && log.contains("* certificate of: CN=usher"), "\(log)")
            #expect(!log.contains("hush"), "\(log)")
        }
    }

    @Test func aServerThatSpeaksNoTLSGetsNoRequest() async throws {
        try await withScripts([.send("HTTP/1.1 400 Bad Request\r\n\r\n"), .hold]) { server in
            try await withClient { client in
                let error = try #require(await failure(try post("https://127.0.0.1:\(server.port)/"), client))
                #expect(error.code == .tls)
                #expect(!error.requestMayHaveArrived)
            }
        }
    }
}

import Foundation
import Testing
import UsherTesting

import UsherTransfer

/// OpenSSL's own test server with a certificate no one trusts, ended when the value goes away.
private final class TLSPeer: Sendable {
    struct Failure: Error {
        let arguments: [String]
    }

    let folder: TemporaryFolder
    let port: Int
    private let process: Process

    var certificate: String { folder.path("cert.pem") }

    init() throws {
        folder = try TemporaryFolder()
        let make = try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=peer", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.path("key.pem"), "-out",
            folder.path("cert.pem"))
        make.process.waitUntilExit()
        guard make.process.terminationStatus == 0 else { throw Failure(arguments: ["req"]) }
        let serve = try Self.openssl(
            "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", folder.path("cert.pem"), "-key",
            folder.path("key.pem"))
        process = serve.process
        port = try Self.port(serve.output)
    }

    deinit { process.terminate() }

    private static func openssl(_ arguments: String...) throws -> (process: Process, output: FileHandle) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = Pipe()
        try process.run()
        return (process, output.fileHandleForReading)
    }

    /// Reads `ACCEPT 127.0.0.1:PORT`.
    private static func port(_ output: FileHandle) throws -> Int {
        var text = ""
        while !text.contains(/ACCEPT .*\n/) {
            let more = output.availableData
            guard !more.isEmpty else { throw Failure(arguments: ["s_server"]) }
            text += String(decoding: more, as: UTF8.self)
        }
        guard let match = text.firstMatch(of: /ACCEPT .*:([0-9]+)\n/), let port = Int(match.1) else {
            throw Failure(arguments: ["s_server"])
        }
        return port
    }
}

@Suite struct TLSTests {
    @Test func onlyAServerWithATrustedCertificateIsSpokenTo() async throws {
        let peer = try TLSPeer()
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

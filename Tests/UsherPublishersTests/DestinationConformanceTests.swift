import Foundation
import Testing
import UsherJob
import UsherModel
import UsherPublishers
import UsherTesting
import UsherTransfer

/// Every kind of destination, on what really stores its artifacts.
@Suite("the contract of destinations")
struct DestinationConformanceTests {
    private let fixture: PublicationFixture

    init() throws { fixture = try PublicationFixture() }

    /// Long enough that a part of it can be told from the whole.
    private static func artifact(_ location: String, _ text: String) -> Artifact {
        let bytes = Array(String(repeating: text + "\n", count: 2000).utf8)
        return Artifact(location: location, bytes: bytes, mediaType: "text/plain")
    }

    /// A peer whose artifacts are files in a folder of the fixture.
    private func filePeer(
        files: String, suffix: String = ".txt", location: @escaping @Sendable (_ name: String) -> String,
        unwritable: @escaping @Sendable () throws -> String,
        make: @escaping @Sendable () async throws -> any Destination
    ) -> DestinationPeer {
        let folder = fixture.folder
        let path = { @Sendable (name: String) in "\(files)/\(name)\(suffix)" }
        return DestinationPeer(
            make: make,
            artifact: { name, text in Self.artifact(location(name + suffix), text) },
            stored: { name in FileManager.default.contents(atPath: folder.path(path(name))).map(Array.init) },
            overwrite: { name, artifact in
                try folder.write(String(decoding: artifact.bytes, as: UTF8.self), to: path(name))
            },
            erase: { name in
                guard FileManager.default.fileExists(atPath: folder.path(path(name))) else { return }
                try FileManager.default.removeItem(atPath: folder.path(path(name)))
            },
            unwritable: { Self.artifact(try unwritable(), "text") })
    }

    private func port(_ base: String) throws -> UInt16 {
        try #require(base.split(separator: ":").last.flatMap { UInt16($0) })
    }

    @Test func files() async throws {
        let folder = fixture.folder
        var peer = filePeer(
            files: "public/deep", location: { folder.path("public/deep/\($0)") },
            unwritable: {
                try folder.write("a file", to: "file")
                return folder.path("file/feed.ics")
            }, make: { FileDestination() })
        peer.writes = {
            try folder.list("public/deep").map { name in
                let values = try FileManager.default.attributesOfItem(atPath: folder.path("public/deep/\(name)"))
                return "\(name) \(values[.systemFileNumber] ?? "") \(values[.modificationDate] ?? "")"
            }
        }
        try await DestinationConformance.run(peer)
    }

    @Test func webDAV() async throws {
        try await fixture.serve(["webdav", fixture.folder.path("site"), "ada", "opensesame"]) { server, _ in
            try await DestinationConformance.run(port: try port(server)) { base in
                let make = { @Sendable [fixture] (password: String) in
                    let keys = ", username: {env: USER}, password: {env: \(password)}"
                    let options = try fixture.destination("to: \"\(base)/a.txt\"\(keys)")
                    return try await WebDestination(options, secrets: fixture.secrets)
                }
                var peer = filePeer(
                    files: "site/deep/er", location: { "\(base)/deep/er/\($0)" }, unwritable: { "\(base)/deep" },
                    make: { try await make("WORD") })
                peer.refused = { try await make("WRONG") }
                return peer
            }
        }
    }

    @Test func nginx() async throws {
        try await fixture.serve(["nginx", fixture.folder.path("site")]) { server, _ in
            try await DestinationConformance.run(port: try port(server)) { base in
                let options = try fixture.destination("to: \"\(base)/a.txt\"")
                var peer = filePeer(
                    files: "site/deep/er", location: { "\(base)/deep/er/\($0)" }, unwritable: { "\(base)/deep" },
                    make: { [fixture] in try await WebDestination(options, secrets: fixture.secrets) })
                // Its WebDAV module ignores conditions on PUT.
                peer.missing = [.writesConditionally]
                return peer
            }
        }
    }

    @Test func objectStore() async throws {
        var own = fixture
        try await fixture.serve(["s3", "feeds"]) { server, words in
            try #require(words.count == 2)
            (own.environment["ACCESS"], own.environment["SECRET"]) = (words[0], words[1])
            let fixture = own
            let bucket = Bucket(url: "\(server)/feeds", accessKey: words[0], secretKey: words[1])
            try await DestinationConformance.run(port: try port(server)) { base in
                let make = { @Sendable (secret: String) in
                    let options = try fixture.destination(
                        "to: \"s3://feeds/a.txt\", endpoint: \"\(base)\", region: eu-central-1, "
                            + "access-key: {env: ACCESS}, secret-key: {env: \(secret)}")
                    return try await WebDestination(options, secrets: fixture.secrets)
                }
                var peer = DestinationPeer(
                    make: { try await make("SECRET") },
                    artifact: { name, text in Self.artifact("\(base)/feeds/\(name).txt", text) },
                    stored: { name in
                        // The server closes the buffer of an object that is replaced while it is read, and answers
                        // 500: that reader has seen nothing, neither a whole version nor a part of one.
                        for _ in 1...20 {
                            let answer = try await bucket.send(.get, name)
                            if answer.status < 500 { return answer.status == 200 ? answer.body : nil }
                        }
                        return nil
                    },
                    overwrite: { name, artifact in
                        let answer = try await bucket.send(.put, name, artifact.bytes)
                        try #require(answer.status == 200)
                    },
                    erase: { name in _ = try await bucket.send(.delete, name) },
                    unwritable: { Self.artifact("\(base)/no-such-bucket/a.txt", "text") })
                peer.refused = { try await make("WRONG") }
                return peer
            }
        }
    }

    @Test func collections() async throws {
        try await fixture.serve(["radicale", fixture.folder.path("site"), "ada", "opensesame"]) { server, _ in
            try await DestinationConformance.run(port: try port(server)) { base in
                let options = { @Sendable [fixture] (password: String) throws -> CollectionOptions in
                    let kind = try fixture.kind(
                        "kind: caldav, to: \"\(base)/ada/contract/\", username: {env: USER}, "
                            + "password: {env: \(password)}")
                    return try #require(
                        CollectionOptions(kind, .init(), folder: fixture.folder.path(""), isZone: { _ in true }))
                }
                let make = { @Sendable [fixture] (password: String) in
                    try await CollectionDestination(
                        try options(password), prodID: "-//Usher//Usher 1//EN", secrets: fixture.secrets)
                }
                let own = try options("WORD")
                var peer = filePeer(
                    files: "site/collection-root/ada/contract", suffix: ".ics", location: { _ in "" },
                    unwritable: { "" },
                    make: { try await make("WORD") })
                peer.refused = { try await make("WRONG") }
                peer.artifact = { name, text in Self.object(name, text, own.location(of: name)) }
                peer.unwritable = {
                    Artifact(
                        location: own.location(of: "bad"), bytes: Array("no calendar".utf8),
                        mediaType: "text/calendar")
                }
                peer.matches = Self.isSameObject
                return peer
            }
        }
    }

    /// A calendar with one event, which says its text often enough that a part can be told from the whole.
    private static func object(_ uid: String, _ text: String, _ location: String) -> Artifact {
        let lines =
            [
                "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Usher//Usher 1//EN", "BEGIN:VEVENT", "UID:\(uid)",
                "DTSTAMP:20261123T000000Z", "DTSTART:20261210T150000Z", "DTEND:20261210T160000Z",
            ] + Array(repeating: "COMMENT:\(text)", count: 100) + [
                "SUMMARY:\(text)", "END:VEVENT", "END:VCALENDAR", "",
            ]
        return Artifact(
            location: location, bytes: Array(lines.joined(separator: "\r\n").utf8),
            mediaType: "text/calendar; charset=utf-8")
    }

    /// Radicale stores the same properties in another order, and escapes them.
    private static func isSameObject(_ stored: [UInt8], _ artifact: Artifact) -> Bool {
        func lines(_ bytes: [UInt8]) -> [String] {
            String(decoding: bytes, as: UTF8.self).replacing("\\,", with: ",").split(whereSeparator: \.isNewline)
                .map(String.init).filter { !$0.hasPrefix("PRODID") }.sorted()
        }
        return lines(stored) == lines(artifact.bytes)
    }
}

/// An S3 bucket, looked at without the destination.
private struct Bucket: Sendable {
    let url: String
    let accessKey: String
    let secretKey: String

    func send(_ method: HTTPRequest.Method, _ name: String, _ body: [UInt8]? = nil) async throws -> HTTPResponse {
        let client = try HTTPClient()
        var request = HTTPRequest(method, try HTTPURL("\(url)/\(name).txt"), body: body)
        request.signature = try AWSSignature(accessKey: accessKey, secretKey: secretKey, region: "eu-central-1")
        request.fields.append(try HeaderField("x-amz-content-sha256", Digest.hex(ofBytes: body ?? [])))
        if body != nil { request.fields.append(try HeaderField("Content-Type", "text/plain")) }
        do {
            let answer = try await client.send(request)
            await client.close()
            return answer
        } catch {
            await client.close()
            throw error
        }
    }
}

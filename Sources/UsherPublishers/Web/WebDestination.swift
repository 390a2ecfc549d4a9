package import UsherCredentials
package import UsherModel
internal import UsherTransfer

/// Resources on a web server, written by conditional PUT (RFC 9110 §13.1, §9.3.4): uploads, WebDAV, S3 objects.
///
/// An unchanged resource costs one conditional HEAD. What someone else writes between our GET and our PUT is not
/// overwritten, provided that the server sends entity tags and honors them. Missing WebDAV collections above the resource
/// are created (RFC 4918 §9.7.1).
package struct WebDestination: Destination {
    private let options: WebOptions
    private let server: WebServer

    /// Fetches the secrets; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where a secret is missing, or this machine has no memory or thread left.
    package init(_ options: WebOptions, secrets: SecretStore) async throws(PublishError) {
        self.options = options
        server = try await WebServer(options, secrets: secrets)
    }

    /// WebDAV servers may keep the part of a PUT that broke off; object stores do not.
    package var capabilities: Set<DestinationCapability> {
        let all: Set<DestinationCapability> = [
            .noticesForeignWrites, .writesConditionally, .remembers, .storesBytesAsSent,
        ]
        return server.isObjectStore ? all.union([.replacesAtomically]) : all
    }

    package var width: Int { WebServer.width }

    package func label(of location: String) -> String { WebOptions.label(of: location) }

    package func examine(_ pattern: String) async -> Examination? { await server.examine(pattern, isCollection: false) }

    package func close() async { await server.close() }

    package func read(_ location: String) async throws(PublishError) -> [UInt8]? { try await server.read(location) }

    package func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome {
        let upload = Upload(
            url: try server.url(artifact.location), artifact: artifact, digest: Digest.hex(ofBytes: artifact.bytes),
            remembered: try await memory.mark(of: artifact.location), memory: memory)
        let (outcome, mark) = try await publish(upload)
        if mark != upload.remembered || outcome != .unchanged {
            try await memory.remember(mark, of: artifact.location)
        }
        return outcome
    }

    private func publish(_ upload: Upload) async throws(PublishError) -> (PublishOutcome, PublishedMark) {
        var stored = try await lookUp(upload)
        if stored.digest == upload.digest { return (.unchanged, stored.mark) }
        if upload.remembered == nil, stored.exists, !upload.memory.replacesUnknown {
            throw .notOurs(upload.url.location)
        }
        for isLast in [false, true] {
            switch try await write(upload, over: stored) {
            case .written(let mark): return (.written, mark)
            case .preconditionFailed:
                let now = try await lookUp(upload.url)
                if now.digest == upload.digest { return (.written, now.mark) }
                // The same bytes under another tag are not a foreign version: the server was set up anew. And what an upload of ours left that
                // broke off may have come to light only now.
                let isOurs = upload.remembered == .unsure || now.digest == stored.digest || !now.exists
                guard !isLast, isOurs else { throw server.lostRace(upload.url) }
                stored = now
            }
        }
        throw server.lostRace(upload.url)
    }

    private struct Upload {
        let url: HTTPURL
        let artifact: Artifact
        let digest: String
        let remembered: PublishedMark?
        let memory: any PublicationMemory
    }

    /// What a server holds at a URL.
    private struct StoredResource {
        var exists: Bool
        var entityTag: String?
        var digest: String

        var mark: PublishedMark { PublishedMark(entityTag: entityTag, digest: digest) }
    }

    private enum WriteOutcome {
        case written(PublishedMark)
        case preconditionFailed
    }

    // MARK: Comparing

    /// What the server holds, as far as must be known before it can be replaced.
    private func lookUp(_ upload: Upload) async throws(PublishError) -> StoredResource {
        guard let remembered = upload.remembered, remembered != .unsure else { return try await lookUp(upload.url) }
        if let tag = remembered.entityTag {
            let stored = StoredResource(exists: true, entityTag: tag, digest: remembered.digest)
            // Changed bytes are sent at once, on condition that the server still holds what was published last.
            guard remembered.digest == upload.digest else { return stored }
            if try await holds(tag, at: upload.url) { return stored }
        }
        let stored = try await lookUp(upload.url)
        guard !stored.exists || stored.digest == remembered.digest || stored.digest == upload.digest else {
            throw server.lostRace(upload.url)
        }
        return stored
    }

    private func holds(_ tag: String, at url: HTTPURL) async throws(PublishError) -> Bool {
        let answer = try await server.send(.head, url, [("If-None-Match", tag)])
        return answer.status == 304 || answer.status == 200 && answer.value("etag") == tag
    }

    private func lookUp(_ url: HTTPURL) async throws(PublishError) -> StoredResource {
        // Compressed in transit, the same bytes have another tag.
        let answer = try await server.send(.get, url, [("Accept-Encoding", "identity")])
        if answer.status == 404 || answer.status == 410 || answer.status == 409 {
            return StoredResource(exists: false, entityTag: nil, digest: "")
        }
        guard answer.status == 200 else { throw server.refusal(answer, .get, url) }
        return StoredResource(exists: true, entityTag: answer.strongTag, digest: Digest.hex(ofBytes: answer.body))
    }

    // MARK: Writing

    private func write(_ upload: Upload, over stored: StoredResource) async throws(PublishError) -> WriteOutcome {
        var condition: [(String, String)] = []
        if !stored.exists {
            condition = [("If-None-Match", "*")]
        } else if let tag = stored.entityTag {
            condition = [("If-Match", tag)]
        }
        var answer = try await send(upload, condition)
        // RFC 4918 §9.7.1: 409 where a collection above is missing; some servers answer 404, nginx 500.
        if !stored.exists, [404, 409, 500].contains(answer.status),
            try await server.makeCollections(above: upload.url)
        {
            answer = try await send(upload, condition)
        }
        // Some S3-compatible stores answer 501 to conditions on PUT.
        if server.isObjectStore, answer.status == 501 {
            let now = try await lookUp(upload.url)
            guard now.digest == stored.digest else { throw server.lostRace(upload.url) }
            answer = try await send(upload, [])
        }
        // Where the resource was deleted, S3 answers If-Match with 404.
        if answer.status == 412 || stored.exists && answer.status == 404 { return .preconditionFailed }
        guard answer.isSuccess else { throw server.refusal(answer, .put, upload.url) }
        if let tag = answer.strongTag { return .written(PublishedMark(entityTag: tag, digest: upload.digest)) }
        // The reply had no tag: only a GET tells what the server holds now, and under which tag.
        let now = try await lookUp(upload.url)
        guard now.digest == upload.digest else { throw server.lostRace(upload.url) }
        return .written(now.mark)
    }

    private func send(_ upload: Upload, _ condition: [(String, String)]) async throws(PublishError) -> HTTPResponse {
        let caching = options.cacheControl.map { [("Cache-Control", $0)] } ?? []
        return try await server.put(
            upload.artifact, upload.url, caching + condition, over: upload.remembered, memory: upload.memory)
    }
}

extension HTTPResponse {
    /// If-Match compares strongly (RFC 9110 §13.1.1): a weak tag never matches.
    var strongTag: String? { value("etag").flatMap { $0.hasPrefix("\"") ? $0 : nil } }
}

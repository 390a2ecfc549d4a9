package import UsherJob
package import UsherModel
internal import UsherTransfer

/// Keeps a resource on a web server up to date, by conditional PUT (RFC 9110 §13.1, §9.3.4): a file there, a WebDAV resource, an S3 object.
///
/// Unchanged means untouched: one conditional HEAD at most. What someone else writes between our look and our PUT is not overwritten, where
/// the server gives entity tags and heeds them. Collections above it are made as needed (RFC 4918 §9.7.1).
package struct HTTPPublisher: Sendable {
    private let destination: HTTPDestination
    private let server: WebServer

    /// Publications that may be brought up to date at once.
    package static let width = WebServer.width

    /// Takes the destination and fetches its secrets; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where a secret cannot be had, or this machine has no memory or thread left.
    package init(_ destination: HTTPDestination, secrets: SecretStore) throws(PublishError) {
        self.destination = destination
        server = try WebServer(destination, secrets: secrets)
    }

    /// Ends the connections.
    package func finish() async { await server.finish() }

    /// Brings a resource to these bytes, wholly or not at all.
    ///
    /// - Parameters:
    ///   - bytes: What it shall hold.
    ///   - mediaType: Its `Content-Type`.
    ///   - location: The URL.
    ///   - known: What was remembered when it was published last; nil for nothing.
    ///   - remember: Called before bytes leave, with a mark that says so, and again where they certainly did not arrive.
    /// - Returns: What became of it, and what to remember now.
    /// - Throws: ``PublishError``; `lostRace` where someone else wrote at the same time. Where the connection broke, the server may hold the
    ///   new bytes all the same, or a part of them; what it holds then is replaced by the next run.
    package func publish(
        _ bytes: [UInt8], mediaType: String, to location: String, known: PublishedMark?,
        remember: @escaping @Sendable (PublishedMark?) async throws(PublishError) -> Void = { _ in }
    ) async throws(PublishError) -> (outcome: Published, mark: PublishedMark) {
        let target = Target(
            url: try server.url(location), bytes: bytes, mediaType: mediaType, digest: Digest.hex(ofBytes: bytes),
            known: known, remember: remember)
        var state = try await look(target, known)
        if state.digest == target.digest { return (.unchanged, state.mark) }
        for isLast in [false, true] {
            switch try await put(target, over: state) {
            case .written(let mark): return (.written, mark)
            case .preconditionFailed:
                let now = try await look(target.url)
                if now.digest == target.digest { return (.written, now.mark) }
                // The same bytes under another tag are no one else's change: a server that was set up anew.
                guard !isLast, now.digest == state.digest || !now.isThere else { throw server.lostRace(target.url) }
                state = now
            }
        }
        throw server.lostRace(target.url)
    }

    private struct Target {
        let url: HTTPURL
        let bytes: [UInt8]
        let mediaType: String
        let digest: String
        let known: PublishedMark?
        let remember: @Sendable (PublishedMark?) async throws(PublishError) -> Void
    }

    /// What a server holds under a URL.
    private struct StoredObject {
        var isThere: Bool
        var entityTag: String?
        var digest: String

        var mark: PublishedMark { PublishedMark(entityTag: entityTag, digest: digest) }
    }

    private enum PutOutcome {
        case written(PublishedMark)
        case preconditionFailed
    }

    /// What the server holds, as far as must be known before it can be replaced.
    private func look(_ target: Target, _ known: PublishedMark?) async throws(PublishError) -> StoredObject {
        guard let known, known != .unsure else { return try await look(target.url) }
        if let tag = known.entityTag {
            // What has changed is put at once, on the condition that the server still holds what was put last.
            guard known.digest == target.digest else {
                return StoredObject(isThere: true, entityTag: tag, digest: known.digest)
            }
            if try await isStill(tag, target.url) {
                return StoredObject(isThere: true, entityTag: tag, digest: known.digest)
            }
        }
        let found = try await look(target.url)
        guard !found.isThere || found.digest == known.digest || found.digest == target.digest else {
            throw server.lostRace(target.url)
        }
        return found
    }

    private func isStill(_ tag: String, _ url: HTTPURL) async throws(PublishError) -> Bool {
        let answer = try await server.send(.head, url, [("If-None-Match", tag)])
        return answer.status == 304 || answer.status == 200 && answer.value("etag") == tag
    }

    private func look(_ url: HTTPURL) async throws(PublishError) -> StoredObject {
        // Compressed on the way, the same bytes have another tag.
        let answer = try await server.send(.get, url, [("Accept-Encoding", "identity")])
        if answer.status == 404 || answer.status == 410 || answer.status == 409 {
            return StoredObject(isThere: false, entityTag: nil, digest: "")
        }
        guard answer.status == 200 else { throw server.refusal(answer, .get, url) }
        return StoredObject(isThere: true, entityTag: answer.strongTag, digest: Digest.hex(ofBytes: answer.body))
    }

    private func put(_ target: Target, over state: StoredObject) async throws(PublishError) -> PutOutcome {
        var condition: [(String, String)] = []
        if !state.isThere {
            condition = [("If-None-Match", "*")]
        } else if let tag = state.entityTag {
            condition = [("If-Match", tag)]
        }
        var answer = try await put(target, condition)
        // RFC 4918 §9.7.1: 409 where a collection above is missing; some servers say 404, nginx 500.
        if !state.isThere, [404, 409, 500].contains(answer.status),
            try await server.makeCollections(above: target.url)
        {
            answer = try await put(target, condition)
        }
        // Stores compatible with S3 may know no conditions on PUT, and say so.
        if server.isObjectStore, answer.status == 501 {
            let now = try await look(target.url)
            guard now.digest == state.digest else { throw server.lostRace(target.url) }
            answer = try await put(target, [])
        }
        if answer.status == 412 { return .preconditionFailed }
        guard answer.isSuccess else { throw server.refusal(answer, .put, target.url) }
        if let tag = answer.strongTag { return .written(PublishedMark(entityTag: tag, digest: target.digest)) }
        // What the server holds now, and under which tag: without one in its reply, a look must tell.
        let now = try await look(target.url)
        guard now.digest == target.digest else { throw server.lostRace(target.url) }
        return .written(now.mark)
    }

    private func put(_ target: Target, _ condition: [(String, String)]) async throws(PublishError) -> HTTPResponse {
        var fields = [("Content-Type", target.mediaType)]
        if let cacheControl = destination.cacheControl { fields.append(("Cache-Control", cacheControl)) }
        try await target.remember(.unsure)
        do throws(PublishError) {
            let answer = try await server.send(.put, target.url, fields + condition, target.bytes)
            if (400...499).contains(answer.status) { try await target.remember(target.known) }
            return answer
        } catch {
            if !error.mayHaveArrived { try await target.remember(target.known) }
            throw error
        }
    }
}

extension HTTPResponse {
    /// If-Match compares strongly (RFC 9110 §13.1.1): a weak tag never fits.
    var strongTag: String? { value("etag").flatMap { $0.hasPrefix("\"") ? $0 : nil } }
}

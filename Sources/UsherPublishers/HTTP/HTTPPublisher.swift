internal import FoundationEssentials
package import UsherJob
package import UsherModel
internal import UsherTransfer

/// Keeps a resource on a web server up to date, by conditional PUT (RFC 9110 §13.1, §9.3.4); WebDAV collections above it are made as needed
/// (RFC 4918 §9.3, §9.7.1).
///
/// Unchanged means untouched: one conditional HEAD at most. What someone else writes between our look and our PUT is not overwritten, where
/// the server gives entity tags and heeds them.
package struct HTTPPublisher: Sendable {
    private let destination: HTTPDestination
    private let secrets: SecretStore
    private let client: HTTPClient

    /// Takes the destination; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where this machine has no memory or thread left.
    package init(_ destination: HTTPDestination, secrets: SecretStore) throws(PublishError) {
        (self.destination, self.secrets) = (destination, secrets)
        var options = TransferOptions()
        options.width = 4
        options.authorityFile = destination.caFile
        do throws(TransferError) {
            client = try HTTPClient(options)
        } catch {
            throw PublishError(.cannotWrite, place: error.place, found: error.found, next: error.next)
        }
    }

    /// Ends the connections.
    package func finish() async { await client.close() }

    /// Brings a resource to these bytes, wholly or not at all.
    ///
    /// - Parameters:
    ///   - bytes: What it shall hold.
    ///   - mediaType: Its `Content-Type`.
    ///   - place: The URL.
    ///   - known: What was remembered when it was published last; nil for nothing.
    /// - Returns: What became of it, and what to remember now.
    /// - Throws: ``PublishError``; `lostRace` where someone else wrote at the same time. Where the connection broke, the server may hold the
    ///   new bytes all the same; the next look tells.
    package func publish(
        _ bytes: [UInt8], mediaType: String, to place: String, known: PublishedMark?
    ) async throws(PublishError) -> (outcome: Published, mark: PublishedMark) {
        let target = Target(
            url: try url(place), bytes: bytes, mediaType: mediaType, digest: Digest.hex(ofBytes: bytes))
        var state = try await look(target, known)
        if state.digest == target.digest { return (.unchanged, state.mark) }
        for isLast in [false, true] {
            switch try await put(target, over: state) {
            case .written(let mark): return (.written, mark)
            case .preconditionFailed:
                let now = try await look(target.url)
                if now.digest == target.digest { return (.written, now.mark) }
                // The same bytes under another tag are no one else's change: a server that was set up anew.
                guard !isLast, now.digest == state.digest || !now.isThere else { throw lostRace(target.url) }
                state = now
            }
        }
        throw lostRace(target.url)
    }

    /// What the server holds, as far as must be known before it can be replaced.
    private func look(_ target: Target, _ known: PublishedMark?) async throws(PublishError) -> Found {
        guard let known else { return try await look(target.url) }
        if let tag = known.entityTag {
            // What has changed is put at once, on the condition that the server still holds what was put last.
            guard known.digest == target.digest else {
                return Found(isThere: true, entityTag: tag, digest: known.digest)
            }
            if try await isStill(tag, target.url) { return Found(isThere: true, entityTag: tag, digest: known.digest) }
        }
        let found = try await look(target.url)
        guard !found.isThere || found.digest == known.digest || found.digest == target.digest else {
            throw lostRace(target.url)
        }
        return found
    }

    private struct Target {
        let url: HTTPURL
        let bytes: [UInt8]
        let mediaType: String
        let digest: String
    }

    /// What a server holds under a URL.
    private struct Found {
        var isThere: Bool
        var entityTag: String?
        var digest: String

        var mark: PublishedMark { PublishedMark(entityTag: entityTag, digest: digest) }
    }

    private enum PutOutcome {
        case written(PublishedMark)
        case preconditionFailed
    }

    // MARK: Requests

    private func isStill(_ tag: String, _ url: HTTPURL) async throws(PublishError) -> Bool {
        let answer = try await send(.head, url, [("If-None-Match", tag)])
        return answer.status == 304 || answer.status == 200 && answer.value("etag") == tag
    }

    private func look(_ url: HTTPURL) async throws(PublishError) -> Found {
        // Compressed on the way, the same bytes have another tag.
        let answer = try await send(.get, url, [("Accept-Encoding", "identity")])
        if answer.status == 404 || answer.status == 410 || answer.status == 409 {
            return Found(isThere: false, entityTag: nil, digest: "")
        }
        guard answer.status == 200 else { throw refusal(answer, .get, url) }
        return Found(isThere: true, entityTag: Self.strongTag(of: answer), digest: Digest.hex(ofBytes: answer.body))
    }

    /// If-Match compares strongly (RFC 9110 §13.1.1): a weak tag never fits.
    private static func strongTag(of answer: HTTPResponse) -> String? {
        answer.value("etag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
    }

    private func put(_ target: Target, over state: Found) async throws(PublishError) -> PutOutcome {
        var fields = [("Content-Type", target.mediaType)]
        if let cacheControl = destination.cacheControl { fields.append(("Cache-Control", cacheControl)) }
        if !state.isThere {
            fields.append(("If-None-Match", "*"))
        } else if let tag = state.entityTag {
            fields.append(("If-Match", tag))
        }
        var answer = try await send(.put, target.url, fields, target.bytes)
        // RFC 4918 §9.7.1: 409 where a collection above is missing; some servers say 404, nginx 500.
        if !state.isThere, [404, 409, 500].contains(answer.status), try await makeCollections(above: target.url) {
            answer = try await send(.put, target.url, fields, target.bytes)
        }
        if answer.status == 412 { return .preconditionFailed }
        guard answer.isSuccess else { throw refusal(answer, .put, target.url) }
        if let tag = Self.strongTag(of: answer) {
            return .written(PublishedMark(entityTag: tag, digest: target.digest))
        }
        // What the server holds now, and under which tag: without one in its reply, a look must tell.
        let now = try await look(target.url)
        guard now.digest == target.digest else { throw lostRace(target.url) }
        return .written(now.mark)
    }

    /// Makes the collections above a resource, the outermost first; false where the server is none of WebDAV.
    private func makeCollections(above url: HTTPURL) async throws(PublishError) -> Bool {
        let path = url.place.dropFirst(url.origin.count)
        var folder = url.origin + "/"
        var isMade = false
        for part in path.split(separator: "/").dropLast() {
            folder += part + "/"
            let answer = try await send(.mkcol, try self.url(folder), [])
            // 405: it is there (RFC 4918 §9.3.1).
            switch answer.status {
            case 201: isMade = true
            case 405, 301, 302, 409: continue
            default: return false
            }
        }
        return isMade
    }

    private func send(
        _ method: HTTPRequest.Method, _ url: HTTPURL, _ fields: [(String, String)], _ body: [UInt8]? = nil
    ) async throws(PublishError) -> HTTPResponse {
        do throws(TransferError) {
            var request = HTTPRequest(method, url, body: body)
            for (name, value) in fields { request.fields.append(try HeaderField(name, value)) }
            request.fields += try credentials()
            // A conditional PUT that arrived refuses its own repetition.
            if method == .put { request.isRepeatable = false }
            let answer = try await client.send(request)
            if answer.status == 401 || answer.status == 403 || answer.status == 407 {
                throw RefusedCredentials.refusal(answer, method, url)
            }
            return answer
        } catch {
            throw PublishError(
                error.code == .refusedSignIn ? .refusedCredentials : .cannotWrite, place: error.place,
                found: error.found, next: error.next)
        }
    }

    private func credentials() throws(TransferError) -> [HeaderField] {
        var fields: [HeaderField] = []
        switch destination.authentication {
        case .none: break
        case .bearer(let token):
            fields.append(
                try reveal(token) { (text) throws(TransferError) in
                    try HeaderField("Authorization", "Bearer \(text)")
                })
        case .basic(let username, let password):
            let pair = try reveal(username) { $0 } + ":" + (try reveal(password) { $0 })
            fields.append(try HeaderField("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
        }
        for (name, reference) in destination.headers.sorted(by: { $0.key < $1.key }) {
            fields.append(try reveal(reference) { (text) throws(TransferError) in try HeaderField(name, text) })
        }
        return fields
    }

    private func reveal<Result>(
        _ reference: SecretReference, _ use: (String) throws(TransferError) -> Result
    ) throws(TransferError) -> Result {
        let secret: Secret
        do throws(SecretError) {
            secret = try secrets.secret(reference)
        } catch {
            throw TransferError(
                .refusedSignIn, at: "secret of a publication", found: error.description,
                next: "Put the secret where the job says it is.")
        }
        return try secret.reveal(use)
    }

    // MARK: Errors

    private func url(_ text: String) throws(PublishError) -> HTTPURL {
        do throws(TransferError) {
            return try HTTPURL(text)
        } catch {
            throw PublishError(.cannotWrite, place: "publication", found: error.found, next: error.next)
        }
    }

    private func lostRace(_ url: HTTPURL) -> PublishError {
        PublishError(
            .lostRace, place: url.place, found: "someone else has written it; their version was kept",
            next: "Give each writer a URL of its own; or delete it there, and the next run writes this job's version")
    }

    private func refusal(_ answer: HTTPResponse, _ method: HTTPRequest.Method, _ url: HTTPURL) -> PublishError {
        let next =
            switch answer.status {
            case 300...399: "Write the URL that it redirects to into the job: redirects are not followed"
            case 405, 501: "Ask for a URL that takes PUT (WebDAV, or an upload location)"
            case 413, 507: "Ask for more room, or divide the publication with each"
            case 423: "Someone holds a lock on it; the next run tries again"
            case 429, 500...599: "The next run tries again"
            default: "Look at what the server logged"
            }
        return PublishError(
            .cannotWrite, place: "\(method.rawValue) \(url.place)", found: "the server answered \(answer.status)",
            next: next)
    }
}

private enum RefusedCredentials {
    static func refusal(_ answer: HTTPResponse, _ method: HTTPRequest.Method, _ url: HTTPURL) -> TransferError {
        TransferError(
            .refusedSignIn, at: "\(method.rawValue) \(url.place)",
            found: "the server answered \(answer.status): the credentials were refused, or there were none",
            next: "Give username and password, or a token, that may write there.")
    }
}

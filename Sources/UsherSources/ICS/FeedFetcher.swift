internal import FoundationEssentials
internal import UsherCredentials
internal import UsherModel
internal import UsherText
internal import UsherTransfer

/// The bytes of a calendar, and what its server says of them.
struct Feed: Sendable {
    var bytes: [UInt8]
    /// `Content-Type` of the response.
    var type: String?
    /// What to keep of a feed that was fetched whole; nil where nothing may be kept, or nothing is new.
    var fresh: FeedCache.Entry?
}

/// Fetches a calendar over HTTP, and follows its redirects.
struct FeedFetcher: Sendable {
    let access: FeedAccess
    /// The feed's location as errors may show it.
    let location: String
    /// The largest feed, in octets.
    let limit: Int
    let secrets: SecretStore
    let cache: FeedCache?
    let clock: WallClock

    /// How often a redirect is followed.
    private static let redirects = 3
    /// How much older than its response a `Last-Modified` must be, in seconds, so that nothing can have changed since under the same date
    /// (RFC 9110 §8.8.2.2).
    private static let settled: Int64 = 2

    /// Fetches the feed, or takes the one that was kept where the server says that it has not changed (RFC 9110 §13).
    ///
    /// - Throws: ``SourceError``.
    func fetch(_ start: String, isSecret: Bool) async throws(SourceError) -> Feed {
        let kept = cache?.load(key: key(start))
        var url = start
        for hop in 0...Self.redirects {
            let isKept = kept?.url == Self.digest(url)
            let response = try await response(
                url, from: start, isSecret: isSecret, isFirst: hop == 0 || Self.isHere(url), isKept ? kept : nil)
            if response.status == 304, isKept, let kept { return Feed(bytes: kept.body, type: kept.type) }
            guard [301, 302, 303, 307, 308].contains(response.status) else {
                guard response.status == 200 else { throw refusal(response.status) }
                return Feed(
                    bytes: response.body, type: response.value("content-type"),
                    fresh: entry(response, start: start, url: url))
            }
            url = try target(of: response, from: url, start: start)
        }
        throw SourceError(
            .unreachable, location: location, problem: "more than \(Self.redirects) redirects",
            next: "Use the address that the calendar shows now")
    }

    private func response(
        _ url: String, from start: String, isSecret: Bool, isFirst: Bool, _ kept: FeedCache.Entry?
    ) async throws(SourceError) -> HTTPResponse {
        // Whoever is redirected to must not learn what the first server asked for.
        let credentials = Self.origin(of: url) == Self.origin(of: start) ? try await credentials() : []
        do throws(TransferError) {
            var request = HTTPRequest(.get, try HTTPURL(url))
            request.fields = [try HeaderField("Accept", "text/calendar, */*;q=0.1")] + credentials
            if let tag = kept?.tag { request.fields.append(try HeaderField("If-None-Match", tag)) }
            if let date = kept?.modified { request.fields.append(try HeaderField("If-Modified-Since", date)) }
            if isSecret || !isFirst { request.visibility = .origin }
            var transfer = TransferOptions()
            transfer.responseBytes = limit
            transfer.userAgent = access.userAgent
            if !isFirst { transfer.allowedAddresses = .publicOnly }
            let client = try HTTPClient(transfer)
            let response = try await client.send(request)
            await client.close()
            return response
        } catch {
            throw SourceError(
                error.code == .canceled ? .canceled : .unreachable, location: error.location, problem: error.problem,
                next: error.next)
        }
    }

    // MARK: Signing in

    private func credentials() async throws(SourceError) -> [HeaderField] {
        var fields: [HeaderField] = []
        switch access.signIn {
        case .none: break
        case .bearer(let token): fields.append(try await field("Authorization", token) { "Bearer \($0)" })
        case .basic(let username, let password):
            let name = try await secret(username, isName: true)
            fields.append(
                try await field("Authorization", password) { password in
                    "Basic \(Base64.encode(Array(name.reveal { "\($0):\(password)" }.utf8)))"
                })
        }
        for (name, reference) in access.headers.sorted(by: { $0.key < $1.key }) {
            fields.append(try await field(name, reference) { $0 })
        }
        return fields
    }

    private func field(
        _ name: String, _ reference: SecretReference, _ value: (String) -> String
    ) async throws(SourceError) -> HeaderField {
        let secret = try await secret(reference)
        do throws(TransferError) {
            return try HeaderField(name, secret.reveal(value))
        } catch {
            throw SourceError(
                .refusedCredentials, location: location, problem: error.problem, next: error.next)
        }
    }

    private func secret(_ reference: SecretReference, isName: Bool = false) async throws(SourceError) -> Secret {
        do throws(SecretError) {
            return try await secrets.secret(reference, isName: isName)
        } catch {
            throw SourceError(
                error.isCanceled ? .canceled : .refusedCredentials, location: error.location, problem: error.problem,
                next: error.isCanceled ? "Run again" : "Store the secret where the job file says it is")
        }
    }

    private func refusal(_ status: Int) -> SourceError {
        guard status == 401 || status == 403 else {
            return SourceError(
                .unreachable, location: location, problem: "status \(status)",
                next: "Check that the address still serves the calendar")
        }
        return SourceError(
            .refusedCredentials, location: location, problem: "status \(status)",
            next:
                "Check that the address still serves the calendar, and whether it asks for username and password, a token, or another user-agent (source in the job file)"
        )
    }

    // MARK: Redirects

    /// Where a redirect leads (RFC 9110 §10.2.2).
    private func target(
        of response: HTTPResponse, from url: String, start: String
    ) throws(SourceError) -> String {
        guard let text = response.value("location"), let base = URL(string: url),
            let target = URL(string: text, relativeTo: base)
        else {
            throw SourceError(
                .unreachable, location: location,
                problem: "status \(response.status) without an address to go on to",
                next: "Check that the address still serves the calendar")
        }
        let next = ICSSourceOptions.secured(target.absoluteString)
        // Whoever can redirect a feed must not make this machine call itself or its neighbors, nor read it in clear text.
        guard ICSSourceOptions.allows(next), !Self.isHere(next) || Self.isHere(start) else {
            throw SourceError(
                .unreachable, location: location,
                problem:
                    "status \(response.status), a redirect to \(Self.origin(of: next)), which is not an https URL on the public Internet",
                next: "Use the address that the calendar shows now")
        }
        return next
    }

    private static func isHere(_ url: String) -> Bool { NetworkLocation.isThisMachine(url: url) }

    private static func origin(of url: String) -> String {
        do throws(TransferError) { return try HTTPURL(url).origin } catch { return "something that is no URL" }
    }

    // MARK: What is kept

    /// What the kept feed was asked for with: another address or another way to ask may get another feed.
    private func key(_ start: String) -> String {
        let signIn =
            switch access.signIn {
            case .none: ""
            case .basic: "basic"
            case .bearer: "bearer"
            }
        return Digest.hex(of: [start, signIn, access.userAgent] + access.headers.keys.sorted())
    }

    private static func digest(_ url: String) -> String { Digest.hex(of: ["feed", url]) }

    private func entry(_ response: HTTPResponse, start: String, url: String) -> FeedCache.Entry? {
        let isStored = !response.values("cache-control").contains { $0.lowercased().contains("no-store") }
        guard cache != nil, isStored else { return nil }
        let (tag, modified) = (response.value("etag"), modified(response))
        guard tag != nil || modified != nil else { return nil }
        return FeedCache.Entry(
            key: key(start), url: Self.digest(url), tag: tag, modified: modified, type: response.value("content-type"),
            body: response.body)
    }

    /// `Last-Modified`, where it tells two versions apart.
    private func modified(_ response: HTTPResponse) -> String? {
        let now = clock.now().secondsSince1970
        guard let text = response.value("last-modified"), let modified = response.seconds("last-modified", now: now),
            let date = response.seconds("date", now: now), date - modified >= Self.settled
        else { return nil }
        return text
    }
}

internal import FoundationEssentials
internal import UsherJob
internal import UsherModel
internal import UsherText
internal import UsherTransfer

/// A web server and the credentials for it: requests, and what its refusals mean to whoever has to act.
struct WebServer: Sendable {
    /// Requests at once.
    static let width = 4

    private let client: HTTPClient
    private let credentials: [HeaderField]
    private let signature: AWSSignature?
    private let sessionToken: HeaderField?

    /// Fetches the secrets, once for all requests; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where a secret cannot be had, or this machine has no memory or thread left.
    init(_ destination: HTTPDestination, secrets: SecretStore) throws(PublishError) {
        var options = TransferOptions()
        options.width = Self.width
        options.authorityFile = destination.caFile
        do throws(TransferError) {
            let keys = Keys(secrets: secrets)
            credentials = try keys.fields(destination)
            (signature, sessionToken) = try keys.signature(destination.authentication)
            client = try HTTPClient(options)
        } catch {
            throw PublishError(error)
        }
    }

    /// Ends the connections.
    func finish() async { await client.close() }

    /// Whether it is a store of objects, which knows no collections.
    var isObjectStore: Bool { signature != nil }

    /// Reads a URL.
    ///
    /// - Throws: ``PublishError``.
    func url(_ text: String) throws(PublishError) -> HTTPURL {
        do throws(TransferError) {
            return try HTTPURL(isObjectStore ? ObjectKey.canonical(text) : text)
        } catch {
            throw PublishError(.cannotWrite, location: "publication", problem: error.problem, next: error.next)
        }
    }

    /// Sends a request, once.
    ///
    /// - Throws: ``PublishError`` where there was no answer, or one that refuses the credentials.
    func send(
        _ method: HTTPRequest.Method, _ url: HTTPURL, _ fields: [(String, String)] = [], _ body: [UInt8]? = nil
    ) async throws(PublishError) -> HTTPResponse {
        do throws(TransferError) {
            var request = HTTPRequest(method, url, body: body)
            for (name, value) in fields { request.fields.append(try HeaderField(name, value)) }
            request.fields += credentials
            if let signature {
                request.signature = signature
                request.fields.append(try HeaderField("x-amz-content-sha256", Digest.hex(ofBytes: body ?? [])))
                if let sessionToken { request.fields.append(sessionToken) }
            }
            // A conditional request that arrived refuses its own repetition.
            if method == .put || method == .delete { request.isRepeatable = false }
            let answer = try await client.send(request)
            let isBrokenCondition = answer.status == 403 && DAVCondition.ofCalendars(in: answer.body) != nil
            guard ![401, 403, 407].contains(answer.status) || isBrokenCondition else {
                throw Self.refusedCredentials(answer, request)
            }
            return answer
        } catch {
            throw PublishError(error)
        }
    }

    /// Makes the collections above a resource, the outermost first (RFC 4918 §9.3, §9.7.1); false where none was made.
    ///
    /// - Throws: ``PublishError``.
    func makeCollections(above url: HTTPURL) async throws(PublishError) -> Bool {
        guard !isObjectStore else { return false }
        var folder = url.origin + "/"
        var isMade = false
        for part in url.location.dropFirst(url.origin.count).split(separator: "/").dropLast() {
            folder += part + "/"
            switch try await send(.mkcol, try self.url(folder)).status {
            case 201: isMade = true
            // 405: it is there (RFC 4918 §9.3.1).
            case 405, 301, 302, 409: continue
            default: return false
            }
        }
        return isMade
    }

    // MARK: Refusals

    /// Someone else wrote at the same time.
    func lostRace(_ url: HTTPURL) -> PublishError {
        PublishError(
            .lostRace, location: url.location, problem: "someone else has written it; their version was kept",
            next: "Give each writer a URL of its own; or delete it there, and the next run writes this job's version")
    }

    /// What an answer means that is neither success nor one of the refusals with a way on.
    func refusal(_ answer: HTTPResponse, _ method: HTTPRequest.Method, _ url: HTTPURL) -> PublishError {
        let next =
            switch answer.status {
            case 400 where isObjectStore, 301 where isObjectStore, 307 where isObjectStore:
                "Check region, endpoint and path-style"
            case 300...399: "Write the URL that it redirects to into the job: redirects are not followed"
            case 404 where isObjectStore: "Make the bucket, or check its name"
            case 405, 501: "Ask for a URL that takes \(method.rawValue) (WebDAV, or an upload location)"
            case 413, 507: "Ask for more room, or divide the publication with each"
            case 423: "Someone holds a lock on it; the next run tries again"
            case 429, 500...599: "The next run tries again"
            default: "Look at what the server logged"
            }
        let condition = DAVCondition.ofCalendars(in: answer.body).map { " (\($0))" } ?? ""
        return PublishError(
            .cannotWrite, location: "\(method.rawValue) \(url.location)",
            problem: "the server answered \(answer.status)\(condition)", next: next)
    }

    private static func refusedCredentials(_ answer: HTTPResponse, _ request: HTTPRequest) -> TransferError {
        TransferError(
            .refusedSignIn, at: request.location,
            problem: "the server answered \(answer.status): the credentials were refused, or there were none",
            next: "Give credentials that may read and write there.")
    }
}

/// The secrets of a destination, as they stand in requests.
private struct Keys {
    let secrets: SecretStore

    func fields(_ destination: HTTPDestination) throws(TransferError) -> [HeaderField] {
        var fields: [HeaderField] = []
        switch destination.authentication {
        case .none, .aws: break
        case .bearer(let token):
            fields.append(
                try reveal(token) { (text) throws(TransferError) in
                    try HeaderField("Authorization", "Bearer \(text)")
                })
        case .basic(let username, let password):
            let pair = try reveal(username) { $0 } + ":" + (try reveal(password) { $0 })
            fields.append(try HeaderField("Authorization", "Basic \(Base64.encode(Array(pair.utf8)))"))
        }
        for (name, reference) in destination.headers.sorted(by: { $0.key < $1.key }) {
            fields.append(try reveal(reference) { (text) throws(TransferError) in try HeaderField(name, text) })
        }
        return fields
    }

    func signature(
        _ authentication: HTTPDestination.Authentication
    ) throws(TransferError) -> (AWSSignature?, HeaderField?) {
        guard case .aws(let keys) = authentication else { return (nil, nil) }
        let (access, secret) = (try reveal(keys.accessKey) { $0 }, try reveal(keys.secretKey) { $0 })
        let token: HeaderField?
        if let reference = keys.sessionToken {
            token = try reveal(reference) { (text) throws(TransferError) in
                try HeaderField("x-amz-security-token", text)
            }
        } else {
            token = nil
        }
        return (try AWSSignature(accessKey: access, secretKey: secret, region: keys.region), token)
    }

    private func reveal<Result>(
        _ reference: SecretReference, _ use: (String) throws(TransferError) -> Result
    ) throws(TransferError) -> Result {
        let secret: Secret
        do throws(SecretError) {
            secret = try secrets.secret(reference)
        } catch {
            throw TransferError(
                .refusedSignIn, at: "secret of a publication", problem: error.description,
                next: "Put the secret where the job says it is.")
        }
        return try secret.reveal(use)
    }
}

extension PublishError {
    /// What a transfer's error means to who publishes.
    init(_ error: TransferError) {
        self.init(
            error.code == .refusedSignIn ? .refusedCredentials : .cannotWrite, location: error.location,
            problem: error.problem,
            next: error.next, mayHaveArrived: error.requestMayHaveArrived)
    }
}

internal import FoundationEssentials
internal import UsherCredentials
internal import UsherJob
internal import UsherModel
internal import UsherText
internal import UsherTransfer

/// A web server and the credentials for it: sends requests, and explains refusals to the person who has to act.
struct WebServer: Sendable {
    /// Requests at the same time.
    static let width = 4

    private let client: HTTPClient
    private let credentials: [HeaderField]
    private let signature: AWSSignature?
    private let sessionToken: HeaderField?

    /// Fetches the secrets once for all requests; nothing is sent yet.
    ///
    /// - Throws: ``PublishError`` where a secret is missing, or this machine has no memory or thread left.
    init(_ destination: WebOptions, secrets: SecretStore) async throws(PublishError) {
        var options = TransferOptions()
        options.width = Self.width
        options.authorityFile = destination.caFile
        do throws(TransferError) {
            let keys = Keys(secrets: secrets)
            credentials = try await keys.fields(destination)
            (signature, sessionToken) = try await keys.signature(destination.authentication)
            client = try HTTPClient(options)
        } catch {
            throw PublishError(error)
        }
    }

    /// Closes the connections.
    func close() async { await client.close() }

    /// Whether it is an S3 object store, which has no collections.
    var isObjectStore: Bool { signature != nil }

    /// Parses a URL, and encodes it as it will be signed.
    ///
    /// - Throws: ``PublishError`` where it is no URL.
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
            // Repeated after it arrived, a conditional request would fail its own condition.
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

    /// Reads a resource; nil where there is none.
    ///
    /// - Throws: ``PublishError`` where there was no answer, or a refusal.
    func read(_ location: String) async throws(PublishError) -> [UInt8]? {
        let url = try url(location)
        let answer = try await send(.get, url, [("Accept-Encoding", "identity")])
        if [404, 409, 410].contains(answer.status) { return nil }
        guard answer.status == 200 else { throw refusal(answer, .get, url) }
        return answer.body
    }

    /// Sends an artifact by PUT, and keeps the memory truthful.
    ///
    /// The mark is ``PublishedMark/unsure`` from before the first byte leaves until an answer shows that nothing arrived.
    /// The caller remembers what a successful PUT stored.
    ///
    /// - Parameters:
    ///   - artifact: The bytes.
    ///   - url: The URL of the artifact.
    ///   - fields: Conditions and other header fields.
    ///   - remembered: The mark to remember again where nothing arrived.
    ///   - memory: The marks of this job.
    /// - Returns: The answer, whatever its status.
    /// - Throws: ``PublishError`` where the memory cannot be written (nothing was sent then), there was no answer, or the
    ///   credentials were refused.
    func put(
        _ artifact: Artifact, _ url: HTTPURL, _ fields: [(String, String)], over remembered: PublishedMark?,
        memory: any PublicationMemory
    ) async throws(PublishError) -> HTTPResponse {
        try await memory.remember(.unsure, of: artifact.location)
        do throws(PublishError) {
            let answer = try await send(.put, url, [("Content-Type", artifact.mediaType)] + fields, artifact.bytes)
            if (400...499).contains(answer.status) { try await memory.remember(remembered, of: artifact.location) }
            return answer
        } catch {
            if !error.mayHaveArrived { try await memory.remember(remembered, of: artifact.location) }
            throw error
        }
    }

    /// Creates the collections above a resource, the outermost first (RFC 4918 §9.3, §9.7.1).
    ///
    /// - Returns: false where none was created.
    /// - Throws: ``PublishError``.
    func makeCollections(above url: HTTPURL) async throws(PublishError) -> Bool {
        guard !isObjectStore else { return false }
        var folder = url.origin + "/"
        var isCreated = false
        for part in url.location.dropFirst(url.origin.count).split(separator: "/").dropLast() {
            folder += part + "/"
            switch try await send(.mkcol, try self.url(folder)).status {
            case 201: isCreated = true
            // 405: it exists (RFC 4918 §9.3.1).
            case 405, 301, 302, 409: continue
            default: return false
            }
        }
        return isCreated
    }

    // MARK: Refusals

    /// Someone else has written the resource since the last run.
    func lostRace(_ url: HTTPURL) -> PublishError {
        PublishError(
            .lostRace, location: url.location, problem: "someone else has written it; their version was kept",
            next: "Give each writer a URL of its own; or delete it there, and the next run writes this job's version")
    }

    /// Explains an answer that is neither a success nor a refusal that the caller can work around.
    func refusal(_ answer: HTTPResponse, _ method: HTTPRequest.Method, _ url: HTTPURL) -> PublishError {
        let next =
            switch answer.status {
            case 400 where isObjectStore, 301 where isObjectStore, 307 where isObjectStore:
                "Check region, endpoint and path-style"
            case 300...399: "Put the URL that it redirects to in the job: redirects are not followed"
            case 404 where isObjectStore: "Create the bucket, or check its name"
            case 405, 501: "Use a URL that accepts \(method.rawValue) (WebDAV, or an upload location)"
            case 413, 507: "Ask for more space, or split the publication with each"
            case 423: "It is locked; the next run tries again"
            case 429, 500...599: "The next run tries again"
            default: "Check the log of the server"
            }
        let condition = DAVCondition.ofCalendars(in: answer.body).map { " (\($0))" } ?? ""
        return PublishError(
            .cannotWrite, location: "\(method.rawValue) \(url.location)",
            problem: "the server answered \(answer.status)\(condition)", next: next)
    }

    private static func refusedCredentials(_ answer: HTTPResponse, _ request: HTTPRequest) -> TransferError {
        TransferError(
            .refusedSignIn, at: request.location,
            problem: "the server answered \(answer.status): it refused the credentials, or there were none",
            next: "Use credentials that may read and write there.")
    }
}

/// The secrets of a destination, in the form that requests carry.
private struct Keys {
    let secrets: SecretStore

    func fields(_ destination: WebOptions) async throws(TransferError) -> [HeaderField] {
        var fields: [HeaderField] = []
        switch destination.authentication {
        case .none, .aws: break
        case .bearer(let token):
            fields.append(
                try await reveal(token) { (text) throws(TransferError) in
                    try HeaderField("Authorization", "Bearer \(text)")
                })
        case .basic(let username, let password):
            let pair = try await reveal(username, isName: true) { $0 } + ":" + (try await reveal(password) { $0 })
            fields.append(try HeaderField("Authorization", "Basic \(Base64.encode(Array(pair.utf8)))"))
        }
        for (name, reference) in destination.headers.sorted(by: { $0.key < $1.key }) {
            fields.append(try await reveal(reference) { (text) throws(TransferError) in try HeaderField(name, text) })
        }
        return fields
    }

    func signature(
        _ authentication: WebOptions.Authentication
    ) async throws(TransferError) -> (AWSSignature?, HeaderField?) {
        guard case .aws(let keys) = authentication else { return (nil, nil) }
        let (access, secret) = (
            try await reveal(keys.accessKey, isName: true) { $0 }, try await reveal(keys.secretKey) { $0 }
        )
        let token: HeaderField?
        if let reference = keys.sessionToken {
            token = try await reveal(reference) { (text) throws(TransferError) in
                try HeaderField("x-amz-security-token", text)
            }
        } else {
            token = nil
        }
        return (try AWSSignature(accessKey: access, secretKey: secret, region: keys.region), token)
    }

    private func reveal<Result>(
        _ reference: SecretReference, isName: Bool = false, _ use: (String) throws(TransferError) -> Result
    ) async throws(TransferError) -> Result {
        let secret: Secret
        do throws(SecretError) {
            secret = try await secrets.secret(reference, isName: isName)
        } catch {
            throw TransferError(
                error.isCanceled ? .canceled : .refusedSignIn, at: "secret of a publication",
                problem: error.description,
                next: error.isCanceled ? "Run again." : "Store the secret where the job file says it is.")
        }
        return try secret.reveal(use)
    }
}

extension PublishError {
    /// Translates an error of the HTTP client.
    init(_ error: TransferError) {
        let code: Code =
            switch error.code {
            case .refusedSignIn: .refusedCredentials
            case .canceled: .canceled
            case .unresolved, .unreachable, .forbiddenAddress, .tls, .timedOut, .brokenOff, .closed, .exhausted,
                .protocolViolation, .tooLarge, .badRequest:
                .cannotWrite
            }
        self.init(
            code, location: error.location, problem: error.problem, next: error.next,
            mayHaveArrived: error.requestMayHaveArrived)
    }
}

package import UsherJob
internal import UsherModel
internal import Synchronization
package import UsherText
package import UsherTransfer

/// Asks Microsoft Graph, patiently: signs in, obeys what Graph says of throttling, and repeats what can be repeated.
///
/// Source: Microsoft Graph, "throttling guidance", "JSON batching", "error responses".
package final class GraphClient: Sendable {
    /// Which cloud, tenant and version.
    package let connection: GraphConnection
    /// The token.
    package let authorization: GraphAuthorization
    let surroundings: Surroundings
    let http: HTTPClient
    private let gate: ThrottleGate
    private let origin: String

    /// How often one call is tried.
    static let attempts = 10
    /// The longest wait that Graph may ask for within a run.
    static let longestWait = Duration.seconds(300)
    /// The ceiling of the backoff without a wish of Graph's.
    private static let longestBackoff = 30.0

    /// Starts a client.
    ///
    /// - Throws: ``GraphError`` where this machine has no memory or thread left, or a URL of the connection is none.
    package init(
        _ connection: GraphConnection, _ surroundings: Surroundings, secrets: SecretStore,
        options: TransferOptions = TransferOptions()
    ) throws(GraphError) {
        do throws(TransferError) {
            http = try HTTPClient(options)
            origin = try HTTPURL(connection.graphURL).origin
        } catch {
            throw GraphError(error)
        }
        (self.connection, self.surroundings) = (connection, surroundings)
        authorization = GraphAuthorization(connection, surroundings, secrets, http)
        gate = ThrottleGate(surroundings.clock)
    }

    /// Ends the client's thread.
    package func close() async { await http.close() }

    // MARK: Calls

    /// Gets a JSON object.
    ///
    /// - Throws: ``GraphError``.
    package func get(_ path: GraphPath) async throws(GraphError) -> JSONValue {
        try await get(url: url(path))
    }

    /// Follows a link that Graph gave (`@odata.nextLink`), as it is.
    ///
    /// - Throws: ``GraphError``; `malformed` where the link leads to another host, out of the API, or is none.
    package func follow(_ link: String) async throws(GraphError) -> JSONValue {
        let refused = GraphError(
            .malformed, location: origin, problem: "a next link that does not lead to \(origin)/\(connection.version)/",
            next: "Nothing was sent there. Report it to whoever runs the service")
        let url: HTTPURL
        do throws(TransferError) { url = try HTTPURL(link) } catch { throw refused }
        // libcurl sends dots as they are, and a server may walk them.
        let hasDots = url.location.lowercased().replacing("%2e", with: ".").split(separator: "/").contains {
            $0 == ".."
        }
        guard url.origin == origin, url.location.hasPrefix("\(origin)/\(connection.version)/"), !hasDots else {
            throw refused
        }
        return try await get(url: link)
    }

    private func get(url: String) async throws(GraphError) -> JSONValue {
        let (response, tree) = try await send(needsObject: true) { () throws(TransferError) in
            HTTPRequest(.get, try HTTPURL(url))
        }
        guard let tree else { throw failure(response, location: "GET", tree: .null) }
        return tree
    }

    /// Sends a body once, and gives back the answer whatever its status; only what certainly did not arrive is tried again.
    ///
    /// - Throws: ``GraphError`` where there was no answer.
    package func post(
        _ path: GraphPath, mediaType: String, body: [UInt8]
    ) async throws(GraphError) -> HTTPResponse {
        try await gate.wait()
        let token = try await authorization.token()
        return try await transfer(token) { () throws(TransferError) in
            HTTPRequest(
                .post, try HTTPURL(url(path)), fields: [try HeaderField("Content-Type", mediaType)], body: body)
        }
    }

    /// What a status that is no success means, for people.
    package func refusal(of response: HTTPResponse, to path: GraphPath) -> GraphError {
        failure(
            response, location: "POST \(connection.graphURL)/\(connection.version)\(path)",
            tree: JSONValue(response.body) ?? .null)
    }

    /// The URL of a path.
    package func url(_ path: GraphPath) -> String { "\(connection.graphURL)/\(connection.version)\(path.text)" }

    // MARK: One call, several attempts

    /// Sends until there is an answer of use, or none is to be had.
    ///
    /// - Parameters:
    ///   - needsObject: Whether a success must hold a JSON object; if it does not, it was cut off.
    ///   - make: Makes the request, which must be repeatable.
    /// - Returns: The answer and its body.
    /// - Throws: ``GraphError``.
    func send(
        needsObject: Bool, _ make: () throws(TransferError) -> HTTPRequest
    ) async throws(GraphError) -> (HTTPResponse, JSONValue?) {
        var hasNewToken = false
        var attempt = 1
        while true {
            do throws(GraphError) {
                try await gate.wait()
                let token = try await authorization.token()
                let response = try await transfer(token, make)
                let tree = JSONValue(response.body)
                if response.isSuccess, !needsObject || tree?.isObject == true { return (response, tree) }
                if response.status == 401, !hasNewToken {
                    hasNewToken = true
                    await authorization.drop(token)
                    continue
                }
                throw failure(response, location: location(make), tree: tree ?? .null)
            } catch {
                guard error.isPassing, attempt < Self.attempts, !Task.isCancelled else { throw error }
                try await pause(after: error, attempt)
                attempt += 1
            }
        }
    }

    /// Waits before the next attempt: as long as Graph asks, else exponentially with full jitter.
    func pause(after error: GraphError, _ attempt: Int) async throws(GraphError) {
        guard let asked = error.retryAfter else {
            let ceiling = min(Self.longestBackoff, 0.5 * Double(1 << min(attempt, 10)))
            return await surroundings.clock.pause(.milliseconds(Int(ceiling * surroundings.jitter() * 1000)))
        }
        guard asked <= Self.longestWait else {
            throw GraphError(
                .throttled, location: error.location, problem: "Graph asks to wait \(asked.components.seconds) s",
                next: "Nothing to do: a later run goes on", status: error.status, requestID: error.requestID,
                retryAfter: asked)
        }
        // All calls wait, not this one alone: Graph counts what comes too early against the application.
        gate.shut(for: asked)
    }

    private func transfer(
        _ token: Secret, _ make: () throws(TransferError) -> HTTPRequest
    ) async throws(GraphError) -> HTTPResponse {
        do throws(TransferError) {
            var request = try make()
            request.fields.append(try HeaderField("client-request-id", surroundings.makeID()))
            request.fields.append(try HeaderField("Accept", "application/json"))
            request.fields.append(
                try token.reveal { (token) throws(TransferError) in try HeaderField("Authorization", "Bearer \(token)")
                })
            return try await http.send(request)
        } catch {
            throw GraphError(error)
        }
    }

    private func location(_ make: () throws(TransferError) -> HTTPRequest) -> String {
        do throws(TransferError) { return try make().location } catch { return error.location }
    }

    /// What an answer means that is not what was asked for.
    func failure(_ response: HTTPResponse, location: String, tree: JSONValue) -> GraphError {
        GraphRefusal(
            status: response.status, tree: tree, retryAfter: response.retryAfter,
            requestID: response.value("request-id"), connection: connection
        ).error(at: location)
    }
}

/// Where calls wait while Graph asks to slow down.
private final class ThrottleGate: Sendable {
    private let clock: WallClock
    private let opensAt = Mutex(Instant.distantPast)

    init(_ clock: WallClock) { self.clock = clock }

    func shut(for duration: Duration) {
        // A started second counts as a whole one: asking early would be counted against us.
        let whole = Duration.seconds(duration.components.seconds + (duration.components.attoseconds > 0 ? 1 : 0))
        let end = clock.now() + whole
        opensAt.withLock { $0 = max($0, end) }
    }

    func wait() async throws(GraphError) {
        while true {
            let left = opensAt.withLock { $0 } - clock.now()
            guard left > .zero else { return }
            await clock.pause(left)
            guard !Task.isCancelled else {
                throw GraphError(
                    .canceled, location: "Microsoft Graph", problem: "the run was stopped", next: "Run again")
            }
        }
    }
}

package import UsherCredentials
package import UsherJob
package import UsherModel
internal import Synchronization
package import UsherText
package import UsherTransfer

/// Calls Microsoft Graph: signs in, waits as long as Graph asks when it throttles, and repeats what can be repeated.
///
/// Source: Microsoft Graph, "throttling guidance", "JSON batching", "error responses".
package final class GraphClient: Sendable {
    package let connection: GraphConnection
    package let tokens: EntraTokens
    let runtime: RuntimeEnvironment
    let http: HTTPClient
    private let throttle: Throttle
    private let origin: String

    /// How much is done to get an answer.
    package struct Effort: Hashable, Sendable {
        /// Attempts for one call.
        let attempts: Int
        /// The time limit for one attempt; nil for that of the client.
        let patience: Duration?

        /// What a run cannot do without.
        package static let needed = Effort(attempts: 10, patience: nil)
        /// What a run can do without: one attempt, and no long wait.
        package static let spared = Effort(attempts: 1, patience: .seconds(10))
    }

    /// The longest wait that Graph may ask for within a run.
    static let longestWait = Duration.seconds(300)
    /// The ceiling of the backoff where Graph names no wait, in seconds.
    private static let longestBackoffSeconds = 30.0

    /// Creates a client; nothing is requested yet.
    ///
    /// - Throws: ``GraphError`` where this machine has no memory or thread left, or a URL of the connection is invalid.
    package init(
        _ connection: GraphConnection, _ runtime: RuntimeEnvironment, secrets: SecretStore,
        options: TransferOptions = TransferOptions()
    ) throws(GraphError) {
        do throws(TransferError) {
            http = try HTTPClient(options)
            origin = try HTTPURL(connection.graphURL).origin
        } catch {
            throw GraphError(error)
        }
        (self.connection, self.runtime) = (connection, runtime)
        tokens = EntraTokens(connection.application, for: .graph, runtime, secrets, http)
        throttle = Throttle(runtime.clock)
    }

    /// Closes the connections and ends the client's thread.
    package func close() async { await http.close() }

    /// A token for Graph.
    ///
    /// - Throws: ``GraphError``.
    package func token() async throws(GraphError) -> Secret {
        do throws(CredentialError) { return try await tokens.token() } catch { throw GraphError(error) }
    }

    // MARK: Calls

    /// Gets a JSON object.
    ///
    /// - Throws: ``GraphError``.
    package func get(_ path: GraphPath, _ effort: Effort = .needed) async throws(GraphError) -> JSONValue {
        try await get(url: url(path), effort)
    }

    /// Follows a link from an answer of Graph's (`@odata.nextLink`) unchanged.
    ///
    /// - Throws: ``GraphError``; `malformed` where the link is no URL, or leads to another host or out of the API.
    package func follow(_ link: String) async throws(GraphError) -> JSONValue {
        let refused = GraphError(
            .malformed, location: origin, problem: "a next link that does not lead to \(origin)/\(connection.version)/",
            next: "Nothing was sent there. Report it to the operator of the service")
        let url: HTTPURL
        do throws(TransferError) { url = try HTTPURL(link) } catch { throw refused }
        // libcurl sends dot segments unchanged, and a server may resolve them.
        let hasDots = url.location.lowercased().replacing("%2e", with: ".").split(separator: "/").contains {
            $0 == ".."
        }
        guard url.origin == origin, url.location.hasPrefix("\(origin)/\(connection.version)/"), !hasDots else {
            throw refused
        }
        return try await get(url: link, .needed)
    }

    private func get(url: String, _ effort: Effort) async throws(GraphError) -> JSONValue {
        let (response, tree, _) = try await send(needsObject: true, effort) { () throws(TransferError) in
            HTTPRequest(.get, try HTTPURL(url))
        }
        guard let tree else { throw failure(response, location: "GET", tree: .null) }
        return tree
    }

    /// Sends a body once and returns the answer, whatever its status.
    ///
    /// - Throws: ``GraphError`` where there was no answer.
    package func post(
        _ path: GraphPath, mediaType: String, body: [UInt8]
    ) async throws(GraphError) -> HTTPResponse {
        try await throttle.wait()
        let token = try await token()
        return try await transfer(token, nil) { () throws(TransferError) in
            HTTPRequest(
                .post, try HTTPURL(url(path)), fields: [try HeaderField("Content-Type", mediaType)], body: body)
        }
    }

    /// Explains an answer whose status is no success.
    package func refusal(of response: HTTPResponse, to path: GraphPath) -> GraphError {
        failure(
            response, location: "POST \(connection.graphURL)/\(connection.version)\(path)",
            tree: JSONValue(response.body) ?? .null)
    }

    /// The time in minutes, for what takes turns.
    package var minute: Int64 { runtime.clock.now().secondsSince1970 / 60 }

    /// The URL of a path.
    package func url(_ path: GraphPath) -> String { "\(connection.graphURL)/\(connection.version)\(path.text)" }

    // MARK: One call, several attempts

    /// Sends until a usable answer comes or the attempts are used up.
    ///
    /// - Parameters:
    ///   - needsObject: Whether a success must hold a JSON object; one that does not was cut off.
    ///   - effort: How much is done for an answer.
    ///   - make: Creates the request, which must be repeatable.
    /// - Returns: The answer, its body, and the token that was accepted.
    /// - Throws: ``GraphError``.
    func send(
        needsObject: Bool, _ effort: Effort = .needed, _ make: () throws(TransferError) -> HTTPRequest
    ) async throws(GraphError) -> (HTTPResponse, JSONValue?, Secret) {
        var hasNewToken = false
        var attempt = 1
        while true {
            try await throttle.wait()
            // Signing in has attempts of its own.
            let token = try await token()
            do throws(GraphError) {
                let response = try await transfer(token, effort.patience, make)
                let tree = JSONValue(response.body)
                if response.isSuccess, !needsObject || tree?.isObject == true { return (response, tree, token) }
                if response.status == 401, !hasNewToken, await tokens.drop(token) {
                    hasNewToken = true
                    continue
                }
                throw failure(response, location: location(make), tree: tree ?? .null)
            } catch {
                guard error.isTransient, attempt < effort.attempts, !Task.isCancelled else { throw error }
                try await pause(after: error, attempt)
                attempt += 1
            }
        }
    }

    /// Waits before the next attempt: as long as Graph asks, otherwise exponentially with full jitter.
    func pause(after error: GraphError, _ attempt: Int) async throws(GraphError) {
        guard let wait = error.retryAfter, wait > .zero else {
            let ceiling = min(Self.longestBackoffSeconds, 0.5 * Double(1 << min(attempt, 10)))
            return await runtime.clock.pause(.milliseconds(Int(ceiling * runtime.jitter() * 1000)))
        }
        guard wait <= Self.longestWait else {
            throw GraphError(
                .throttled, location: error.location, problem: "Graph asks to wait \(wait.components.seconds) s",
                next: "Nothing to do: a later run continues", status: error.status, requestID: error.requestID,
                retryAfter: wait)
        }
        // All calls wait, not only this one: Graph counts early calls against the application.
        throttle.close(for: wait)
    }

    private func transfer(
        _ token: Secret, _ patience: Duration?, _ make: () throws(TransferError) -> HTTPRequest
    ) async throws(GraphError) -> HTTPResponse {
        do throws(TransferError) {
            var request = try make()
            request.totalTimeout = patience ?? request.totalTimeout
            request.fields.append(try HeaderField("client-request-id", runtime.makeID()))
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

    /// Explains an answer that is not the one asked for.
    func failure(_ response: HTTPResponse, location: String, tree: JSONValue) -> GraphError {
        GraphRefusal(
            status: response.status, tree: tree,
            retryAfter: response.retryAfter(now: runtime.clock.now().secondsSince1970),
            requestID: response.value("request-id")
        ).error(at: location)
    }
}

/// Holds all calls back while Graph asks to slow down.
private final class Throttle: Sendable {
    private let clock: WallClock
    private let opensAt = Mutex(Instant.distantPast)

    init(_ clock: WallClock) { self.clock = clock }

    func close(for duration: Duration) {
        // Rounded up to whole seconds: an early call would count against the application.
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

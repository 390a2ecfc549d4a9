internal import FlyingFox
internal import FlyingSocks
internal import Foundation
internal import Synchronization
internal import UsherModel
internal import UsherText

/// Microsoft Graph and its sign-in on a loopback port: requires a valid token, pages, throttles, fails and counts
/// requests.
package final class GraphServer: Sendable {
    /// A fault in place of a regular response.
    package enum Fault: Sendable {
        /// 429 with `Retry-After`, in seconds.
        case throttle(Int)
        /// A status without a body.
        case status(Int)
        /// Half of the body with a matching header, as a broken middlebox sends it.
        case cutBody
        /// A body that is not JSON.
        case garbage
    }

    /// The request counts so far.
    package struct Counts: Hashable, Sendable {
        /// Requests for a token.
        package var tokens = 0
        /// HTTP requests to Graph; a batch counts once.
        package var requests = 0
        /// Regular responses, counting those in a batch individually, without faults.
        package var answers: [String: Int] = [:]
        /// Requests that get no answer.
        package var silences = 0
    }

    struct State {
        var tenant: GraphTenant
        var counts = Counts()
        var valid: Set<String> = []
        var exchange: [String] = []
        var lastToken = 0
        var fault: @Sendable (_ path: String, _ number: Int) -> Fault? = { _, _ in nil }
        var asked = 0
        var isMissingPermission = false
        var signInStatus: Int?
        var permissions = ["VirtualEvent.Read.All"]
        var signInRetryAfter: Int?
        var certificate: String?
        var mailbox = GraphMailbox()
        var clientRequestIDs: Set<String> = []
        var isSilent: @Sendable (_ request: String) -> Bool = { _ in false }
    }

    /// `http://127.0.0.1:PORT`.
    package let url: String
    let state: Mutex<State>
    private let server: HTTPServer
    private let running: Task<Void, any Error>

    /// The accepted credentials: the secret, or assertions for a certificate's public key.
    package static let (tenant, client, secret) = ("contoso.example", "0f6c9b1e-client", "the~right.secret")

    private init(_ server: HTTPServer, port: UInt16, running: Task<Void, any Error>, _ tenant: GraphTenant) {
        (self.server, self.running) = (server, running)
        url = "http://127.0.0.1:\(port)"
        state = Mutex(State(tenant: tenant))
    }

    /// Runs a server while `use` runs.
    package static func run<Result>(
        _ tenant: GraphTenant = GraphTenant(), use: (GraphServer) async throws -> Result
    ) async throws -> Result {
        let server = try await start(tenant)
        do {
            let result = try await use(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts a server on a free port, or on the one given.
    package static func start(_ tenant: GraphTenant, port: UInt16 = 0) async throws -> GraphServer {
        let http = HTTPServer(
            address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), timeout: 120, logger: .disabled)
        let box = Box()
        await http.appendRoute(HTTPRoute(methods: [.GET, .POST], path: "*")) { request in
            guard let server = box.server.withLock({ $0 }) else { return HTTPResponse(statusCode: .serviceUnavailable) }
            return try await server.handle(request)
        }
        let running = Task { try await http.run() }
        try await http.waitUntilListening(timeout: 120)
        guard case .ip4(_, let port)? = await http.listeningAddress else { throw Loopback.Failure(number: 0) }
        let server = GraphServer(http, port: port, running: running, tenant)
        box.server.withLock { $0 = server }
        return server
    }

    private final class Box: Sendable {
        let server = Mutex<GraphServer?>(nil)
    }

    /// Stops the server.
    package func stop() async {
        await server.stop()
        _ = await running.result
    }

    // MARK: Use by tests

    /// The request counts so far.
    package var counts: Counts { state.withLock { $0.counts } }

    /// Changes the tenant's data.
    package func edit(_ change: @Sendable (inout GraphTenant) -> Void) {
        state.withLock { change(&$0.tenant) }
    }

    /// Sets the faults: `number` counts all requests, those in a batch individually.
    package func faults(_ fault: @escaping @Sendable (_ path: String, _ number: Int) -> Fault?) {
        state.withLock { $0.fault = fault }
    }

    /// Answers no request any more whose path, query and body are such; the connections stay open.
    package func fallSilent(_ isSilent: @escaping @Sendable (_ request: String) -> Bool) {
        state.withLock { $0.isSilent = isSilent }
    }

    /// Revokes all issued tokens.
    package func endTokens() { state.withLock { $0.valid = [] } }

    /// Issues tokens without permissions, which are accepted nowhere.
    package func takePermission() { state.withLock { $0.isMissingPermission = true } }

    /// Sets the permissions of the tokens to come.
    package func permit(_ permissions: [String]) { state.withLock { $0.permissions = permissions } }

    /// Answers every request for a token with a status.
    package func failSignIn(_ status: Int?, retryAfter: Int? = nil) {
        state.withLock { ($0.signInStatus, $0.signInRetryAfter) = (status, retryAfter) }
    }

    /// The body with which Graph says that something does not exist.
    package static var notFound: String { error("ResourceNotFound", "Not there.") }

    /// Sets the body of a rejection.
    package static var forbidden: String { error("Forbidden", "No application access policy found for this app.") }

    /// Resets the counts.
    package func countAnew() { state.withLock { $0.counts = Counts() } }

    /// The source of a job that reads all webinars from this server.
    package func source(_ more: String = "events: [{webinars: all}]", auth: String? = nil) -> String {
        let auth =
            auth
            ?? "tenant: {env: TENANT}, auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: SECRET}}"
        return "{kind: graph, graph-url: \"\(url)\", login-url: \"\(url)\", \(auth), \(more)}"
    }

    /// The environment with valid credentials.
    package static let environment = ["TENANT": tenant, "CLIENT": client, "SECRET": secret]

    // MARK: Responses

    private func handle(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = Array(try await request.bodyData)
        let path = request.path.removingPercentEncoding ?? request.path
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let isSilent = state.withLock { state in
            let isSilent = state.isSilent("\(path)?\(query) \(String(decoding: body, as: UTF8.self))")
            if isSilent { state.counts.silences += 1 }
            return isSilent
        }
        // Ends with the server.
        if isSilent { try await Task.sleep(for: .seconds(3600)) }
        if path.contains("/oauth2/") { return token(request, path, body) }
        if path == "/tokeninfo" { return tokenInformation(request) }
        state.withLock { $0.counts.requests += 1 }
        if let refusal = refusal(request) { return refusal }
        let version = path.split(separator: "/").first.map(String.init) ?? ""
        let inner = String(path.dropFirst(version.count + 1))
        guard ["v1.0", "beta"].contains(version) else {
            return Self.answer(404, Self.error("BadRequest", "No such version."))
        }
        if inner.hasPrefix("/users/") { return answer(mailbox: request, inner, body) }
        if inner == "/$batch" { return batch(body, version) }
        let (status, text, retryAfter) = one(
            inner, skip: request.query.first { $0.name == "$skiptoken" }?.value, version)
        return Self.answer(status, text, retryAfter: retryAfter)
    }

    /// One response, single or in a batch.
    private func one(_ path: String, skip: String?, _ version: String) -> (Int, String, retryAfter: Int?) {
        let (tenant, fault) = state.withLock { state in
            state.asked += 1
            return (state.tenant, state.fault(path, state.asked))
        }
        let (status, body) = tenant.answer(path, skip: skip.flatMap { Int($0) } ?? 0, base: "\(url)/\(version)")
        switch fault {
        case nil: break
        case .throttle(let seconds): return (429, Self.error("TooManyRequests", "Slow down."), seconds)
        case .status(let status): return (status, Self.error("ServiceUnavailable", "Broken."), nil)
        case .cutBody: return (200, String(body.prefix(body.count / 2)), nil)
        case .garbage: return (200, "<html>proxy</html>", nil)
        }
        state.withLock { $0.counts.answers[Self.kind(path), default: 0] += 1 }
        return (status, body, nil)
    }

    private func batch(_ body: [UInt8], _ version: String) -> HTTPResponse {
        let requests = JSONValue(body)?["requests"].items ?? []
        guard (1...20).contains(requests.count) else {
            return Self.answer(400, Self.error("BadRequest", "1 to 20 requests."))
        }
        // Graph returns the responses of a batch in any order.
        let responses = requests.reversed().map { item -> String in
            let path = (item["url"].text ?? "").removingPercentEncoding ?? ""
            var (status, text, retryAfter) = one(path, skip: nil, version)
            // A body in a batch is JSON or absent: an error that is none becomes a text, a cut answer an error.
            if JSONValue(Array(text.utf8)) == nil {
                (status, text) = status >= 400 ? (status, #""PGh0bWw+""#) : (502, "null")
            }
            let header = retryAfter.map { #", "headers": {"Retry-After": "\#($0)"}"# } ?? ""
            return #"{"id": "\#(item["id"].text ?? "")", "status": \#(status), "body": \#(text)\#(header)}"#
        }
        return Self.answer(200, #"{"responses": [\#(responses.joined(separator: ","))]}"#)
    }

    private func refusal(_ request: HTTPRequest) -> HTTPResponse? {
        let token = request.headers[.authorization]?.replacing("Bearer ", with: "") ?? ""
        let id = request.headers[HTTPHeader("client-request-id")] ?? ""
        return state.withLock { state in
            guard state.valid.contains(token) else {
                return Self.answer(
                    401, Self.error("InvalidAuthenticationToken", "Access token has ended or is not valid."))
            }
            guard !id.isEmpty, state.clientRequestIDs.insert(id).inserted else {
                return Self.answer(400, Self.error("BadRequest", "client-request-id is missing or was used before."))
            }
            return state.isMissingPermission ? Self.answer(403, Self.error("Forbidden", "Access denied.")) : nil
        }
    }

    private static func kind(_ path: String) -> String {
        let parts = path.split(separator: "/").dropFirst(2)
        switch parts.count {
        case 1: return "events"
        case 2: return parts.last?.hasPrefix("getBy") == true ? "events" : "event"
        case 3: return String(parts[parts.startIndex + 2])
        case 4: return "session"
        default: return String(parts.last ?? "")
        }
    }

    package static func error(_ code: String, _ message: String) -> String {
        #"{"error": {"code": "\#(code)", "message": "\#(message)", "innerError": {"request-id": "inner", "client-request-id": "c"}}}"#
    }

    static func answer(_ status: Int, _ body: String, retryAfter: Int? = nil) -> HTTPResponse {
        var headers: HTTPHeaders = [.contentType: "application/json", HTTPHeader("request-id"): "req-7"]
        if let retryAfter { headers[HTTPHeader("Retry-After")] = "\(retryAfter)" }
        headers[.connection] = "close"
        return HTTPResponse(
            statusCode: HTTPStatusCode(status, phrase: "Test"), headers: headers, body: Data(body.utf8))
    }
}

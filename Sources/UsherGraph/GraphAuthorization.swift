internal import FoundationEssentials
internal import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// The token of a connection: asked for once, kept in memory, renewed before it ends.
///
/// Sources: OAuth 2.0 client credentials grant (RFC 6749 §4.4) as Microsoft Entra ID offers it, client assertions (RFC 7523 §2.2), the Azure
/// Instance Metadata Service, and App Service's identity endpoint.
package actor GraphAuthorization {
    private let connection: GraphConnection
    private let service: TokenService
    private let surroundings: Surroundings
    private let secrets: SecretStore
    private let http: HTTPClient
    private var current: Token?
    private var asking: Task<Result<Token, GraphError>, Never>?

    /// A token, and when it should no longer be used.
    struct Token: Sendable {
        let secret: Secret
        let renewAt: Instant
    }

    /// A token is renewed this long before it ends, or at half its life where that is sooner.
    private static let early = Duration.seconds(300)
    private static let attempts = 5

    init(
        _ connection: GraphConnection, for service: TokenService = .graph, _ surroundings: Surroundings,
        _ secrets: SecretStore, _ http: HTTPClient
    ) {
        (self.connection, self.service) = (connection, service)
        (self.surroundings, self.secrets, self.http) = (surroundings, secrets, http)
    }

    /// A token that is good for some minutes at least; several callers at once share one request for it.
    ///
    /// - Throws: ``GraphError``.
    package func token() async throws(GraphError) -> Secret {
        if let current, surroundings.clock.now() < current.renewAt { return current.secret }
        let task = asking ?? Task { await self.fetch() }
        asking = task
        let result = await task.value
        asking = nil
        let token = try result.get()
        current = token
        return token.secret
    }

    /// Tries to get a token.
    package func examine() async -> Examination {
        let name = service == .graph ? "Microsoft Graph" : "Exchange Online"
        let step = "sign in at \(connection.loginURL) for \(name)"
        do throws(GraphError) {
            _ = try await token()
            return Examination(step, result: "it gives a token")
        } catch {
            return Examination(step, result: "", error: SourceError(error))
        }
    }

    /// Graph refused the token: the next caller gets a new one.
    package func drop(_ token: Secret) {
        if current?.secret == token { current = nil }
    }

    private func fetch() async -> Result<Token, GraphError> {
        do throws(GraphError) {
            return .success(try await newToken())
        } catch {
            return .failure(error)
        }
    }

    private func newToken() async throws(GraphError) -> Token {
        switch connection.authentication {
        case .token(let reference):
            // No one says when it ends: Graph does, with 401.
            return Token(secret: try secret(reference), renewAt: .distantFuture)
        case .clientSecret(let clientID, let reference):
            return try await granted(
                clientID: try secret(clientID), tenant: try tenant(), proof: [("client_secret", try secret(reference))])
        case .certificate(let clientID, let reference):
            return try await granted(certificate: try secret(reference), clientID: try secret(clientID))
        case .workloadIdentity(let clientID): return try await federated(clientID)
        case .managedIdentity(let clientID): return try await managed(clientID)
        }
    }

    // MARK: Ways to a token

    private func granted(certificate: Secret, clientID: Secret) async throws(GraphError) -> Token {
        let tenant = try tenant()
        let endpoint = Self.endpoint(connection.loginURL, tenant)
        let now = surroundings.clock.now()
        let id = surroundings.makeID()
        let assertion: Secret
        do throws(ClientAssertion.Problem) {
            assertion = try certificate.reveal { (pem) throws(ClientAssertion.Problem) in
                try clientID.reveal { (clientID) throws(ClientAssertion.Problem) in
                    Secret(
                        try ClientAssertion(pem: pem).text(clientID: clientID, audience: endpoint, id: id, now: now))
                }
            }
        } catch {
            throw GraphError(
                .refusedCredentials, location: "auth.certificate", problem: error.problem,
                next: "Give one PEM text that holds the certificate and its unencrypted RSA private key")
        }
        return try await granted(clientID: clientID, tenant: tenant, proof: Self.assertion(assertion))
    }

    private func federated(_ clientID: SecretReference?) async throws(GraphError) -> Token {
        let file = try variable("AZURE_FEDERATED_TOKEN_FILE", "workload identity")
        return try await granted(
            clientID: try secret(clientID ?? .env("AZURE_CLIENT_ID")),
            tenant: try secret(connection.tenant ?? .env("AZURE_TENANT_ID")),
            proof: Self.assertion(try secret(.file(file))))
    }

    private static func assertion(_ text: Secret) -> [(String, Secret)] {
        [
            ("client_assertion_type", Secret("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            ("client_assertion", text),
        ]
    }

    private func granted(
        clientID: Secret, tenant: Secret, proof: [(String, Secret)]
    ) async throws(GraphError) -> Token {
        let endpoint = Self.endpoint(connection.loginURL, tenant)
        let form =
            [("grant_type", Secret("client_credentials")), ("client_id", clientID)] + proof + [
                ("scope", Secret(connection.resource(service) + "/.default"))
            ]
        let body = form.map { name, value in value.reveal { "\(name)=\(Self.formEncoded($0))" } }.joined(separator: "&")
        return try await answered { () throws(TransferError) in
            var request = HTTPRequest(.post, try HTTPURL(endpoint), body: Array(body.utf8))
            request.fields = [
                try HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                try HeaderField("Accept", "application/json"),
            ]
            // Asking for a token twice does no harm.
            request.isRepeatable = true
            return request
        }
    }

    /// The machine's own identity: App Service's endpoint where the environment names one, else the metadata service.
    private func managed(_ clientID: SecretReference?) async throws(GraphError) -> Token {
        let resource = connection.resource(service) + "/"
        var query = "resource=\(Self.formEncoded(resource))"
        if let clientID { query += try secret(clientID).reveal { "&client_id=\(Self.formEncoded($0))" } }
        let environment = surroundings.environment
        if let endpoint = environment["IDENTITY_ENDPOINT"], let header = environment["IDENTITY_HEADER"] {
            return try await answered { () throws(TransferError) in
                var request = HTTPRequest(.get, try HTTPURL("\(endpoint)?api-version=2019-08-01&\(query)"))
                request.fields = [try HeaderField("X-IDENTITY-HEADER", header)]
                return request
            }
        }
        let host = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254"
        return try await answered { () throws(TransferError) in
            var request = HTTPRequest(
                .get, try HTTPURL("\(host)/metadata/identity/oauth2/token?api-version=2018-02-01&\(query)"))
            request.fields = [try HeaderField("Metadata", "true")]
            request.totalTimeout = .seconds(20)
            return request
        }
    }

    // MARK: Asking

    private func answered(_ make: () throws(TransferError) -> HTTPRequest) async throws(GraphError) -> Token {
        var failure: GraphError?
        for attempt in 1...Self.attempts {
            if let failure { await pause(attempt, failure.retryAfter) }
            do throws(GraphError) {
                return try token(in: try await send(make))
            } catch {
                guard error.isPassing, !Task.isCancelled else { throw error }
                failure = error
            }
        }
        throw failure ?? GraphError(.canceled, location: connection.loginURL, problem: "stopped", next: "Run again")
    }

    private func pause(_ attempt: Int, _ asked: Duration?) async {
        let seconds = Double(1 << min(attempt, 5)) * surroundings.jitter()
        await surroundings.clock.pause(asked.map { min($0, .seconds(120)) } ?? .milliseconds(Int(seconds * 1000)))
    }

    private func send(_ make: () throws(TransferError) -> HTTPRequest) async throws(GraphError) -> HTTPResponse {
        do throws(TransferError) {
            var request = try make()
            request.responseBytes = 256 * 1024
            return try await http.send(request)
        } catch {
            throw GraphError(error)
        }
    }

    private func token(in response: HTTPResponse) throws(GraphError) -> Token {
        let tree = JSONValue(response.body) ?? .null
        guard response.isSuccess else { throw TokenRefusal(response, tree, connection).error }
        guard let text = tree["access_token"].text, !text.isEmpty else {
            throw GraphError(
                .malformed, location: connection.loginURL, problem: "an answer without an access_token",
                next: "Check login-url and what stands between")
        }
        let stated = tree["expires_in"].integer ?? tree["expires_in"].text.flatMap { Int($0) } ?? 600
        let life = Duration.seconds(max(60, min(stated, 86_400)))
        return Token(secret: Secret(text), renewAt: surroundings.clock.now() + max(life / 2, life - Self.early))
    }

    // MARK: Parts

    private func tenant() throws(GraphError) -> Secret {
        guard let tenant = connection.tenant else {
            throw GraphError(
                .refusedCredentials, location: "tenant", problem: "nothing", next: "Name the tenant in the job file")
        }
        return try secret(tenant)
    }

    private func secret(_ reference: SecretReference) throws(GraphError) -> Secret {
        do throws(SecretError) {
            return try secrets.secret(reference)
        } catch {
            throw GraphError(
                .refusedCredentials, location: error.location, problem: error.problem,
                next: "Provide the secret where the job file says it lies")
        }
    }

    private func variable(_ name: String, _ what: String) throws(GraphError) -> String {
        guard let value = surroundings.environment[name], !value.isEmpty else {
            throw GraphError(
                .refusedCredentials, location: "auth", problem: "\(what) without the environment variable \(name)",
                next: "Let the cluster's webhook set it (azure.workload.identity/use), or sign in in another way")
        }
        return value
    }

    private static func endpoint(_ login: String, _ tenant: Secret) -> String {
        let path = tenant.reveal { GraphPath([$0]).text }
        return "\(login)\(path)/oauth2/v2.0/token"
    }

    /// WHATWG URL §5.2, application/x-www-form-urlencoded.
    static func formEncoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: .form) }
}

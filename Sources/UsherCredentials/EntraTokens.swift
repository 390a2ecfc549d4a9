package import UsherJob
package import UsherModel
internal import UsherText
package import UsherTransfer

/// Access tokens of an application for one resource: requested once, kept in memory, renewed before they expire.
///
/// Sources: OAuth 2.0 client credentials grant (RFC 6749 §4.4) as Microsoft Entra ID offers it, client assertions (RFC 7523 §2.2), the Azure
/// Instance Metadata Service, and App Service's identity endpoint.
package actor EntraTokens {
    private let application: EntraApplication
    private let resource: Resource
    private let runtime: RuntimeEnvironment
    private let secrets: SecretStore
    private let http: HTTPClient
    private var current: Token?
    private var failed: (error: CredentialError, until: Instant)?
    /// When a token was issued in the place of one that was refused.
    private var replacedAt: Instant?
    private var isReplacing = false
    private let request = SharedWork<Resource, Result<Token, CredentialError>>()

    /// A service that accepts tokens of Microsoft Entra ID.
    package enum Resource: Hashable, Sendable {
        /// Microsoft Graph.
        case graph
        /// Exchange Online, over SMTP and IMAP.
        case exchange
    }

    private struct Token: Sendable {
        let secret: Secret
        let renewAt: Instant
    }

    /// A token is renewed this long before it expires, or at half its lifetime where that is sooner.
    private static let margin = Duration.seconds(300)
    private static let attempts = 5
    /// All waits for one token together; whoever asks within as long after a failure gets the same one.
    private static let patience = Duration.seconds(60)
    /// The time limit for one attempt.
    private static let attemptPatience = Duration.seconds(20)
    /// Where the token that replaced a refused one is refused as well within this time, another one would fare no better.
    private static let trust = Duration.seconds(300)
    private static let responseBytes = 256 * 1024

    package init(
        _ application: EntraApplication, for resource: Resource, _ runtime: RuntimeEnvironment, _ secrets: SecretStore,
        _ http: HTTPClient
    ) {
        (self.application, self.resource) = (application, resource)
        (self.runtime, self.secrets, self.http) = (runtime, secrets, http)
    }

    /// A token that is valid for some minutes at least; concurrent callers share one request for it.
    ///
    /// - Throws: ``CredentialError``.
    package func token() async throws(CredentialError) -> Secret {
        if let valid { return valid.secret }
        let result = await request.value(of: resource) { await requested() }
        guard let result else { throw canceled }
        return try result.get().secret
    }

    /// The current token, if it need not be renewed yet.
    private var valid: Token? {
        guard let current, runtime.clock.now() < current.renewAt else { return nil }
        return current
    }

    private var canceled: CredentialError {
        CredentialError(.canceled, location: application.loginURL, problem: "the run was stopped", next: "Run again")
    }

    /// Requests a token and reports whether the service issued one.
    package func examine() async -> Examination {
        let name = resource == .graph ? "Microsoft Graph" : "Exchange Online"
        let step = "sign in at \(application.loginURL) for \(name)"
        do throws(CredentialError) {
            _ = try await token()
            return Examination(step, result: "a token was issued")
        } catch {
            return Examination(step, result: "", error: ExaminationError(error))
        }
    }

    /// Forgets a token that the resource refused, so that the next caller gets a new one.
    ///
    /// - Returns: Whether another attempt with the next token makes sense.
    @discardableResult
    package func drop(_ token: Secret) -> Bool {
        guard current?.secret == token else { return true }
        if let replacedAt, runtime.clock.now() - replacedAt < Self.trust { return false }
        (current, isReplacing) = (nil, true)
        return true
    }

    private func requested() async -> Result<Token, CredentialError> {
        // Someone else may have got one just before.
        if let valid { return .success(valid) }
        if let failed, runtime.clock.now() < failed.until { return .failure(failed.error) }
        do throws(CredentialError) {
            let token = try await newToken()
            (current, failed) = (token, nil)
            if isReplacing { (replacedAt, isReplacing) = (runtime.clock.now(), false) }
            return .success(token)
        } catch {
            if error.isTransient { failed = (error, runtime.clock.now() + Self.patience) }
            return .failure(error)
        }
    }

    private func newToken() async throws(CredentialError) -> Token {
        switch application.authentication {
        case .token(let reference):
            // Its expiry is not known: the resource answers 401 when it is over.
            return Token(secret: try await secret(reference), renewAt: .distantFuture)
        case .clientSecret(let clientID, let reference):
            return try await granted(
                clientID: try await name(clientID), tenant: try await tenant(),
                proof: [("client_secret", try await secret(reference))])
        case .certificate(let clientID, let reference):
            return try await granted(certificate: try await secret(reference), clientID: try await name(clientID))
        case .workloadIdentity(let clientID): return try await federated(clientID)
        case .managedIdentity(let clientID): return try await managed(clientID)
        }
    }

    // MARK: Grants

    private func granted(certificate: Secret, clientID: Secret) async throws(CredentialError) -> Token {
        let tenant = try await tenant()
        let endpoint = Self.endpoint(application.loginURL, tenant)
        let now = runtime.clock.now()
        let id = runtime.makeID()
        let assertion: Secret
        do throws(ClientAssertion.Problem) {
            assertion = try certificate.reveal { (pem) throws(ClientAssertion.Problem) in
                try clientID.reveal { (clientID) throws(ClientAssertion.Problem) in
                    Secret(
                        try ClientAssertion(pem: pem).text(clientID: clientID, audience: endpoint, id: id, now: now))
                }
            }
        } catch {
            throw CredentialError(
                .refusedCredentials, location: "auth.certificate", problem: error.problem,
                next: "Give one PEM text that holds the certificate and its unencrypted RSA private key")
        }
        return try await granted(clientID: clientID, tenant: tenant, proof: Self.proof(assertion))
    }

    private func federated(_ clientID: SecretReference?) async throws(CredentialError) -> Token {
        let file = try variable("AZURE_FEDERATED_TOKEN_FILE", "workload identity")
        return try await granted(
            clientID: try await name(clientID ?? .env("AZURE_CLIENT_ID")),
            tenant: try await name(application.tenant ?? .env("AZURE_TENANT_ID")),
            proof: Self.proof(try await secret(.file(file))))
    }

    private static func proof(_ assertion: Secret) -> [(String, Secret)] {
        [
            ("client_assertion_type", Secret("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            ("client_assertion", assertion),
        ]
    }

    private func granted(
        clientID: Secret, tenant: Secret, proof: [(String, Secret)]
    ) async throws(CredentialError) -> Token {
        let endpoint = Self.endpoint(application.loginURL, tenant)
        let form =
            [("grant_type", Secret("client_credentials")), ("client_id", clientID)] + proof + [
                ("scope", Secret(resourceURL + "/.default"))
            ]
        let body = form.map { name, value in value.reveal { "\(name)=\(Self.formEncoded($0))" } }.joined(separator: "&")
        return try await fetch { () throws(TransferError) in
            var request = HTTPRequest(.post, try HTTPURL(endpoint), body: Array(body.utf8))
            request.fields = [
                try HeaderField("Content-Type", "application/x-www-form-urlencoded"),
                try HeaderField("Accept", "application/json"),
            ]
            // Requesting a token twice does no harm.
            request.isRepeatable = true
            return request
        }
    }

    /// Uses the machine's identity: App Service's endpoint where the environment names one, else the metadata service.
    private func managed(_ clientID: SecretReference?) async throws(CredentialError) -> Token {
        var query = "resource=\(Self.formEncoded(resourceURL + "/"))"
        if let clientID { query += try await name(clientID).reveal { "&client_id=\(Self.formEncoded($0))" } }
        let environment = runtime.variables
        if let endpoint = environment["IDENTITY_ENDPOINT"], let header = environment["IDENTITY_HEADER"] {
            return try await fetch { () throws(TransferError) in
                var request = HTTPRequest(.get, try HTTPURL("\(endpoint)?api-version=2019-08-01&\(query)"))
                request.fields = [try HeaderField("X-IDENTITY-HEADER", header)]
                return request
            }
        }
        let host = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] ?? "http://169.254.169.254"
        return try await fetch { () throws(TransferError) in
            var request = HTTPRequest(
                .get, try HTTPURL("\(host)/metadata/identity/oauth2/token?api-version=2018-02-01&\(query)"))
            request.fields = [try HeaderField("Metadata", "true")]
            request.totalTimeout = .seconds(20)
            return request
        }
    }

    // MARK: Requests

    private func fetch(_ make: () throws(TransferError) -> HTTPRequest) async throws(CredentialError) -> Token {
        var failure: CredentialError?
        let begun = runtime.clock.now()
        for attempt in 1...Self.attempts {
            if let failure {
                let wait = wait(attempt, failure.retryAfter)
                guard runtime.clock.now() + wait - begun <= Self.patience else { throw failure }
                await runtime.clock.pause(wait)
                guard !Task.isCancelled else { throw canceled }
            }
            do throws(CredentialError) {
                return try token(in: try await send(make))
            } catch {
                guard error.isTransient, !Task.isCancelled else { throw error }
                failure = error
            }
        }
        throw failure ?? canceled
    }

    /// How long to wait before an attempt: as the service asks, else exponentially with full jitter.
    private func wait(_ attempt: Int, _ retryAfter: Duration?) -> Duration {
        if let retryAfter, retryAfter > .zero { return retryAfter }
        return .milliseconds(Int(Double(1 << min(attempt, 5)) * runtime.jitter() * 1000))
    }

    private func send(_ make: () throws(TransferError) -> HTTPRequest) async throws(CredentialError) -> HTTPResponse {
        do throws(TransferError) {
            var request = try make()
            request.responseBytes = Self.responseBytes
            request.totalTimeout = request.totalTimeout ?? Self.attemptPatience
            return try await http.send(request)
        } catch {
            throw explained(CredentialError(error))
        }
    }

    /// The same error without the path of the request, in which the tenant is: that may be a secret.
    private func explained(_ error: CredentialError) -> CredentialError {
        if case .managedIdentity = application.authentication { return error }
        return CredentialError(
            error.code, location: "\(application.loginURL) (sign-in)", problem: error.problem, next: error.next,
            status: error.status)
    }

    private func token(in response: HTTPResponse) throws(CredentialError) -> Token {
        let tree = JSONValue(response.body) ?? .null
        guard response.isSuccess else {
            throw TokenRefusal(response, tree, application, now: runtime.clock.now()).error
        }
        guard let text = tree["access_token"].text, !text.isEmpty else {
            throw CredentialError(
                .malformed, location: application.loginURL, problem: "the answer holds no access_token",
                next: "Check login-url, and any proxy in between")
        }
        let stated = tree["expires_in"].integer ?? tree["expires_in"].text.flatMap { Int($0) } ?? 600
        let lifetime = Duration.seconds(max(60, min(stated, 86_400)))
        let secret = Secret(text)
        KnownSecrets.note(secret)
        return Token(
            secret: secret, renewAt: runtime.clock.now() + max(lifetime / 2, lifetime - Self.margin))
    }

    // MARK: Parts

    /// What the token is for (OAuth 2.0 "resource"; followed by `/.default`, the scope of the client credentials grant).
    private var resourceURL: String {
        switch resource {
        case .graph: application.cloud.graphURL
        case .exchange: application.cloud.exchangeURL
        }
    }

    private func tenant() async throws(CredentialError) -> Secret {
        guard let tenant = application.tenant else {
            throw CredentialError(
                .refusedCredentials, location: "tenant", problem: "no tenant", next: "Name the tenant in the job file")
        }
        return try await name(tenant)
    }

    private func name(_ reference: SecretReference) async throws(CredentialError) -> Secret {
        try await secret(reference, isName: true)
    }

    private func secret(
        _ reference: SecretReference, isName: Bool = false
    ) async throws(CredentialError) -> Secret {
        do throws(SecretError) {
            return try await secrets.secret(reference, isName: isName)
        } catch {
            throw CredentialError(error)
        }
    }

    private func variable(_ name: String, _ what: String) throws(CredentialError) -> String {
        guard let value = runtime.variables[name], !value.isEmpty else {
            throw CredentialError(
                .refusedCredentials, location: "auth", problem: "\(what) without the environment variable \(name)",
                next: "Let the cluster's webhook set it (azure.workload.identity/use), or use another kind of auth")
        }
        return value
    }

    private static func endpoint(_ login: String, _ tenant: Secret) -> String {
        tenant.reveal { "\(login)/\(formEncoded($0))/oauth2/v2.0/token" }
    }

    /// `application/x-www-form-urlencoded` with blanks as `%20`, which also suits a path segment.
    private static func formEncoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: .form) }
}

package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// How a job reaches Microsoft Graph: which cloud, which tenant, and how it signs in.
package struct GraphConnection: Hashable, Sendable {
    /// How the job signs in.
    package enum Authentication: Hashable, Sendable {
        /// An application with a secret.
        case clientSecret(clientID: SecretReference, secret: SecretReference)
        /// An application with a certificate and its private key, both in one PEM text.
        case certificate(clientID: SecretReference, certificate: SecretReference)
        /// The identity of the machine; nil is the system-assigned one.
        case managedIdentity(clientID: SecretReference?)
        /// A federated token file; nil is what the environment says (`AZURE_CLIENT_ID`).
        case workloadIdentity(clientID: SecretReference?)
        /// A ready token.
        case token(SecretReference)
    }

    /// Which cloud.
    package let cloud: GraphCloud
    /// The tenant; nil where the authentication knows it.
    package let tenant: SecretReference?
    /// How the job signs in.
    package let authentication: Authentication
    /// Whether the beta endpoints are asked.
    package let isBeta: Bool
    /// Where Graph is asked: scheme, host and port.
    package let graphURL: String
    /// Where tokens are given out: scheme, host and port.
    package let loginURL: String

    /// The keys of a job that ``init(_:_:)`` reads.
    package static let keys = ["cloud", "tenant", "auth", "beta", "graph-url", "login-url"]

    /// Takes all.
    package init(
        cloud: GraphCloud, tenant: SecretReference?, authentication: Authentication, isBeta: Bool = false,
        graphURL: String? = nil, loginURL: String? = nil
    ) {
        (self.cloud, self.tenant, self.authentication, self.isBeta) = (cloud, tenant, authentication, isBeta)
        (self.graphURL, self.loginURL) = (graphURL ?? cloud.graphURL, loginURL ?? cloud.loginURL)
    }

    /// Reads the connection out of a source's or a channel's mapping; nil where there are problems.
    package init?(_ map: JobMap) {
        let cloud = map.choice("cloud", GraphCloud.self) ?? .global
        let tenant = map.secret("tenant")
        let auth = map.required("auth", "{kind: client-secret, client-id: {env: …}, client-secret: {env: …}}")
        let urls = ["graph-url", "login-url"].map { Self.url($0, map) }
        guard let node = auth, let authentication = Self.authentication(node, map.problems) else { return nil }
        switch authentication {
        case .clientSecret, .certificate:
            guard tenant != nil || map["tenant"] != nil else {
                map.problems.error(map.node, "no tenant", expected: "tenant: {env: GRAPH_TENANT_ID}")
                return nil
            }
        case .managedIdentity, .workloadIdentity, .token: break
        }
        self.init(
            cloud: cloud, tenant: tenant, authentication: authentication, isBeta: map.flag("beta") ?? false,
            graphURL: urls[0], loginURL: urls[1])
    }

    /// The version of the API: `v1.0` or `beta`.
    package var version: String { isBeta ? "beta" : "v1.0" }

    /// What a token is for (OAuth 2.0 "resource"; with `/.default` behind it, the scope of the client credentials grant).
    package func resource(_ service: TokenService) -> String {
        switch service {
        case .graph: cloud.graphURL
        case .exchange: cloud.exchangeURL
        }
    }

    /// An origin in place of the cloud's own, as a proxy or a rehearsal needs it.
    private static func url(_ key: String, _ map: JobMap) -> String? {
        map.parsed(key, "https://HOST without a path (http only for this machine)") { text in
            guard let url = try? HTTPURL(text), url.origin == text else { return nil }
            return url.scheme == .https || NetworkLocation.isThisMachine(host: url.host) ? text : nil
        }
    }

    private static func authentication(_ node: JobNode, _ problems: JobProblems) -> Authentication? {
        let keys = ["kind", "client-id", "client-secret", "certificate", "token"]
        guard let map = JobMap(node, problems, keys: keys),
            let kind = map.required("kind", AuthenticationKind.words)?.choice(AuthenticationKind.self, problems)
        else { return nil }
        func needed(_ key: String) -> SecretReference? { map.required(key, "{env: NAME}")?.secret(problems) }
        switch kind {
        case .clientSecret:
            guard let id = needed("client-id"), let secret = needed("client-secret") else { return nil }
            return .clientSecret(clientID: id, secret: secret)
        case .certificate:
            guard let id = needed("client-id"), let certificate = needed("certificate") else { return nil }
            return .certificate(clientID: id, certificate: certificate)
        case .managedIdentity: return .managedIdentity(clientID: map.secret("client-id"))
        case .workloadIdentity: return .workloadIdentity(clientID: map.secret("client-id"))
        case .token: return needed("token").map { .token($0) }
        }
    }
}

/// A service that takes tokens of Microsoft Entra ID.
package enum TokenService: Hashable, Sendable {
    /// Microsoft Graph.
    case graph
    /// Exchange Online, over SMTP and IMAP.
    case exchange
}

/// `auth.kind`.
private enum AuthenticationKind: String, CaseIterable {
    case clientSecret = "client-secret"
    case certificate
    case managedIdentity = "managed-identity"
    case workloadIdentity = "workload-identity"
    case token

    static let words = allCases.map(\.rawValue).joined(separator: ", ")
}

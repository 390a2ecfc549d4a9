package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// An application registered in Microsoft Entra ID: its cloud and tenant, and how it proves who it is.
package struct EntraApplication: Hashable, Sendable {
    /// `auth.kind`.
    package enum Authentication: Hashable, Sendable {
        /// With a client secret.
        case clientSecret(clientID: SecretReference, secret: SecretReference)
        /// With a certificate and its private key in one PEM text.
        case certificate(clientID: SecretReference, certificate: SecretReference)
        /// With the identity of the machine; nil is the system-assigned one.
        case managedIdentity(clientID: SecretReference?)
        /// With a federated token file; nil reads `AZURE_CLIENT_ID`.
        case workloadIdentity(clientID: SecretReference?)
        /// With a token that the job supplies.
        case token(SecretReference)
    }

    package let cloud: MicrosoftCloud
    /// Nil where the authentication implies the tenant.
    package let tenant: SecretReference?
    package let authentication: Authentication
    /// Scheme, host and port of the service that issues tokens.
    package let loginURL: String

    /// The keys of a job file that ``init(_:)`` reads.
    package static let keys = ["cloud", "tenant", "auth", "login-url"]

    package init(
        cloud: MicrosoftCloud, tenant: SecretReference?, authentication: Authentication, loginURL: String? = nil
    ) {
        (self.cloud, self.tenant, self.authentication) = (cloud, tenant, authentication)
        self.loginURL = loginURL ?? cloud.loginURL
    }

    /// Reads the application from the mapping of a source, a channel or an inbox; nil where there are problems.
    package init?(_ map: JobMap) {
        let cloud = map.choice("cloud", MicrosoftCloud.self) ?? .global
        let tenant = map.secret("tenant")
        let auth = map.required("auth", "{kind: client-secret, client-id: {env: …}, client-secret: {env: …}}")
        let loginURL = Self.origin("login-url", map)
        guard let node = auth, let authentication = Self.authentication(node, map.problems) else { return nil }
        switch authentication {
        case .clientSecret, .certificate:
            guard tenant != nil || map["tenant"] != nil else {
                map.problems.error(map.node, "no tenant", expected: "tenant: {env: GRAPH_TENANT_ID}")
                return nil
            }
        case .managedIdentity, .workloadIdentity, .token: break
        }
        self.init(cloud: cloud, tenant: tenant, authentication: authentication, loginURL: loginURL)
    }

    /// Whether the job supplies the token itself; such a token is valid for one service only.
    package var hasReadyToken: Bool {
        if case .token = authentication { return true }
        return false
    }

    /// Reads an origin that replaces one of the cloud's own, for a proxy or a rehearsal.
    package static func origin(_ key: String, _ map: JobMap) -> String? {
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

/// `auth.kind`.
private enum AuthenticationKind: String, CaseIterable {
    case clientSecret = "client-secret"
    case certificate
    case managedIdentity = "managed-identity"
    case workloadIdentity = "workload-identity"
    case token

    static let words = allCases.map(\.rawValue).joined(separator: ", ")
}

package import UsherJob
package import UsherModel

/// What the job file may say of a source of kind `graph`.
package struct GraphSourceOptions: Hashable, Sendable {
    /// A national cloud of Microsoft.
    package enum Cloud: String, Hashable, Sendable, CaseIterable {
        /// The worldwide service.
        case global
        /// US Government L4.
        case usgovL4 = "usgov-l4"
        /// US Government L5 (DoD).
        case usgovL5 = "usgov-l5"
        /// China, operated by 21Vianet.
        case china
    }

    /// How the job signs in.
    package enum Authentication: Hashable, Sendable {
        /// An application with a secret.
        case clientSecret(clientID: SecretReference, secret: SecretReference)
        /// An application with a certificate and its private key (PEM).
        case certificate(clientID: SecretReference, certificate: SecretReference)
        /// The identity of the machine; nil is the system-assigned one.
        case managedIdentity(clientID: SecretReference?)
        /// A federated token file.
        case workloadIdentity(clientID: SecretReference?)
        /// A ready token.
        case token(SecretReference)
    }

    /// Which events.
    package enum Selection: Hashable, Sendable {
        /// All of a kind that the caller may see.
        case all(EventKind)
        /// Those of one user in a role.
        case user(EventKind, id: String, role: Role)
        /// One, by its id.
        case one(EventKind, EventID)
    }

    /// A user's part in an event.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// Who made it.
        case organizer
        /// Who helps.
        case coOrganizer
    }

    /// Which cloud.
    package let cloud: Cloud
    /// The tenant; nil where the authentication knows it.
    package let tenant: SecretReference?
    /// How the job signs in.
    package let authentication: Authentication
    /// Which events.
    package let events: [Selection]
    /// Whether the beta endpoints are asked.
    package let isBeta: Bool

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems) {
        let keys = ["kind", "cloud", "tenant", "auth", "events", "beta"]
        guard let map = JobMap(kind.node, problems, keys: keys) else { return nil }
        cloud = map.choice("cloud", Cloud.self) ?? .global
        tenant = map.secret("tenant")
        isBeta = map.flag("beta") ?? false
        let auth = map.required("auth", "{kind: client-secret, client-id: {env: …}, client-secret: {env: …}}")
        let authentication = auth.flatMap { Self.authentication($0, problems) }
        let events = map.required("events", "a list of events")?.items(problems, of: "events") ?? []
        self.events = events.compactMap { Self.selection($0, problems) }
        guard let authentication else { return nil }
        self.authentication = authentication
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

    private static func selection(_ node: JobNode, _ problems: JobProblems) -> Selection? {
        guard let map = JobMap(node, problems, keys: ["webinar", "townhall", "webinars", "townhalls"]) else {
            return nil
        }
        if let id = map.text("webinar") { return .one(.webinar, EventID(rawValue: id)) }
        if let id = map.text("townhall") { return .one(.townhall, EventID(rawValue: id)) }
        if let many = map["webinars"] { return selection(many, .webinar, problems) }
        if let many = map["townhalls"] { return selection(many, .townhall, problems) }
        problems.error(node, "no event", expected: "webinar, townhall, webinars or townhalls")
        return nil
    }

    private static func selection(_ node: JobNode, _ kind: EventKind, _ problems: JobProblems) -> Selection? {
        if case .text("all") = node.value { return .all(kind) }
        guard let map = JobMap(node, problems, keys: ["by-user", "role"]),
            let user = map.required("by-user", "the id of a user")?.text(problems)
        else { return nil }
        return .user(kind, id: user, role: map.choice("role", Role.self) ?? .organizer)
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

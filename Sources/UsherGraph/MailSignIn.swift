package import UsherJob
package import UsherModel
package import UsherTransfer

/// How a job says that it signs in to a mail server, to send (SMTP) or to read (IMAP).
package enum MailAuthentication: Hashable, Sendable {
    /// With a name and a password (PLAIN, LOGIN: RFC 4954).
    case password(username: SecretReference, password: SecretReference)
    /// With a name and an access token (XOAUTH2).
    case token(username: SecretReference, token: SecretReference)
    /// With a name and a token for Exchange Online, which the application gets as it gets Graph's; nil signs in as the job's source does.
    case graph(username: SecretReference, GraphConnection?)

    /// The keys that ``init(_:)`` reads.
    package static let keys = ["username", "password", "token"] + entraKeys
    private static let entraKeys = ["auth", "cloud", "tenant", "login-url"]

    /// Reads a mapping that names a user; nil where there are problems.
    package init?(_ map: JobMap) {
        let username = map.required("username", "{env: NAME}")?.secret(map.problems)
        if case .text("graph") = map["token"]?.value {
            guard let found = Self.entra(username, map) else { return nil }
            self = found
            return
        }
        Self.refuse(Self.entraKeys, map, without: "token: graph", expected: "token: graph beside it")
        if let node = map["token"] {
            guard let token = node.secret(map.problems), let username else { return nil }
            self = .token(username: username, token: token)
        } else {
            let password = map.required("password", "{env: NAME}, or token")?.secret(map.problems)
            guard let username, let password else { return nil }
            self = .password(username: username, password: password)
        }
    }

    private static func entra(_ username: SecretReference?, _ map: JobMap) -> MailAuthentication? {
        guard let auth = map["auth"] else {
            refuse(entraKeys, map, without: "auth", expected: "auth beside it, or neither: then the source's is used")
            return username.map { .graph(username: $0, nil) }
        }
        guard let connection = GraphConnection(map), let username else { return nil }
        guard !connection.hasReadyToken else {
            map.problems.error(
                auth, "a ready token, which is for one service only",
                expected: "token: {env: NAME} with a token for Exchange, or another kind of auth")
            return nil
        }
        return .graph(username: username, connection)
    }

    private static func refuse(_ keys: [String], _ map: JobMap, without other: String, expected: String) {
        for key in keys {
            if let node = map[key] { map.problems.error(node, "\(key) without \(other)", expected: expected) }
        }
    }

    /// The name of the user, or what it is made of.
    package var username: SecretReference {
        switch self {
        case .password(let username, _), .token(let username, _), .graph(let username, _): username
        }
    }
}

extension GraphConnection {
    /// Whether its token is given, and so for Graph alone.
    package var hasReadyToken: Bool {
        if case .token = authentication { return true }
        return false
    }
}

/// What a mail server asks a client for, fetched when it is needed; a token of Entra's is renewed before it ends.
package struct MailSignIn: Sendable {
    private enum Way: Sendable {
        case password(SecretReference)
        case token(SecretReference)
        case entra(GraphAuthorization)
    }

    private let name: SecretReference
    private let way: Way
    private let secrets: FreshSecrets

    /// Takes how to sign in, and how the job's source does where that is left open.
    ///
    /// - Throws: ``GraphError`` where this machine has no memory or thread left, or where no connection to Entra is said.
    package init(
        _ authentication: MailAuthentication, source: GraphConnection?, _ surroundings: Surroundings,
        secrets: SecretStore
    ) throws(GraphError) {
        (name, self.secrets) = (authentication.username, FreshSecrets(secrets, surroundings.clock))
        switch authentication {
        case .password(_, let password): way = .password(password)
        case .token(_, let token): way = .token(token)
        case .graph(_, let own):
            guard let connection = own ?? source, !connection.hasReadyToken else {
                throw GraphError(
                    .refusedCredentials, location: "token: graph",
                    problem: "no application that could get a token for Exchange, neither here nor as the job's source",
                    next: "Give tenant and auth beside it")
            }
            do throws(TransferError) {
                way = .entra(
                    GraphAuthorization(connection, for: .exchange, surroundings, secrets, try HTTPClient()))
            } catch {
                throw GraphError(error)
            }
        }
    }

    /// The name of the user.
    ///
    /// - Throws: ``GraphError`` `refusedCredentials` where it cannot be had.
    package func username() throws(GraphError) -> String { try text(name) }

    /// Name and password or token.
    ///
    /// - Throws: ``GraphError``; `refusedCredentials` where a secret cannot be had or Entra refuses a token.
    package func credentials() async throws(GraphError) -> MailCredentials {
        let username = try username()
        return switch way {
        case .password(let password): MailCredentials(username: username, password: try text(password))
        case .token(let token): MailCredentials(username: username, token: try text(token))
        case .entra(let authorization):
            MailCredentials(username: username, token: try await authorization.token().reveal { $0 })
        }
    }

    /// What may help where a server refused the credentials; empty where the server's words are all there is to say.
    package var hint: String {
        guard case .entra = way else { return "" }
        return """
            . The token is of Microsoft Entra ID: grant the application SMTP.SendAsApp or IMAP.AccessAsApp, and make it known to \
            Exchange (New-ServicePrincipal, Add-MailboxPermission)
            """
    }

    /// Tries to get a token, where that is part of it; nil where it is not.
    package func examine() async -> Examination? {
        guard case .entra(let authorization) = way else { return nil }
        return await authorization.examine()
    }

    private func text(_ reference: SecretReference) throws(GraphError) -> String {
        do throws(SecretError) {
            return try secrets.secret(reference).reveal { $0 }
        } catch {
            throw GraphError(
                .refusedCredentials, location: error.location, problem: error.problem,
                next: "Provide the secret where the job file says it lies")
        }
    }
}

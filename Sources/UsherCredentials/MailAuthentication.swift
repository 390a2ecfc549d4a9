package import UsherJob
package import UsherModel

/// How a job signs in to a mail server, to send (SMTP) or to read (IMAP).
package enum MailAuthentication: Hashable, Sendable {
    /// With a user name and a password (PLAIN, LOGIN: RFC 4954).
    case password(username: SecretReference, password: SecretReference)
    /// With a user name and an access token (XOAUTH2).
    case token(username: SecretReference, token: SecretReference)
    /// With a user name and a token for Exchange Online; nil uses the application of the job's source.
    case entra(username: SecretReference, EntraApplication?)

    /// The keys that ``init(_:)`` reads.
    package static let keys = ["username", "password", "token"] + EntraApplication.keys

    /// Reads a mapping that names a user; nil where there are problems.
    package init?(_ map: JobMap) {
        let username = map.required("username", "{env: NAME}")?.secret(map.problems)
        if case .text("graph") = map["token"]?.value {
            guard let authentication = Self.entra(username, map) else { return nil }
            self = authentication
            return
        }
        Self.refuse(EntraApplication.keys, map, without: "token: graph", expected: "token: graph beside it")
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
            refuse(
                EntraApplication.keys, map, without: "auth",
                expected: "auth beside it, or neither: then the source's is used")
            return username.map { .entra(username: $0, nil) }
        }
        guard let application = EntraApplication(map), let username else { return nil }
        guard !application.hasReadyToken else {
            map.problems.error(
                auth, "a ready token, which is for one service only",
                expected: "token: {env: NAME} with a token for Exchange, or another kind of auth")
            return nil
        }
        return .entra(username: username, application)
    }

    private static func refuse(_ keys: [String], _ map: JobMap, without other: String, expected: String) {
        for key in keys {
            if let node = map[key] { map.problems.error(node, "\(key) without \(other)", expected: expected) }
        }
    }

    /// The secret that holds the user name.
    package var username: SecretReference {
        switch self {
        case .password(let username, _), .token(let username, _), .entra(let username, _): username
        }
    }
}

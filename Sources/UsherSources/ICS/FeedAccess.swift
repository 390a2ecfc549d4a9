internal import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// What the server of a feed wants to be told: who asks, and with which program.
package struct FeedAccess: Hashable, Sendable {
    /// How the source signs in.
    package enum SignIn: Hashable, Sendable {
        /// Not at all.
        case none
        /// HTTP Basic (RFC 7617).
        case basic(username: SecretReference, password: SecretReference)
        /// A bearer token (RFC 6750).
        case bearer(SecretReference)
    }

    /// How the source signs in.
    package let signIn: SignIn
    /// Further header fields, by reference.
    package let headers: [String: SecretReference]
    /// The name of the program.
    package let userAgent: String

    static let keys = ["username", "password", "token", "headers", "user-agent"]

    /// Reads the options; nil where there are problems.
    init?(_ map: JobMap) {
        headers = map.secretHeaders("headers")
        userAgent =
            map.parsed("user-agent", "the name of a program in ASCII") { text in
                text.isEmpty || !text.utf8.allSatisfy { (0x20..<0x7F).contains($0) } ? nil : text
            } ?? Product.userAgent
        if let token = map["token"] {
            for key in ["username", "password"] {
                if let node = map[key] {
                    map.problems.error(
                        node, key, expected: "one way to sign in, and there is a token as well")
                }
            }
            guard let token = token.secret(map.problems) else { return nil }
            signIn = .bearer(token)
        } else if map["username"] != nil || map["password"] != nil {
            guard let username = map.required("username", "{env: NAME}")?.secret(map.problems),
                let password = map.required("password", "{env: NAME}")?.secret(map.problems)
            else { return nil }
            signIn = .basic(username: username, password: password)
        } else {
            signIn = .none
        }
    }
}

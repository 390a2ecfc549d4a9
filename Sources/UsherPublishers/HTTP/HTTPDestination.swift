internal import UsherJob
package import UsherModel
internal import UsherTransfer

/// A URL that a publication is put to, and how.
package struct HTTPDestination: Hashable, Sendable {
    /// How the client signs in.
    package enum Authentication: Hashable, Sendable {
        /// Not at all.
        case none
        /// With a name and a password (RFC 7617).
        case basic(username: SecretReference, password: SecretReference)
        /// With a token (RFC 6750).
        case bearer(SecretReference)
    }

    /// The URL, with places for ids where the publication is divided.
    package let pattern: String
    /// How the client signs in.
    package let authentication: Authentication
    /// Further header fields, by reference.
    package let headers: [String: SecretReference]
    /// What caches are told with the bytes (RFC 9111 §5.2), where the server keeps it.
    package let cacheControl: String?
    /// Certificates to trust in place of the system's; nil where those will do.
    package let caFile: String?

    /// The keys that a publication to a URL may have beside its own.
    static let keys = ["username", "password", "token", "headers", "cache-control", "ca-file", "insecure"]

    /// Reads what belongs to a URL; nil where there are problems.
    init?(_ text: String, at node: JobNode, _ map: JobMap, folder: String) {
        let isInsecure = map.flag("insecure") ?? false
        guard let pattern = Self.pattern(text, at: node, map, isInsecure: isInsecure),
            let authentication = Self.authentication(map)
        else { return nil }
        (self.pattern, self.authentication) = (pattern, authentication)
        headers = map.secretHeaders("headers")
        cacheControl = map.parsed("cache-control", "a Cache-Control value such as max-age=300") { text in
            Line.hasForbidden(text) || text.isEmpty ? nil : text
        }
        caFile = map.path("ca-file", in: folder)
    }

    private static func pattern(_ text: String, at node: JobNode, _ map: JobMap, isInsecure: Bool) -> String? {
        var url = text
        // Some programs name WebDAV in the scheme; it is HTTP all the same (RFC 4918 §18).
        for (theirs, plain) in [("webdavs://", "https://"), ("webdav://", "http://")] where url.hasPrefix(theirs) {
            url = plain + url.dropFirst(theirs.count)
        }
        let sample = url.replacing("{session.id}", with: "s").replacing("{event.id}", with: "e")
        do throws(TransferError) {
            let parsed = try HTTPURL(sample)
            let host = parsed.host
            let isHere = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
            guard parsed.scheme == .https || isHere || isInsecure else {
                map.problems.error(
                    node, "http", expected: "an https URL (http only to this machine, or with insecure: true)")
                return nil
            }
            return url
        } catch {
            map.problems.error(node, error.found, expected: "an https URL without a user: \(error.next)")
            return nil
        }
    }

    private static func authentication(_ map: JobMap) -> Authentication? {
        if let token = map["token"] {
            for key in ["username", "password"] {
                if let node = map[key] { map.problems.error(node, "a token as well", expected: "one way to sign in") }
            }
            return token.secret(map.problems).map { .bearer($0) }
        }
        guard map["username"] != nil || map["password"] != nil else { return Authentication.none }
        guard let username = map.required("username", "{env: NAME}")?.secret(map.problems),
            let password = map.required("password", "{env: NAME}")?.secret(map.problems)
        else { return nil }
        return .basic(username: username, password: password)
    }
}

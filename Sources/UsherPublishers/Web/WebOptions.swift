internal import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// The URL a publication goes to, and how the client signs in there.
package struct WebOptions: Hashable, Sendable {
    /// How the client signs in.
    package enum Authentication: Hashable, Sendable {
        /// No authentication.
        case none
        /// HTTP Basic (RFC 7617).
        case basic(username: SecretReference, password: SecretReference)
        /// A bearer token (RFC 6750).
        case bearer(SecretReference)
        /// Each request is signed (AWS Signature Version 4).
        case aws(AWSKeys)
    }

    /// The keys of an S3-compatible store.
    package struct AWSKeys: Hashable, Sendable {
        /// The access key ID.
        package let accessKey: SecretReference
        /// The secret access key.
        package let secretKey: SecretReference
        /// The session token of temporary keys; nil for permanent ones.
        package let sessionToken: SecretReference?
        /// The region of the bucket.
        package let region: String
    }

    /// The URL, with placeholders where the publication is split.
    package let pattern: String
    /// Whether a resource that the job's ledger did not write may be replaced.
    package let replaces: Bool
    /// How the client signs in.
    package let authentication: Authentication
    /// Further header fields, by reference.
    package let headers: [String: SecretReference]
    /// `Cache-Control` of the upload (RFC 9111 §5.2), for servers that store it.
    package let cacheControl: String?
    /// Certificates to trust instead of the system's; nil for the system's.
    package let caFile: String?

    /// The keys that any publication to a URL may have.
    static let keys = ["username", "password", "token", "headers", "cache-control", "ca-file", "insecure"] + storeKeys
    /// Those that only apply to an S3 store.
    private static let storeKeys = ["endpoint", "region", "path-style", "access-key", "secret-key", "session-token"]

    /// A location without its query, which may be a key.
    static func label(of location: String) -> String { String(location.prefix { $0 != "?" }) }

    /// Reads the options that belong to a URL; nil where there are problems.
    init?(_ text: String, at node: JobNode, _ map: JobMap, folder: String) {
        let isInsecure = map.flag("insecure") ?? false
        let url: String?
        if text.hasPrefix("s3://") {
            url = Store.url(text, at: node, map)
            Self.refuse(["username", "password", "token"], map, expected: "access-key and secret-key")
        } else {
            url = Self.plain(text)
            Self.refuse(Self.storeKeys, map, expected: "that only where to: is s3://BUCKET/KEY")
        }
        guard let url, Self.isGood(url, at: node, map, isInsecure: isInsecure),
            let authentication = text.hasPrefix("s3://") ? Store.authentication(map) : Self.authentication(map)
        else { return nil }
        (pattern, self.authentication) = (url, authentication)
        replaces = map.flag("replace") ?? false
        headers = map.secretHeaders("headers")
        cacheControl = map.parsed("cache-control", "a Cache-Control value such as max-age=300") { text in
            Line.hasForbidden(text) || text.isEmpty ? nil : text
        }
        caFile = map.path("ca-file", in: folder)
    }

    private static func refuse(_ keys: [String], _ map: JobMap, expected: String) {
        for key in keys {
            if let node = map[key] { map.problems.error(node, key, expected: expected) }
        }
    }

    /// Some programs write WebDAV or CalDAV as the scheme; the protocol is HTTP (RFC 4918 §18).
    private static func plain(_ text: String) -> String {
        for (theirs, plain) in [
            ("webdavs://", "https://"), ("webdav://", "http://"), ("caldavs://", "https://"), ("caldav://", "http://"),
        ] where text.hasPrefix(theirs) {
            return plain + text.dropFirst(theirs.count)
        }
        return text
    }

    private static func isGood(_ url: String, at node: JobNode, _ map: JobMap, isInsecure: Bool) -> Bool {
        let sample = PublicationSplit.allCases.reduce(url) { $0.replacing($1.placeholder, with: "x") }
        do throws(TransferError) {
            let parsed = try HTTPURL(ObjectKey.canonical(sample))
            let isHere = NetworkLocation.isThisMachine(host: parsed.host)
            guard parsed.scheme == .https || isHere || isInsecure else {
                map.problems.error(
                    node, "http", expected: "an https URL (http only to this machine, or with insecure: true)")
                return false
            }
            return true
        } catch {
            map.problems.error(node, error.problem, expected: "an https URL without a user: \(error.next)")
            return false
        }
    }

    private static func authentication(_ map: JobMap) -> Authentication? {
        if let token = map["token"] {
            refuse(["username", "password"], map, expected: "one way to sign in, and there is a token as well")
            return token.secret(map.problems).map { .bearer($0) }
        }
        guard map["username"] != nil || map["password"] != nil else { return Authentication.none }
        guard let username = map.required("username", "{env: NAME}")?.secret(map.problems),
            let password = map.required("password", "{env: NAME}")?.secret(map.problems)
        else { return nil }
        return .basic(username: username, password: password)
    }
}

/// Amazon S3 and compatible stores.
private enum Store {
    /// The URL of an object: the bucket is part of the host name at Amazon, and of the path elsewhere
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>).
    static func url(_ text: String, at node: JobNode, _ map: JobMap) -> String? {
        let rest = text.dropFirst("s3://".count)
        let bucket = rest.prefix { $0 != "/" }
        let key = rest.dropFirst(bucket.count + 1)
        let isBucket = (3...63).contains(bucket.utf8.count) && bucket.utf8.allSatisfy(isOfBucket)
        guard isBucket, !key.isEmpty else {
            map.problems.error(node, "\"\(text.prefix(80))\"", expected: "s3://BUCKET/KEY")
            return nil
        }
        let region = map.text("region") ?? defaultRegion
        let endpoint = map["endpoint"] == nil ? "https://s3.\(region).amazonaws.com" : map.text("endpoint") ?? ""
        // A bucket name with a dot does not match the wildcard in the store's certificate.
        let isPathStyle = map.flag("path-style") ?? (map["endpoint"] != nil || bucket.contains("."))
        guard let scheme = endpoint.firstRange(of: "://") else {
            map.problems.error(map["endpoint"] ?? node, "\"\(endpoint.prefix(80))\"", expected: "an https URL")
            return nil
        }
        let base = endpoint.hasSuffix("/") ? endpoint.dropLast() : endpoint[...]
        // Values are encoded when they replace their placeholders.
        guard isPathStyle else {
            return "\(endpoint[..<scheme.upperBound])\(bucket).\(base[scheme.upperBound...])/\(key)"
        }
        return "\(base)/\(bucket)/\(key)"
    }

    static func authentication(_ map: JobMap) -> WebOptions.Authentication? {
        if map["endpoint"] == nil, map["region"] == nil {
            map.problems.error(map.node, "no region", expected: "region: eu-central-1, the bucket's")
        }
        let region = map.parsed("region", "a region such as eu-central-1") { text in
            !text.isEmpty && text.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0) }
                ? text : nil
        }
        guard let access = map.required("access-key", "{env: AWS_ACCESS_KEY_ID}")?.secret(map.problems),
            let secret = map.required("secret-key", "{env: AWS_SECRET_ACCESS_KEY}")?.secret(map.problems)
        else { return nil }
        return .aws(
            WebOptions.AWSKeys(
                accessKey: access, secretKey: secret, sessionToken: map.secret("session-token"),
                region: region ?? defaultRegion))
    }

    /// The usual region name of stores other than Amazon's.
    private static let defaultRegion = "us-east-1"

    private static func isOfBucket(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
    }
}

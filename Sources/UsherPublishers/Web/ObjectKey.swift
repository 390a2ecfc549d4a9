internal import UsherText

/// The key of an object in the URL of an S3-compatible store.
enum ObjectKey {
    /// The URL with its path as it is signed: each octet other than letters, digits and `-._~/` is percent-encoded once, in upper case.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, canonical URI.
    static func canonical(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        return url[..<scheme.upperBound] + host + encoded(PercentEncoding.octets(rest.dropFirst(host.count)))
    }

    /// The octets of a key, encoded for a path.
    static func encoded(_ bytes: [UInt8]) -> String { PercentEncoding.encode(bytes, keeping: .path) }
}

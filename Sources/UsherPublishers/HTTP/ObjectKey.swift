internal import UsherText

/// An object's key in the URL of a store that is compatible with S3.
enum ObjectKey {
    /// The URL with a path as it is signed: each octet but letters, digits and `-._~/` percent-encoded once, in upper case.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, canonical URI.
    static func canonical(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        return url[..<scheme.upperBound] + host + encoded(PercentEncoding.octets(rest.dropFirst(host.count)))
    }

    /// A key's octets as they stand in a path.
    static func encoded(_ bytes: [UInt8]) -> String { PercentEncoding.encode(bytes, keeping: .path) }
}

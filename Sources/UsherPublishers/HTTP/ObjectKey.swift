/// Percent-encoding of octets in paths (RFC 3986 §2.1).
enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// An octet, encoded.
    static func octet(_ byte: UInt8) -> String {
        String(decoding: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]], as: UTF8.self)
    }

    /// The octets that a text stands for; what is no encoding stays as it is.
    static func decoded(_ text: some StringProtocol) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = value(bytes[index + 1]),
                let low = value(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}

/// An object's key in the URL of a store that is compatible with S3.
enum ObjectKey {
    /// The URL with a path as it is signed: each octet but letters, digits and `-._~/` percent-encoded once, in upper case.
    ///
    /// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>, canonical URI.
    static func canonical(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        return url[..<scheme.upperBound] + host + encoded(PercentEncoding.decoded(rest.dropFirst(host.count)))
    }

    /// A key's octets as they stand in a path.
    static func encoded(_ bytes: [UInt8]) -> String {
        var path = ""
        for byte in bytes {
            let isPlain = (48...57).contains(byte) || (97...122).contains(byte | 32) || "-._~/".utf8.contains(byte)
            if isPlain {
                path.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                path += PercentEncoding.octet(byte)
            }
        }
        return path
    }
}

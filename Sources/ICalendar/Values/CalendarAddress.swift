/// The address of a calendar user: a URI, usually `mailto:` (RFC 5545 §3.3.3, RFC 6047 §2.3).
public struct CalendarAddress: Hashable, Sendable {
    /// The URI, unchanged.
    public let uri: String

    /// Creates an address from a URI, which is not changed.
    public init(uri: String) {
        self.uri = uri
    }

    /// Creates a `mailto:` URI from a mail address and percent-encodes the characters that a URI cannot hold (RFC 6068
    /// §2).
    public init(mail address: String) {
        var uri = "mailto:"
        for byte in address.utf8 {
            if Self.isPlain(byte) {
                uri.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        self.uri = uri
    }

    /// RFC 6068 §2: `unreserved`, and those of `some-delims` that have no meaning in the URI's own syntax.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "@"): true
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"): true
        default: false
        }
    }
}

/// A whole answer, of whatever status: a refusal or a redirect is a value, and what it means is the caller's to say.
package struct HTTPResponse: Hashable, Sendable {
    /// How the server spoke.
    package enum Version: String, Hashable, Sendable {
        case http10 = "HTTP/1.0"
        case http11 = "HTTP/1.1"
        case http2 = "HTTP/2"
        case http3 = "HTTP/3"
        /// libcurl does not say.
        case unknown = "HTTP"
    }

    /// Three digits (RFC 9110 §15).
    package let status: Int
    /// The last header, names in lower case, without trailers; in the order they came.
    package let fields: [HeaderField]
    /// Decompressed.
    package let body: [UInt8]
    /// How long the server asks to wait (RFC 9110 §10.2.3).
    ///
    /// A date is counted from now by libcurl. Nil for no wish.
    package let retryAfter: Duration?
    /// The numeric address that answered.
    package let remoteAddress: String
    /// How the server spoke.
    package let version: Version

    /// Whether the status is 2xx.
    package var isSuccess: Bool { (200...299).contains(status) }

    /// The values of a field, in the order they came; its name in any case.
    package func values(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name == name }.map(\.value)
    }

    /// The first value of a field, nil where it is absent.
    package func value(_ name: String) -> String? { values(name).first }
}

/// A complete response of any status: a refusal or a redirect is a value too, and the caller decides what it means.
package struct HTTPResponse: Hashable, Sendable {
    /// The protocol version.
    package enum Version: String, Hashable, Sendable {
        case http10 = "HTTP/1.0"
        case http11 = "HTTP/1.1"
        case http2 = "HTTP/2"
        case http3 = "HTTP/3"
        /// libcurl does not report it.
        case unknown = "HTTP"
    }

    /// The status code, three digits (RFC 9110 §15).
    package let status: Int
    /// The fields of the final header, names in lower case, without trailers, in the order received.
    package let fields: [HeaderField]
    /// The body, decompressed.
    package let body: [UInt8]
    /// The numeric address that answered.
    package let remoteAddress: String
    /// The protocol version.
    package let version: Version

    /// Whether the status is 2xx.
    package var isSuccess: Bool { (200...299).contains(status) }

    /// The values of a field, in the order received; case does not matter in its name.
    package func values(_ name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name == name }.map(\.value)
    }

    /// The first value of a field, nil where it is absent.
    package func value(_ name: String) -> String? { values(name).first }
}

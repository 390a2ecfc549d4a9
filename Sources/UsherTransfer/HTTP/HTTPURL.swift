internal import CCurl

/// An absolute http or https URL without a user (RFC 9110 §4.2); it prints as its ``location``.
package struct HTTPURL: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The two schemes.
    package enum Scheme: String, Hashable, Sendable {
        /// In clear text.
        case http
        /// Over TLS.
        case https
    }

    /// `http` or `https`.
    package let scheme: Scheme
    /// The host's name or address, an IPv6 address in brackets.
    package let host: String
    /// The port, the scheme's own where the URL names none.
    package let port: Int
    /// The URL without query and fragment: it may be shown, unless the path itself is a secret.
    package let location: String
    /// Scheme, host and port only, for a URL whose path is a secret.
    package let origin: String
    /// The complete URL, as it is sent.
    let text: String

    /// Parses a URL.
    ///
    /// - Throws: `badRequest`. The error shows none of the text, which may be a secret.
    package init(_ text: String) throws(TransferError) {
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Self.problem(
                "a blank, a control character or one outside ASCII",
                "Percent-encode it, or write the host's name with xn--.")
        }
        guard let handle = curl_url() else { throw Self.noMemory }
        defer { curl_url_cleanup(handle) }
        try Self.check(
            curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER | CURLU_PATH_AS_IS)))
        guard let scheme = Scheme(rawValue: Self.part(CURLUPART_SCHEME, of: handle)) else {
            throw Self.problem("a scheme other than http and https", "Use https.")
        }
        let port = Self.part(CURLUPART_PORT, of: handle)
        self.text = text
        self.scheme = scheme
        host = Self.part(CURLUPART_HOST, of: handle)
        self.port = Int(port) ?? (scheme == .https ? 443 : 80)
        origin = "\(scheme.rawValue)://\(host)\(port.isEmpty ? "" : ":\(port)")"
        location = origin + Self.part(CURLUPART_PATH, of: handle)
    }

    /// The location; never the query.
    package var description: String { location }
    /// A mirror with the location only.
    package var customMirror: Mirror { Mirror(self, children: ["location": location]) }

    private static let noMemory = TransferError(
        .exhausted, at: "URL", problem: "no memory left", next: "Free memory on this machine and run again.")

    private static func problem(_ problem: String, _ next: String) -> TransferError {
        TransferError(.badRequest, at: "URL", problem: problem, next: next)
    }

    private static func check(_ code: CURLUcode) throws(TransferError) {
        switch code {
        case CURLUE_OK: return
        case CURLUE_OUT_OF_MEMORY: throw noMemory
        case CURLUE_USER_NOT_ALLOWED:
            throw problem("a user name or a password inside", "Give credentials as a secret, not in the URL.")
        case CURLUE_UNSUPPORTED_SCHEME: throw problem("a scheme other than http and https", "Use https.")
        case CURLUE_BAD_PORT_NUMBER: throw problem("an invalid port", "Use 1 to 65535.")
        default: throw problem("not an absolute URL", "Write it as https://host/path.")
        }
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, 0) == CURLUE_OK, let text else { return "" }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

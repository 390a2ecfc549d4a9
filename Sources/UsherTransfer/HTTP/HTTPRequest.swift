/// One HTTP request.
package struct HTTPRequest: Hashable, Sendable {
    /// The method.
    package enum Method: String, Hashable, Sendable {
        /// GET.
        case get = "GET"
        /// POST.
        case post = "POST"
    }

    /// The method.
    package var method: Method
    /// The URL; http or https.
    package var url: String
    /// Header fields.
    package var fields: [HeaderField]
    /// The body; nil for none.
    package var body: [UInt8]?
    /// How long connecting may take.
    package var connectTimeout: Duration
    /// How long all of it may take.
    package var totalTimeout: Duration
    /// Octets of the response's body, decoded; more is refused.
    package var maximumBodyBytes: Int

    /// Takes method and URL; the limits are those of a small request.
    package init(_ method: Method, _ url: String) {
        (self.method, self.url) = (method, url)
        (fields, body) = ([], nil)
        (connectTimeout, totalTimeout, maximumBodyBytes) = (.seconds(10), .seconds(30), 1024 * 1024)
    }
}

/// A header field that is one line, whatever it was made of (RFC 9110 §5.5).
package struct HeaderField: Hashable, Sendable {
    let line: String

    /// Takes a name and a value; nil where either could end the line or is no name.
    package init?(_ name: String, _ value: String) {
        let isName =
            !name.isEmpty && name.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0 | 32) }
        guard isName, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) else { return nil }
        // libcurl drops a field without a value, unless it ends in a semicolon.
        line = value.isEmpty ? "\(name);" : "\(name): \(value)"
    }
}

/// What came back.
package struct HTTPResponse: Hashable, Sendable {
    /// The status code.
    package let status: Int
    /// The body, decoded.
    package let body: [UInt8]
}

/// A request had no answer.
package struct TransferError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The URL is none that this client speaks.
        case badRequest
        /// The name has no address.
        case unresolved
        /// Nothing took the connection.
        case unreachable
        /// The certificate or the handshake was refused.
        case insecure
        /// It took too long.
        case timedOut
        /// The body is larger than allowed.
        case tooLarge
        /// The connection broke, or what came is no HTTP.
        case brokenOff
    }

    /// What a program can act on.
    package let code: Code
    /// Method, scheme, host and path; no query, no user name.
    package let place: String
    /// What was found.
    package let found: String
    /// What to do next.
    package let next: String
    /// Whether the request may have arrived although no answer did.
    package let mayHaveArrived: Bool

    /// All in one line.
    package var description: String { "\(place): \(found). \(next)" }
}

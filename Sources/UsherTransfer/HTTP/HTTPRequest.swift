/// One HTTP request, ready to be sent.
///
/// It prints as its ``location``.
package struct HTTPRequest: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The method (RFC 9110 §9.3, RFC 4918 §9, RFC 3253 §3.6, RFC 4791 §5.3.1, RFC 5789).
    package enum Method: String, Hashable, Sendable {
        case get = "GET"
        case head = "HEAD"
        case options = "OPTIONS"
        case propfind = "PROPFIND"
        case report = "REPORT"
        case mkcol = "MKCOL"
        case mkcalendar = "MKCALENDAR"
        case put = "PUT"
        case delete = "DELETE"
        case post = "POST"
        case patch = "PATCH"

        /// Whether two requests have the effect of one (RFC 9110 §9.2.2).
        var isIdempotent: Bool {
            switch self {
            case .get, .head, .options, .propfind, .report, .put, .delete: true
            case .post, .patch, .mkcol, .mkcalendar: false
            }
        }

        /// Whether a request without a body states `Content-Length: 0` (RFC 9110 §8.6).
        var expectsBody: Bool {
            switch self {
            case .put, .post, .patch: true
            case .get, .head, .options, .propfind, .report, .mkcol, .mkcalendar, .delete: false
            }
        }
    }

    /// What errors and logs may show of the URL.
    package enum Visibility: Hashable, Sendable {
        /// Everything except the query and the fragment.
        case path
        /// Scheme, host and port: for a webhook or ping URL, whose path is its key.
        case origin
    }

    /// How much of a response's body is needed.
    package enum Answer: Hashable, Sendable {
        /// All of it: a response that breaks off, is too long or cannot be decoded is an error.
        case whole
        /// The status and the beginning of the body: whatever happens to the rest is of no account (RFC 9110 §15: the status tells the result).
        case head
    }

    /// The method.
    package let method: Method
    /// The URL.
    package let url: HTTPURL
    /// The header fields, in the order in which they are sent.
    package var fields: [HeaderField]
    /// The body; nil for none.
    package var body: [UInt8]?
    /// The keys that sign it when it is sent; nil for none.
    package var signature: AWSSignature?
    /// What errors and logs may show of the URL.
    package var visibility = Visibility.path
    /// Whether only the connection is opened, with TLS, and nothing is sent over it: the response then has status 0.
    package var connectsOnly = false
    /// Whether the client may send it again over a new connection if the reused one ended before any response.
    ///
    /// True for idempotent methods. Set it for a POST that carries an idempotency id; clear it for a PUT or DELETE
    /// whose second sending would be refused because the first arrived.
    package var isRepeatable: Bool
    /// The addresses that a connection for it may be opened to; nil for those of the client.
    package var allowedAddresses: TransferOptions.AllowedAddresses?
    /// How much of the response's body is needed.
    package var answer = Answer.whole
    /// The largest response body, in octets; nil for the client's limit.
    ///
    /// The smaller limit applies.
    package var responseBytes: Int?
    /// The time limit for the whole transfer; nil for the client's limit.
    ///
    /// The smaller limit applies.
    package var totalTimeout: Duration?

    /// Creates a request with the client's limits.
    package init(_ method: Method, _ url: HTTPURL, fields: [HeaderField] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        isRepeatable = method.isIdempotent
    }

    /// Method and URL, as errors show them.
    package var location: String {
        switch visibility {
        case .path: "\(method.rawValue) \(url.location)"
        case .origin: "\(method.rawValue) \(url.origin)"
        }
    }

    /// The location; never query, field values or body.
    package var description: String { location }
    /// A mirror with the location only.
    package var customMirror: Mirror { Mirror(self, children: ["location": location]) }
}

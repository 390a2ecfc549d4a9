/// One HTTP request, ready to leave.
///
/// It prints as its ``place``.
package struct HTTPRequest: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// What is asked (RFC 9110 §9.3, RFC 4918 §9, RFC 3253 §3.6, RFC 4791 §5.3.1, RFC 5789).
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

        /// Whether two of the same have the effect of one (RFC 9110 §9.2.2).
        var isIdempotent: Bool {
            switch self {
            case .get, .head, .options, .propfind, .report, .put, .delete: true
            case .post, .patch, .mkcol, .mkcalendar: false
            }
        }

        /// Whether a request without a body says so with `Content-Length: 0` (RFC 9110 §8.6).
        var expectsBody: Bool {
            switch self {
            case .put, .post, .patch: true
            case .get, .head, .options, .propfind, .report, .mkcol, .mkcalendar, .delete: false
            }
        }
    }

    /// What errors may show of the URL.
    package enum Visibility: Hashable, Sendable {
        /// All but the query and the fragment.
        case path
        /// Scheme, host and port: for a webhook or ping URL, whose path is its key.
        case origin
    }

    /// What is asked.
    package let method: Method
    /// Of whom.
    package let url: HTTPURL
    /// In the order they leave.
    package var fields: [HeaderField]
    /// Nil for none.
    package var body: [UInt8]?
    /// The keys it is signed with on its way; nil for none.
    package var signature: AWSSignature?
    /// What errors may show of the URL.
    package var visibility = Visibility.path
    /// Whether the client may send it again over a new connection where the reused one ended before any answer.
    ///
    /// True for idempotent methods. Set it for a POST that carries an idempotency id; clear it for a PUT or DELETE whose
    /// second sending would be refused because the first arrived.
    package var isRepeatable: Bool
    /// Octets of the answer's body that are taken; nil for the client's limit.
    ///
    /// The smaller one holds.
    package var responseBytes: Int?
    /// From start to end; nil for the client's limit.
    ///
    /// The smaller one holds.
    package var totalTimeout: Duration?

    /// States a request with the client's limits.
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

    /// The place; never query, values or body.
    package var description: String { location }
    /// A mirror with the place only.
    package var customMirror: Mirror { Mirror(self, children: ["location": location]) }
}

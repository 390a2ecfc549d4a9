internal import CCurl

/// One HTTP request on the loop: what libcurl's callbacks gather, and how it becomes an answer or an error.
final class HTTPTransfer: Transfer {
    typealias Continuation = CheckedContinuation<Result<HTTPResponse, TransferError>, Never>

    /// Why a callback made libcurl stop.
    enum Stop: Hashable {
        case bodyTooLarge
        case headerTooLarge
        /// The connection ended without an answer, and libcurl would send the request again.
        case wouldRepeat
        /// The connection ended inside the header, which libcurl 7.88 takes for its end.
        case headerCut
    }

    let request: HTTPRequest
    let options: TransferOptions
    private let continuation: Continuation

    private(set) var stop: Stop?
    /// How often the request was about to be written: 0 is the certainty that no byte of it left.
    private(set) var attempts = 0
    /// Connections opened, and addresses refused by the guard.
    private(set) var openings = 0
    private(set) var refusals = 0
    private var body: [UInt8] = []
    private var headerBytes = 0
    /// Whether the blank line came that ends the header: without it an answer is incomplete (RFC 9112 §8).
    private var isHeaderWhole = false

    init(_ request: HTTPRequest, _ options: TransferOptions, _ continuation: Continuation) {
        self.request = request
        self.options = options
        self.continuation = continuation
    }

    var responseBytes: Int { min(options.responseBytes, request.responseBytes ?? .max) }
    var totalTimeout: Duration { min(options.totalTimeout, request.totalTimeout ?? options.totalTimeout) }

    func end(_ result: CURLcode, on easy: EasyHandle) {
        if result == CURLE_OK, !isHeaderWhole { stop = .headerCut }
        guard result == CURLE_OK, stop == nil else {
            return continuation.resume(returning: .failure(error(result, on: easy)))
        }
        continuation.resume(returning: .success(response(easy)))
    }

    func abandon(_ reason: Abandonment) {
        continuation.resume(returning: .failure(error(reason)))
    }

    // MARK: What the callbacks report

    /// Takes decompressed octets; `false` to stop.
    func takeBody(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard octets.count <= responseBytes - body.count else {
            stop = .bodyTooLarge
            return false
        }
        body.append(contentsOf: octets)
        return true
    }

    /// Counts octets of the header, which libcurl itself keeps, a line at a time; `false` to stop.
    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        if line.starts(with: "HTTP/".utf8) { isHeaderWhole = false }
        if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) { isHeaderWhole = true }
        headerBytes += line.count
        guard headerBytes <= options.headerBytes else {
            stop = .headerTooLarge
            return false
        }
        return true
    }

    /// Called when a connection stands and the request is about to be written; `false` to stop.
    ///
    /// libcurl sends a request of any method again by itself where a reused connection ends without a byte of an answer. The
    /// server may have acted on the first, so only a repeatable request gets past here twice.
    func takeAttempt() -> Bool {
        guard attempts == 0 || request.isRepeatable else {
            stop = .wouldRepeat
            return false
        }
        attempts += 1
        body.removeAll()
        (headerBytes, isHeaderWhole) = (0, false)
        return true
    }

    /// Judges the address about to be connected to; `false` to refuse it.
    func takeAddress(_ octets: [UInt8]) -> Bool {
        switch options.allowedAddresses {
        case .any: break
        case .publicOnly:
            guard PublicAddress.contains(octets) else {
                refusals += 1
                return false
            }
        }
        openings += 1
        return true
    }

    // MARK: The answer

    private func response(_ easy: EasyHandle) -> HTTPResponse {
        let retryAfter = easy.offset(CURLINFO_RETRY_AFTER)
        return HTTPResponse(
            status: easy.long(CURLINFO_RESPONSE_CODE), fields: fields(easy), body: body,
            retryAfter: retryAfter > 0 ? .seconds(retryAfter) : nil,
            remoteAddress: easy.string(CURLINFO_PRIMARY_IP), version: version(easy))
    }

    private func fields(_ easy: EasyHandle) -> [HeaderField] {
        var fields: [HeaderField] = []
        var last: UnsafeMutablePointer<curl_header>?
        // -1 is the last of several headers: that of the final response, after interim ones (RFC 9110 §15.2).
        while let field = curl_easy_nextheader(easy.pointer, UInt32(CURLH_HEADER), -1, last) {
            fields.append(
                HeaderField(
                    receivedName: String(cString: field.pointee.name), value: String(cString: field.pointee.value)))
            last = field
        }
        return fields
    }

    private func version(_ easy: EasyHandle) -> HTTPResponse.Version {
        switch easy.long(CURLINFO_HTTP_VERSION) {
        case usher_curl_http_version_1_0: .http10
        case usher_curl_http_version_1_1: .http11
        case usher_curl_http_version_2: .http2
        case usher_curl_http_version_3: .http3
        default: .unknown
        }
    }
}

internal import CCurl
internal import UsherText

/// One HTTP request on the loop: collects what libcurl's callbacks report, and turns it into a response or an error.
final class HTTPTransfer: Transfer {
    typealias Continuation = CheckedContinuation<Result<HTTPResponse, TransferError>, Never>

    /// Why a callback made libcurl stop.
    enum Stop: Hashable {
        case bodyTooLarge
        case headerTooLarge
        /// The connection ended without a response, and libcurl would send the request again.
        case wouldRepeat
        /// The connection ended inside the header, which libcurl 7.88 mistakes for its end.
        case headerCut
    }

    let request: HTTPRequest
    let options: TransferOptions
    let log: DialogueLog?
    private let continuation: Continuation

    private(set) var stop: Stop?
    /// How often the request was about to be written: 0 is the certainty that no byte of it left.
    private(set) var attempts = 0
    /// Connections opened, and addresses that ``TransferOptions/allowedAddresses`` refused.
    private(set) var openings = 0
    private(set) var refusals = 0
    /// Connections opened since the last attempt: without one, a connection is reused.
    private var newConnections = 0
    private var body: [UInt8] = []
    private var headerBytes = 0
    /// Whether the blank line was received that ends the header: without it a response is incomplete (RFC 9112 §8).
    private var isHeaderComplete = false
    /// Where connections are noted that are logged.
    var sockets: SocketLog?
    /// The header of the request as far as libcurl has sent it, up to its last line end.
    private var sentHeader: [UInt8] = []

    /// The proxy through which the host is reached; nil for none.
    let proxy: EnvironmentProxy?

    init(_ request: HTTPRequest, _ options: TransferOptions, _ log: DialogueLog?, _ continuation: Continuation) {
        (self.request, self.options, self.continuation) = (request, options, continuation)
        var log = log
        for secret in log == nil ? [] : HTTPDialogue.secrets(of: request) { log?.hide(secret) }
        proxy = options.proxy == .none ? nil : EnvironmentProxy(for: request.url)
        self.log = log
        if let proxy { self.log?.note("through the proxy \(proxy.shown) (\(proxy.variable))") }
    }

    var responseBytes: Int { min(options.responseBytes, request.responseBytes ?? .max) }
    var totalTimeout: Duration { min(options.totalTimeout, request.totalTimeout ?? options.totalTimeout) }

    func end(_ result: CURLcode, on easy: EasyHandle) {
        if result == CURLE_OK, !isHeaderComplete, !request.connectsOnly { stop = .headerCut }
        if isAnswered(easy) { return finish(.success(response(easy))) }
        guard result == CURLE_OK, stop == nil else { return finish(.failure(error(result, on: easy))) }
        finish(.success(response(easy)))
    }

    /// Whether a response is complete enough although its body is not; an interim one is no answer (RFC 9110 §15.2).
    private func isAnswered(_ easy: EasyHandle) -> Bool {
        guard request.answer == .head, isHeaderComplete, stop == nil || stop == .bodyTooLarge else { return false }
        return easy.long(CURLINFO_RESPONSE_CODE) >= 200
    }

    func abandon(_ reason: Abandonment) { finish(.failure(error(reason))) }

    private func finish(_ result: Result<HTTPResponse, TransferError>) {
        switch result {
        case .success(let response):
            if !body.isEmpty { log?.received("(\(body.count) octets of body)") }
            log?.summarize("\(request.location): \(response.status)")
        case .failure(let error): log?.summarize("\(request.location): \(error.problem)")
        }
        continuation.resume(returning: result)
    }

    // MARK: What the callbacks report

    /// Appends decompressed octets of the body; `false` to stop the transfer.
    func append(_ octets: UnsafeRawBufferPointer) -> Bool {
        guard octets.count <= responseBytes - body.count else {
            if request.answer == .head { body.append(contentsOf: octets.prefix(responseBytes - body.count)) }
            stop = .bodyTooLarge
            return false
        }
        body.append(contentsOf: octets)
        return true
    }

    /// Counts the octets of a header line, which libcurl itself stores; `false` to stop the transfer.
    func count(headerLine line: UnsafeRawBufferPointer) -> Bool {
        if line.starts(with: "HTTP/".utf8) { isHeaderComplete = false }
        if line.elementsEqual("\r\n".utf8) || line.elementsEqual("\n".utf8) { isHeaderComplete = true }
        headerBytes += line.count
        guard headerBytes <= options.headerBytes else {
            stop = .headerTooLarge
            return false
        }
        return true
    }

    /// Called when a connection is established and the request is about to be written to it; `false` to stop the
    /// transfer.
    ///
    /// libcurl sends a request of any method again by itself where a reused connection ends without a byte of a
    /// response. The server may have acted on the first one, so only a repeatable request may be attempted twice.
    func beginAttempt(over address: String) -> Bool {
        log?.note("\(newConnections > 0 ? "connected" : "reusing the connection") to \(address)")
        newConnections = 0
        guard attempts == 0 || request.isRepeatable else {
            stop = .wouldRepeat
            return false
        }
        attempts += 1
        body.removeAll()
        (headerBytes, isHeaderComplete) = (0, false)
        return true
    }

    /// Decides whether a connection to an address may be opened.
    func allows(address octets: [UInt8]) -> Bool {
        switch request.allowedAddresses ?? options.allowedAddresses {
        case .any: break
        case .publicOnly:
            let stated = proxy == nil ? IPAddress(octets: octets) : IPAddress(request.url.host.trimmingBrackets)
            guard stated?.isPublic ?? (proxy != nil) else {
                refusals += 1
                log?.note("the address is private or reserved")
                return false
            }
        }
        openings += 1
        newConnections += 1
        return true
    }

    /// Logs a part of the request's header; lines may come in pieces.
    func logSent(_ octets: UnsafeRawBufferPointer) {
        sentHeader += octets
        while let end = sentHeader.firstIndex(of: 0x0a) {
            let line = String(decoding: sentHeader[...end], as: UTF8.self).trimmingBlanks
            sentHeader.removeFirst(end + 1)
            if let shown = HTTPDialogue(request.visibility).request(String(line)) { log?.sent(shown) }
            if line.isEmpty, let body = request.body, !body.isEmpty { log?.sent("(\(body.count) octets of body)") }
        }
    }

    /// Logs a line of the response's header.
    func logReceived(_ line: String) {
        let line = String(line.trimmingBlanks)
        if let shown = HTTPDialogue(request.visibility).response(line) { log?.received(shown) }
    }

    // MARK: The response

    private func response(_ easy: EasyHandle) -> HTTPResponse {
        HTTPResponse(
            status: easy.long(CURLINFO_RESPONSE_CODE), fields: fields(easy), body: body,
            remoteAddress: easy.string(CURLINFO_PRIMARY_IP), version: version(easy))
    }

    private func fields(_ easy: EasyHandle) -> [HeaderField] {
        var fields: [HeaderField] = []
        var last: UnsafeMutablePointer<curl_header>?
        // -1 is the last of several headers: the one of the final response, after interim ones (RFC 9110 §15.2).
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

extension String {
    /// The text without the brackets around an IPv6 address.
    fileprivate var trimmingBrackets: Substring {
        hasPrefix("[") && hasSuffix("]") ? dropFirst().dropLast() : self[...]
    }
}

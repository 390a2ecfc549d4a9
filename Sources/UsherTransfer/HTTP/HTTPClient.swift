internal import CCurl
internal import Synchronization

/// Makes HTTP requests through libcurl, one connection each.
///
/// TLS is always verified; redirects, cookies, netrc files and proxies from the environment are not used; only http and https are spoken.
/// Source: libcurl's manual pages, `curl_easy_setopt(3)` and the options named here.
package struct HTTPClient: Sendable {
    /// Certificates to trust instead of the system's; nil for those.
    private let caFile: String?
    private let userAgent: String

    /// Takes a file of certificates to trust instead of the system's, if there is one, and what the client calls itself.
    package init(caFile: String? = nil, userAgent: String) {
        (self.caFile, self.userAgent) = (caFile, userAgent)
        Self.start
    }

    /// `curl_global_init(3)`, once.
    private static let start: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    /// Sends a request and waits for the answer; any status is an answer.
    ///
    /// - Throws: ``TransferError`` where there was none.
    package func send(_ request: HTTPRequest) async throws(TransferError) -> HTTPResponse {
        let result = await OwnThread.run { [caFile, userAgent] in
            Self.perform(request, caFile: caFile, userAgent: userAgent)
        }
        return try result.get()
    }

    private static func perform(
        _ request: HTTPRequest, caFile: String?, userAgent: String
    ) -> Result<HTTPResponse, TransferError> {
        guard let transfer = EasyTransfer(request) else {
            return .failure(
                TransferError(
                    request, .badRequest, "no URL that begins with http:// or https://", mayHaveArrived: false))
        }
        do throws(TransferError) {
            return .success(try transfer.perform(caFile: caFile, userAgent: userAgent))
        } catch {
            return .failure(error)
        }
    }
}

/// One easy handle and what belongs to it, used by one thread from making to freeing.
private final class EasyTransfer {
    private let request: HTTPRequest
    private let handle: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var body: [UInt8] = []
    private var isTooLarge = false

    init?(_ request: HTTPRequest) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "http" || scheme == "https", !request.url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }),
            let handle = curl_easy_init()
        else { return nil }
        self.request = request
        self.handle = handle
    }

    deinit {
        curl_slist_free_all(headers)
        curl_easy_cleanup(handle)
    }

    func perform(caFile: String?, userAgent: String) throws(TransferError) -> HTTPResponse {
        configure(caFile: caFile, userAgent: userAgent)
        let code = withExtendedLifetime(self) { curl_easy_perform(handle) }
        guard code == CURLE_OK else { throw failure(code) }
        var status = 0
        usher_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return HTTPResponse(status: status, body: body)
    }

    private func configure(caFile: String?, userAgent: String) {
        usher_curl_set_text(handle, CURLOPT_URL, request.url)
        usher_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        usher_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        usher_curl_set_text(handle, CURLOPT_PROXY, "")
        usher_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        usher_curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        usher_curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        if let caFile { usher_curl_set_text(handle, CURLOPT_CAINFO, caFile) }
        usher_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
        usher_curl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.totalTimeout))
        usher_curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, "")
        usher_curl_set_text(handle, CURLOPT_USERAGENT, userAgent)
        if let bytes = request.body {
            bytes.withUnsafeBytes { _ = usher_curl_set_body(handle, $0.baseAddress, $0.count) }
        }
        usher_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        // An empty Expect keeps libcurl from waiting for a 100 (RFC 9110 §10.1.1).
        for line in request.fields.map(\.line) + ["Expect:"] { headers = curl_slist_append(headers, line) }
        usher_curl_set_list(handle, CURLOPT_HTTPHEADER, headers)
        usher_curl_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque())
        usher_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let transfer = Unmanaged<EasyTransfer>.fromOpaque(context).takeUnretainedValue()
            return transfer.take(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    /// Takes a part of the body; fewer octets than given end the transfer.
    private func take(_ part: UnsafeRawBufferPointer) -> Int {
        guard body.count + part.count <= request.maximumBodyBytes else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: part)
        return part.count
    }

    private func failure(_ code: CURLcode) -> TransferError {
        let text = String(cString: curl_easy_strerror(code))
        let kind: TransferError.Code =
            switch code {
            case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT: .badRequest
            case CURLE_COULDNT_RESOLVE_HOST: .unresolved
            case CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE: .insecure
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            default: isTooLarge ? .tooLarge : .brokenOff
            }
        var sent = 0
        usher_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &sent)
        let found = isTooLarge ? "a body of more than \(request.maximumBodyBytes) octets" : text
        return TransferError(request, kind, found, mayHaveArrived: sent > 0)
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
    }
}

extension TransferError {
    fileprivate init(_ request: HTTPRequest, _ code: Code, _ found: String, mayHaveArrived: Bool) {
        let next =
            switch code {
            case .badRequest: "Check the URL"
            case .unresolved: "Check the host's name and the network"
            case .unreachable: "Check that the server runs and that the network lets this machine reach it"
            case .insecure: "Check the server's certificate; it is never accepted unverified"
            case .timedOut: "Check the server; it is tried again with the next run"
            case .tooLarge: "Check that this is the right URL"
            case .brokenOff: "Check the server's log"
            }
        self.init(
            code: code, place: "\(request.method.rawValue) \(Self.shown(request.url))", found: found, next: next,
            mayHaveArrived: mayHaveArrived)
    }

    /// A URL without user name, query and fragment.
    private static func shown(_ url: String) -> String {
        let bare = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = bare.firstRange(of: "://") else { return "a URL" }
        let rest = bare[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let host = authority.split(separator: "@").last ?? ""
        return "\(bare[..<scheme.upperBound])\(host)\(rest.dropFirst(authority.count))"
    }
}

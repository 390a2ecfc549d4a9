internal import CCurl
internal import Glibc

extension HTTPTransfer {
    func prepare(_ easy: EasyHandle, _ sockets: SocketLog) {
        prepareTarget(easy)
        prepareMessage(easy)
        prepareLimits(easy)
        prepareCallbacks(easy, sockets)
    }

    private func prepareTarget(_ easy: EasyHandle) {
        easy.set(CURLOPT_URL, request.url.text)
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_FOLLOWLOCATION, false)
        if request.connectsOnly { easy.set(CURLOPT_CONNECT_ONLY, true) }
        easy.set(CURLOPT_NETRC, false)
        easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = options.authorityFile { easy.set(CURLOPT_CAINFO, file) }
        easy.set(CURLOPT_PROXY, proxy?.value ?? "")
        easy.set(CURLOPT_NOPROXY, "")
        easy.set(CURLOPT_HTTP_VERSION, usher_curl_http_version_2_over_tls)
        // Over TLS, wait to see whether the server multiplexes before opening a second connection to it.
        easy.set(CURLOPT_PIPEWAIT, request.url.scheme == .https)
        easy.set(CURLOPT_HTTP09_ALLOWED, false)
        easy.set(CURLOPT_NOSIGNAL, true)
        if !request.isRepeatable { easy.set(CURLOPT_MAXAGE_CONN, options.unrepeatableReuse.curlSeconds) }
    }

    private func prepareMessage(_ easy: EasyHandle) {
        if let body = request.body ?? (request.method.expectsBody ? [] : nil) {
            easy.setBody(body)
        } else {
            easy.set(CURLOPT_HTTPGET, true)
        }
        if request.method == .head { easy.set(CURLOPT_NOBODY, true) }
        easy.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        easy.set(CURLOPT_USERAGENT, options.userAgent)
        // All encodings that this libcurl can decode.
        easy.set(CURLOPT_ACCEPT_ENCODING, "")
        // libcurl 7.88 would sign the lines that remove fields, and not send them.
        let omissions = request.signature == nil ? omissions : []
        easy.setHeader(omissions + request.fields.map(\.curlLine))
        request.signature?.prepare(easy)
    }

    /// A name with nothing after the colon removes what libcurl would add by itself: the wait for 100-continue, and a
    /// form's media type.
    private var omissions: [String] {
        let hasType = request.fields.contains { $0.name.lowercased() == "content-type" }
        return hasType ? ["Expect:"] : ["Expect:", "Content-Type:"]
    }

    private func prepareLimits(_ easy: EasyHandle) {
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.curlMilliseconds)
        easy.set(CURLOPT_TIMEOUT_MS, totalTimeout.curlMilliseconds)
        easy.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        easy.set(CURLOPT_LOW_SPEED_TIME, options.idleTimeout.curlSeconds)
    }

    private func prepareCallbacks(_ easy: EasyHandle, _ sockets: SocketLog) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        easy.note(usher_curl_set_write_function(easy.pointer, onBody, me))
        easy.note(usher_curl_set_header_function(easy.pointer, onHeader, me))
        easy.note(usher_curl_set_prereq_function(easy.pointer, onAttempt, me))
        easy.note(usher_curl_set_opensocket_function(easy.pointer, onSocket, me))
        guard let log, log.showsDialogue else { return }
        self.sockets = sockets
        let context = Unmanaged.passUnretained(sockets).toOpaque()
        easy.note(usher_curl_set_closesocket_function(easy.pointer, onClose, context))
        easy.note(usher_curl_set_debug_function(easy.pointer, onDebug, me))
        easy.set(CURLOPT_VERBOSE, true)
    }
}

/// The transfer that a callback belongs to; the loop keeps it alive as long as its handle.
private func transfer(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
    context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
}

/// Any other count than that of the octets passed in stops the transfer.
private let stopWriting = 0

private let onBody: curl_write_callback = { octets, size, count, context in
    let bytes = size * count
    guard bytes > 0 else { return 0 }
    guard let transfer = transfer(context), let octets else { return stopWriting }
    return transfer.append(UnsafeRawBufferPointer(start: octets, count: bytes)) ? bytes : stopWriting
}

private let onHeader: curl_write_callback = { octets, size, count, context in
    let line = UnsafeRawBufferPointer(start: octets, count: octets == nil ? 0 : size * count)
    guard let transfer = transfer(context), transfer.count(headerLine: line) else { return stopWriting }
    return size * count
}

private let onAttempt: curl_prereq_callback = { context, address, _, port, _ in
    let address = address.map { String(cString: $0) } ?? ""
    let name = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    return transfer(context)?.beginAttempt(over: name) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

private let onSocket: curl_opensocket_callback = { context, _, address in
    let refused: curl_socket_t = -1
    guard let transfer = transfer(context), let address else { return refused }
    let octets = [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
        count = usher_curl_ip_octets(address, buffer.baseAddress)
    }
    if let log = transfer.log { log.note("connecting to \(text(of: address))") }
    guard transfer.allows(address: octets) else { return refused }
    let socket = usher_curl_open_socket(address)
    if socket >= 0, let log = transfer.log { transfer.sockets?.opened(socket, to: text(of: address), log) }
    return socket
}

private let onClose: curl_closesocket_callback = { context, socket in
    context.map { Unmanaged<SocketLog>.fromOpaque($0).takeUnretainedValue() }?.closed(socket)
    return close(socket)
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, context in
    guard let octets, let transfer = transfer(context) else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: octets, count: count)
    switch kind {
    case CURLINFO_HEADER_OUT: transfer.logSent(bytes)
    case CURLINFO_HEADER_IN: transfer.logReceived(String(decoding: bytes, as: UTF8.self))
    case CURLINFO_TEXT: transfer.log?.noteTLS(String(decoding: bytes, as: UTF8.self))
    default: break
    }
    return 0
}

internal import CCurl
internal import Glibc

/// A signed-in IMAP connection: libcurl connects, sets up TLS and signs in; then lines and octets are read over it.
///
/// libcurl's own FETCH marks what it reads as seen, and mistakes certain lines of a mail for the end of the response. So only its connection is
/// used (CURLOPT_CONNECT_ONLY). Not `Sendable`: created and used by one thread.
final class IMAPLink {
    private let easy: EasyHandle
    private let options: IMAPOptions
    private let context: Context
    private var socket: Int32 = -1
    private var buffer: [UInt8] = []
    private var position = 0
    private var chunk = [UInt8](repeating: 0, count: 64 * 1024)

    private static let libraryStart = usher_curl_global_init()

    /// What libcurl's callbacks use.
    fileprivate final class Context {
        let isStopping: @Sendable () -> Bool
        var log: DialogueLog?

        init(_ isStopping: @escaping @Sendable () -> Bool, _ log: DialogueLog?) {
            (self.isStopping, self.log) = (isStopping, log)
        }

        func sent(_ line: String) {
            let shown = SignInDialogue.imap(command: line)
            if shown != line, let secret = line.split(separator: " ").last { log?.hide(secret) }
            log?.sent(shown)
        }
    }

    /// Where the dialogue is logged.
    var log: DialogueLog? { context.log }

    /// Connects and signs in.
    ///
    /// - Throws: ``TransferError``; `refusedSignIn` where the server does not take the name, the password or the token.
    init(
        _ options: IMAPOptions, as credentials: MailCredentials, _ log: DialogueLog?,
        isStopping: @escaping @Sendable () -> Bool
    ) throws(TransferError) {
        guard Self.libraryStart == CURLE_OK, let easy = EasyHandle() else {
            throw TransferError(
                .exhausted, at: options.location, problem: "no memory left",
                next: "Free memory on this machine and run again.")
        }
        (self.easy, self.options, context) = (easy, options, Context(isStopping, log))
        prepare()
        easy.signIn(credentials)
        guard easy.firstFailure == CURLE_OK else {
            throw problem(.badRequest, "libcurl refused an option (\(easy.firstFailure.rawValue))", "Update libcurl.")
        }
        let result = curl_easy_perform(easy.pointer)
        guard result == CURLE_OK, usher_curl_getinfo_socket(easy.pointer, &socket) == CURLE_OK, socket >= 0 else {
            throw failure(result)
        }
    }

    deinit { context.log?.note("closed the connection") }

    private func prepare() {
        easy.set(CURLOPT_URL, options.server)
        easy.set(CURLOPT_PROTOCOLS_STR, "imap,imaps")
        easy.set(CURLOPT_CONNECT_ONLY, 1)
        easy.protect(options.protection, authorityFile: options.authorityFile)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.curlMilliseconds)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, options.connectTimeout.curlSeconds)
        let me = Unmanaged.passUnretained(context).toOpaque()
        easy.note(usher_curl_set_progress_function(easy.pointer, onProgress, me))
        easy.set(CURLOPT_NOPROGRESS, false)
        easy.keep(context)
        guard context.log?.showsDialogue == true else { return }
        easy.note(usher_curl_set_opensocket_function(easy.pointer, onOpen, me))
        easy.note(usher_curl_set_debug_function(easy.pointer, onDebug, me))
        easy.set(CURLOPT_VERBOSE, true)
    }

    // MARK: Octets

    /// Sends a command, whole.
    func send(_ text: String) throws(TransferError) {
        log?.sent(String(text.trimmingBlanks))
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            var count = 0
            let result = rest.withUnsafeBytes { curl_easy_send(easy.pointer, $0.baseAddress, $0.count, &count) }
            switch result {
            case CURLE_OK: rest = rest.dropFirst(count)
            case CURLE_AGAIN: try wait(Int16(POLLOUT), limit: options.idleTimeout)
            default: throw brokenOff
            }
        }
    }

    /// The next line, without its end.
    func line() throws(TransferError) -> [UInt8] {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0a) {
                let line = buffer[position..<end]
                position = end + 1
                return Array(line.last == 0x0d ? line.dropLast() : line)
            }
            guard buffer.count - position <= options.lineBytes else {
                throw problem(
                    .tooLarge, "a line of more than \(options.lineBytes) octets", "Move old mail out of this mailbox.")
            }
            let searchedOctets = buffer.count - position
            try receive(limit: options.idleTimeout)
            searched = position + searchedOctets
        }
    }

    /// The next octets.
    func octets(_ count: Int) throws(TransferError) -> [UInt8] {
        while buffer.count - position < count { try receive(limit: options.idleTimeout) }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    private func receive(limit: Duration) throws(TransferError) {
        if position > 0 {
            buffer.removeFirst(position)
            position = 0
        }
        while true {
            var count = 0
            let result = chunk.withUnsafeMutableBytes {
                curl_easy_recv(easy.pointer, $0.baseAddress, $0.count, &count)
            }
            switch result {
            case CURLE_OK where count > 0:
                buffer += chunk[..<count]
                return
            // libcurl returns what TLS has already decrypted before this, so the socket tells when there is more.
            case CURLE_AGAIN: try wait(Int16(POLLIN), limit: limit)
            default: throw brokenOff
            }
        }
    }

    private func wait(_ events: Int16, limit: Duration) throws(TransferError) {
        for _ in 0..<limit.curlSeconds {
            if context.isStopping() {
                throw problem(.canceled, "the run was asked to stop", "Run it again if it is still wanted.")
            }
            var request = pollfd(fd: socket, events: events, revents: 0)
            let ready = poll(&request, 1, 1000)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw brokenOff }
        }
        throw problem(.timedOut, "nothing was received for \(limit)", "Check the server's load and the network.")
    }

    // MARK: Errors

    /// An error of this mailbox.
    func problem(_ code: TransferError.Code, _ problem: String, _ next: String) -> TransferError {
        TransferError(code, at: options.location, problem: problem, next: next)
    }

    private var brokenOff: TransferError {
        problem(
            .brokenOff, "the server ended the connection", "Check the server's log; the next run continues from here.")
    }

    private func failure(_ result: CURLcode) -> TransferError {
        let words = easy.message.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.message
        switch result {
        case CURLE_LOGIN_DENIED:
            return problem(
                .refusedSignIn, "the server refused the sign-in", "Check username, and password or token, of the inbox."
            )
        case CURLE_COULDNT_RESOLVE_HOST:
            return problem(.unresolved, "the host's name has no address", "Check its spelling and the name service.")
        case CURLE_COULDNT_CONNECT:
            return problem(
                .unreachable, "no connection", "Check that the server is running and that no firewall blocks it.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_USE_SSL_FAILED:
            return problem(
                .tls, "no trusted TLS connection: \(words)",
                "Check the server's certificate, ca-file, and whether tls should be implicit or required.")
        case CURLE_OPERATION_TIMEDOUT:
            return problem(
                .timedOut, "no response within \(options.connectTimeout)", "Check the server and the network.")
        case CURLE_ABORTED_BY_CALLBACK:
            return problem(.canceled, "the run was asked to stop", "Run it again if it is still wanted.")
        default:
            return problem(
                .protocolViolation, "no IMAP dialogue: \(words)",
                "Check that an IMAP server listens on this host and port.")
        }
    }
}

private func context(_ pointer: UnsafeMutableRawPointer?) -> IMAPLink.Context? {
    pointer.map { Unmanaged<IMAPLink.Context>.fromOpaque($0).takeUnretainedValue() }
}

private let onProgress: curl_xferinfo_callback = { pointer, _, _, _, _ in
    context(pointer)?.isStopping() == true ? 1 : 0
}

private let onOpen: curl_opensocket_callback = { pointer, _, address in
    guard let address else { return -1 }
    context(pointer)?.log?.note("connecting to \(text(of: address))")
    return usher_curl_open_socket(address)
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, pointer in
    guard let octets, let context = context(pointer) else { return 0 }
    let text = String(decoding: UnsafeRawBufferPointer(start: octets, count: count), as: UTF8.self)
    let line = String(text.trimmingBlanks)
    switch kind {
    case CURLINFO_HEADER_OUT: context.sent(line)
    case CURLINFO_HEADER_IN: context.log?.received(SignInDialogue.imap(response: line))
    case CURLINFO_TEXT: context.log?.noteTLS(text)
    default: break
    }
    return 0
}

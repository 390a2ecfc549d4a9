internal import CCurl
internal import Glibc

/// Follows the dialogue that libcurl has with a mail server until the client is signed in: logs it, and stops it where
/// it is no longer wanted.
///
/// Not `Sendable`: used by the thread that connects. A subclass learns from what is sent and received.
class SignInObserver {
    private(set) var log: DialogueLog?
    private let dialect: SignInDialogue
    private let isAbandoned: @Sendable () -> Bool
    private var sockets: Set<Int32> = []

    /// - Parameters:
    ///   - dialect: The protocol, which decides what the log may show.
    ///   - log: Where the dialogue is logged; nil for nowhere.
    ///   - isAbandoned: Whether the connection is no longer wanted; asked at least once a second.
    init(_ dialect: SignInDialogue, _ log: DialogueLog?, _ isAbandoned: @escaping @Sendable () -> Bool) {
        (self.dialect, self.log, self.isAbandoned) = (dialect, log, isAbandoned)
    }

    /// A command was sent.
    ///
    /// - Parameter name: No more than its first five characters: a password may follow.
    func sent(commandBeginning name: String) {}

    /// A line was received.
    func received(_ line: String) {}

    /// Makes libcurl report here.
    final func watch(_ easy: EasyHandle) {
        easy.keep(self)
        let me = Unmanaged.passUnretained(self).toOpaque()
        easy.note(usher_curl_set_debug_function(easy.pointer, onDebug, me))
        easy.set(CURLOPT_VERBOSE, true)
        easy.note(usher_curl_set_opensocket_function(easy.pointer, onOpen, me))
        easy.note(usher_curl_set_closesocket_function(easy.pointer, onClose, me))
        easy.note(usher_curl_set_progress_function(easy.pointer, onProgress, me))
        easy.set(CURLOPT_NOPROGRESS, false)
    }

    /// Whether libcurl should go on: it asks at every turn, and once a second while it waits.
    ///
    /// Where it should not, reading is shut down as well: libcurl says goodbye then, and would wait two minutes for the
    /// reply.
    fileprivate final func goesOn() -> Bool {
        guard isAbandoned() else { return true }
        for socket in sockets { shutdown(socket, Int32(SHUT_RD)) }
        return false
    }

    fileprivate final func open(_ address: UnsafePointer<curl_sockaddr>) -> Int32 {
        log?.note("connecting to \(text(of: address))")
        let socket = usher_curl_open_socket(address)
        if socket >= 0 { sockets.insert(socket) }
        return socket
    }

    fileprivate final func closed(_ socket: Int32) { sockets.remove(socket) }

    fileprivate final func report(_ kind: curl_infotype, _ octets: UnsafeRawBufferPointer) {
        switch kind {
        case CURLINFO_HEADER_OUT:
            if log != nil { logSent(String(String(decoding: octets, as: UTF8.self).trimmingBlanks)) }
            sent(commandBeginning: String(decoding: octets.prefix(5), as: UTF8.self))
        case CURLINFO_HEADER_IN:
            let line = String(decoding: octets, as: UTF8.self)
            log?.received(dialect.shown(reply: String(line.trimmingBlanks)))
            received(line)
        case CURLINFO_TEXT: log?.noteTLS(String(decoding: octets, as: UTF8.self))
        default: break
        }
    }

    /// What the log hides of a command is hidden in the replies, too, should the server repeat it.
    private func logSent(_ line: String) {
        let shown = dialect.shown(command: line)
        if shown != line, let secret = line.split(separator: " ").last { log?.hide(secret) }
        log?.sent(shown)
    }
}

private func observer(_ context: UnsafeMutableRawPointer?) -> SignInObserver? {
    context.map { Unmanaged<SignInObserver>.fromOpaque($0).takeUnretainedValue() }
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, context in
    guard let octets else { return 0 }
    observer(context)?.report(kind, UnsafeRawBufferPointer(start: octets, count: count))
    return 0
}

private let onOpen: curl_opensocket_callback = { context, _, address in
    guard let address else { return -1 }
    return observer(context)?.open(UnsafePointer(address)) ?? -1
}

private let onClose: curl_closesocket_callback = { context, socket in
    observer(context)?.closed(socket)
    return close(socket)
}

private let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
    observer(context)?.goesOn() == false ? 1 : 0
}

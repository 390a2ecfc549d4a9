internal import CCurl
internal import Glibc

/// The dialogue with a mail server until it waits for messages: libcurl connects, sets up TLS and signs in, and its callbacks report here.
///
/// Not `Sendable`: used by the thread that connects, and read by the next one.
final class MailGreeting {
    /// How far the dialogue got.
    private(set) var phase = MailOutcome.Phase.connecting
    /// What the server offered after the last EHLO (RFC 5321 §4.1.1.1), in upper case.
    private(set) var extensions: Set<String> = []
    /// Whether the client signed in.
    private(set) var hasSignedIn = false
    /// The lines received since the last EHLO or AUTH.
    private(set) var lines: [String] = []
    private var log: DialogueLog?
    private var sockets: Set<Int32> = []
    private let isAbandoned: @Sendable () -> Bool

    init(_ log: DialogueLog?, _ isAbandoned: @escaping @Sendable () -> Bool) {
        (self.log, self.isAbandoned) = (log, isAbandoned)
    }

    /// Makes libcurl report here.
    func watch(_ easy: EasyHandle) {
        easy.keep(self)
        let me = Unmanaged.passUnretained(self).toOpaque()
        easy.note(usher_curl_set_header_function(easy.pointer, onReply, me))
        easy.note(usher_curl_set_write_function(easy.pointer, onReply, me))
        easy.note(usher_curl_set_debug_function(easy.pointer, onDebug, me))
        easy.note(usher_curl_set_opensocket_function(easy.pointer, onOpen, me))
        easy.note(usher_curl_set_closesocket_function(easy.pointer, onClose, me))
        easy.set(CURLOPT_VERBOSE, true)
        easy.note(usher_curl_set_progress_function(easy.pointer, onProgress, me))
        easy.set(CURLOPT_NOPROGRESS, false)
    }

    /// The ways to sign in that the server offered; nil where it offered none.
    var offeredSignIns: String? {
        lines.last { $0.dropFirst(4).uppercased().hasPrefix("AUTH") }.map {
            String(String($0.dropFirst(4)).trimmingBlanks)
        }
    }

    fileprivate func opening(_ address: UnsafePointer<curl_sockaddr>) {
        log?.note("connecting to \(text(of: address))")
    }
    fileprivate func opened(_ socket: Int32) { sockets.insert(socket) }
    fileprivate func closed(_ socket: Int32) { sockets.remove(socket) }
    fileprivate func remark(_ text: String) { log?.noteTLS(text) }

    /// Whether libcurl should go on: it asks at every turn, and once a second while it waits.
    ///
    /// Where it should not, reading is shut down as well: libcurl sends QUIT then, and would wait two minutes for the reply.
    fileprivate func goesOn() -> Bool {
        guard isAbandoned() else { return true }
        for socket in sockets { shutdown(socket, Int32(SHUT_RD)) }
        return false
    }

    /// A command is sent.
    fileprivate func sent(_ octets: UnsafeRawBufferPointer) {
        if log != nil { logSent(String(String(decoding: octets, as: UTF8.self).trimmingBlanks)) }
        // No more than the command's name: a password may follow AUTH.
        switch String(decoding: octets.prefix(5), as: UTF8.self).uppercased() {
        case "EHLO ":
            (phase, extensions) = (.greeted, [])
            lines = []
        case "HELO ", "START": phase = .greeted
        case "AUTH ":
            (phase, hasSignedIn) = (.signingIn, true)
            // Earlier lines are no reply to this.
            lines = []
        default: break
        }
    }

    /// What the log hides of a command is hidden in the replies, too, should the server repeat it.
    private func logSent(_ line: String) {
        let shown = SignInDialogue.smtp(command: line)
        if shown != line, let secret = line.split(separator: " ").last { log?.hide(secret) }
        log?.sent(shown)
    }

    /// A line of a reply was received.
    fileprivate func received(_ line: String) {
        if let log { log.received(SignInDialogue.smtp(reply: String(line.trimmingBlanks))) }
        if lines.reduce(0, { $0 + $1.utf8.count }) + line.utf8.count <= MailReplyReader.storedOctets {
            lines.append(line)
        }
        if phase == .connecting, line.hasPrefix("220") { phase = .greeted }
        // The first line names the server.
        guard phase == .greeted, line.hasPrefix("250"), lines.count > 1 else { return }
        let word = line.dropFirst(4).prefix { $0 != " " && !$0.isNewline }
        if extensions.count < 100 { extensions.insert(word.uppercased()) }
    }
}

private func greeting(_ context: UnsafeMutableRawPointer?) -> MailGreeting? {
    context.map { Unmanaged<MailGreeting>.fromOpaque($0).takeUnretainedValue() }
}

private let onReply: curl_write_callback = { octets, size, count, context in
    guard let octets else { return size * count }
    let line = String(decoding: UnsafeRawBufferPointer(start: octets, count: size * count), as: UTF8.self)
    greeting(context)?.received(line)
    return size * count
}

private let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
    greeting(context)?.goesOn() == false ? 1 : 0
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, context in
    guard let octets else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: octets, count: count)
    switch kind {
    case CURLINFO_HEADER_OUT: greeting(context)?.sent(bytes)
    case CURLINFO_TEXT: greeting(context)?.remark(String(decoding: bytes, as: UTF8.self))
    default: break
    }
    return 0
}

private let onOpen: curl_opensocket_callback = { context, _, address in
    guard let address else { return -1 }
    greeting(context)?.opening(UnsafePointer(address))
    let socket = usher_curl_open_socket(address)
    if socket >= 0 { greeting(context)?.opened(socket) }
    return socket
}

private let onClose: curl_closesocket_callback = { context, socket in
    greeting(context)?.closed(socket)
    return close(socket)
}

internal import CCurl
internal import Glibc

/// What is said until a mail server waits for messages: libcurl connects, protects the connection and signs in, and this is what its callbacks see.
///
/// Not `Sendable`: used by the thread that connects, and read by the next.
final class MailGreeting {
    /// How far it came.
    private(set) var phase = MailOutcome.Phase.connecting
    /// What was offered after the last EHLO (RFC 5321 §4.1.1.1), in upper case.
    private(set) var extensions: Set<String> = []
    /// Whether the client signed in.
    private(set) var hasSignedIn = false
    /// The lines since the last command that counts.
    private(set) var lines: [String] = []
    private var sockets: Set<Int32> = []
    private let isAbandoned: @Sendable () -> Bool

    /// Takes whether the connection is wanted no more.
    init(_ isAbandoned: @escaping @Sendable () -> Bool) { self.isAbandoned = isAbandoned }

    /// Has libcurl report here.
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

    /// What the server offered to sign in by; nil where it offered nothing.
    var offeredSignIns: String? {
        lines.last { $0.dropFirst(4).uppercased().hasPrefix("AUTH") }.map {
            String(String($0.dropFirst(4)).trimmingBlanks)
        }
    }

    fileprivate func opened(_ socket: Int32) { sockets.insert(socket) }
    fileprivate func closed(_ socket: Int32) { sockets.remove(socket) }

    /// Whether libcurl goes on: it asks at every turn, and once a second while it waits.
    ///
    /// Where it does not, nothing more is read either: libcurl would wait two minutes for the reply to the QUIT that it says then.
    fileprivate func goesOn() -> Bool {
        guard isAbandoned() else { return true }
        for socket in sockets { shutdown(socket, Int32(SHUT_RD)) }
        return false
    }

    /// A command is sent.
    fileprivate func command(_ name: String) {
        switch name.prefix(5).uppercased() {
        case "EHLO ":
            (phase, extensions) = (.greeted, [])
            lines = []
        case "HELO ", "START": phase = .greeted
        case "AUTH ":
            (phase, hasSignedIn) = (.signingIn, true)
            // What was said before is no answer to this.
            lines = []
        default: break
        }
    }

    /// A line of a reply came.
    fileprivate func reply(_ line: String) {
        if lines.reduce(0, { $0 + $1.utf8.count }) + line.utf8.count <= MailReplyReader.keptOctets {
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
    greeting(context)?.reply(line)
    return size * count
}

private let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
    greeting(context)?.goesOn() == false ? 1 : 0
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, context in
    guard kind == CURLINFO_HEADER_OUT, let octets else { return 0 }
    // No more than the command's name: what follows AUTH is a secret.
    let name = String(decoding: UnsafeRawBufferPointer(start: octets, count: min(count, 5)), as: UTF8.self)
    greeting(context)?.command(name)
    return 0
}

private let onOpen: curl_opensocket_callback = { context, _, address in
    guard let address else { return -1 }
    let socket = usher_curl_open_socket(address)
    if socket >= 0 { greeting(context)?.opened(socket) }
    return socket
}

private let onClose: curl_closesocket_callback = { context, socket in
    greeting(context)?.closed(socket)
    return close(socket)
}

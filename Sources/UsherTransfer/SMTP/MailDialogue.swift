internal import CCurl
internal import Glibc

/// The SMTP dialogues of one connection's thread: what libcurl's callbacks see, and what it means.
///
/// Not `Sendable`: made and used by one thread.
final class MailDialogue {
    private let options: MailTransferOptions
    private var easy: EasyHandle?
    /// The server that answered last; the others are tried after it.
    private var server = 0
    private var sentOverConnection = 0
    /// What the handle's options were set for; nil where they must be set anew.
    private var prepared: (server: Int, credentials: MailCredentials?)?
    /// Sockets opened for the present connection (an IPv6 and an IPv4 address may be tried side by side), and the one that won.
    private var candidates: [Int32] = []
    private var socket: Int32 = -1

    // What the callbacks of the present dialogue gather.
    private var job: MailJob?
    private var phase = MailOutcome.Phase.connecting
    private var lines: [String] = []
    private var position = 0
    private var isNew = false
    private var isSignedIn = false
    /// EHLO commands over the present connection, and whether the reply to the last one offered SMTPUTF8 (RFC 6531 §3.1).
    private var hellos = 0
    private var offersUTF8 = false
    private var lacksUTF8 = false
    private var refusal: String?
    /// The dialogue is over but for QUIT: what is said to that is of no interest.
    private var isQuitting = false

    /// Seconds that the reply to QUIT may take.
    private static let farewell = 2

    /// Octets of replies kept: the longest reply of RFC 5321 §4.5.3.1.5 has 512 a line.
    private static let replyBytes = 4096

    init(_ options: MailTransferOptions) {
        self.options = options
        easy = EasyHandle()
    }

    /// Carries one message, to the first server that greets, and reports how it ended.
    func carry(_ job: MailJob) {
        var outcome = failed("no memory left")
        for _ in options.servers {
            outcome = attempt(job)
            // A server that did not even greet may be down; another one may not be.
            guard outcome.phase <= .connecting || outcome.phase == .greeted && outcome.code == 421 else { break }
            if job.isAbandoned { break }
            server = (server + 1) % options.servers.count
        }
        job.report(.ended(outcome))
    }

    /// Says QUIT and closes the connection; a server that does not answer is not waited for.
    func leave() {
        easy?.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Self.farewell)
        easy = nil
    }

    private func attempt(_ job: MailJob) -> MailOutcome {
        guard let easy else { return failed("no memory left") }
        reset(job)
        defer { self.job = nil }
        if prepared?.server == server, sentOverConnection > 0, lacks(job.mail) { return outcome(CURLE_OK, easy) }
        if let prepared, prepared.server == server, prepared.credentials == job.credentials {
            easy.continueAsBefore()
        } else {
            easy.startOver()
            prepare(easy, job.credentials)
        }
        prepare(easy, job.mail)
        guard easy.firstFailure == CURLE_OK else {
            return failed("libcurl refused an option: \(easy.firstFailure.rawValue)")
        }
        let result = curl_easy_perform(easy.pointer)
        let outcome = outcome(result, easy)
        sentOverConnection = result == CURLE_OK ? sentOverConnection + 1 : 0
        prepared = result == CURLE_OK ? (server, job.credentials) : nil
        return outcome
    }

    private func reset(_ job: MailJob) {
        self.job = job
        (lines, position, isNew, refusal, isQuitting, lacksUTF8) = ([], 0, false, nil, false, false)
        // On a reused connection the dialogue begins with MAIL.
        phase = .connecting
        if sentOverConnection >= max(1, options.messagesPerConnection) { sentOverConnection = 0 }
    }

    /// What stays from message to message.
    private func prepare(_ easy: EasyHandle, _ credentials: MailCredentials?) {
        let url = options.servers[server]
        easy.set(CURLOPT_URL, "\(url)/\(options.clientName)")
        easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        easy.protect(options.protection, authorityFile: options.authorityFile)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.curlMilliseconds)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, options.replyTimeout.curlSeconds)
        if let credentials { easy.signIn(credentials) }
        easy.set(CURLOPT_UPLOAD, true)
        prepareCallbacks(easy)
    }

    private func prepare(_ easy: EasyHandle, _ mail: MailTransfer) {
        easy.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        easy.setRecipients(["<\(mail.recipient)>"])
        easy.setUploadSize(mail.bytes.count)
        easy.set(CURLOPT_FRESH_CONNECT, sentOverConnection == 0)
        // The next message begins a connection of its own.
        easy.set(CURLOPT_FORBID_REUSE, sentOverConnection + 1 >= max(1, options.messagesPerConnection))
    }

    private func prepareCallbacks(_ easy: EasyHandle) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        easy.note(usher_curl_set_read_function(easy.pointer, onRead, me))
        easy.note(usher_curl_set_header_function(easy.pointer, onReply, me))
        easy.note(usher_curl_set_write_function(easy.pointer, onReply, me))
        easy.note(usher_curl_set_debug_function(easy.pointer, onDebug, me))
        easy.note(usher_curl_set_opensocket_function(easy.pointer, onOpen, me))
        easy.set(CURLOPT_VERBOSE, true)
        easy.note(usher_curl_set_progress_function(easy.pointer, onProgress, me))
        easy.set(CURLOPT_NOPROGRESS, false)
    }

    // MARK: What the callbacks report

    /// A connection is opened: nothing of the one before counts.
    fileprivate func opened() {
        if !isNew { candidates = [] }
        (isNew, isSignedIn, phase, hellos) = (true, false, .connecting, 0)
        lines = []
    }

    /// libcurl gets this socket for an address.
    fileprivate func opened(_ socket: Int32) { candidates.append(socket) }

    /// The first command goes over the socket that is connected.
    private func chooseSocket() {
        var address = sockaddr_storage()
        socket =
            candidates.first { candidate in
                var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                return withUnsafeMutablePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        getpeername(candidate, $0, &length) == 0
                    }
                }
            } ?? -1
    }

    /// Whether the dialogue goes on: libcurl asks at every turn, and once a second while it waits.
    ///
    /// Where it does not, nothing more is read either: libcurl would wait two minutes for the reply to the QUIT that it says then.
    fileprivate func goesOn() -> Bool {
        guard job?.isAbandoned == true else { return true }
        if socket >= 0 { shutdown(socket, Int32(SHUT_RD)) }
        return false
    }

    /// A command is sent.
    fileprivate func command(_ text: String) {
        let word = text.prefix(5).uppercased()
        if word.hasPrefix("QUIT") { isQuitting = true }
        let next: MailOutcome.Phase? =
            switch word {
            case "EHLO ", "HELO ", "START": .greeted
            case "AUTH ": .signingIn
            case "MAIL ": .sender
            case "RCPT ": .recipient
            case "DATA", "DATA\r": .data
            default: nil
            }
        if word == "EHLO " {
            chooseSocket()
            (hellos, offersUTF8) = (hellos + 1, false)
        }
        guard let next, next > phase || isNew else { return }
        if next == .sender, phase == .signingIn { isSignedIn = true }
        phase = next
        // What was said before is no answer to this.
        if next >= .signingIn { lines = [] }
    }

    /// A line of a reply came; `false` where the dialogue must not go on.
    fileprivate func reply(_ text: String) -> Bool {
        guard !isQuitting else { return true }
        if lines.reduce(0, { $0 + $1.utf8.count }) + text.utf8.count <= Self.replyBytes { lines.append(text) }
        if phase == .connecting, text.hasPrefix("220") { phase = .greeted }
        guard phase == .greeted, text.hasPrefix("250"), let job else { return true }
        if text.dropFirst(4).uppercased().hasPrefix("SMTPUTF8") { offersUTF8 = true }
        // Before STARTTLS nothing counts (RFC 3207 §4.2).
        let isLast = text.hasPrefix("250 ") && hellos > (options.protection == .startTLS ? 1 : 0)
        return !isLast || !lacks(job.mail)
    }

    /// Whether the server cannot take the message's envelope: then nothing of it is said, and libcurl, which would, is stopped.
    private func lacks(_ mail: MailTransfer) -> Bool {
        guard mail.needsUTF8, !offersUTF8 else { return false }
        lacksUTF8 = true
        let address = mail.recipient.utf8.allSatisfy { $0 < 0x80 } ? mail.sender : mail.recipient
        refusal = "the server takes no addresses beyond ASCII (no SMTPUTF8 after EHLO, RFC 6531): \(address)"
        return true
    }

    /// Fills libcurl's buffer; the end of the message waits for the task's word.
    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let job, refusal == nil else { return abort }
        let bytes = job.mail.bytes
        if phase < .body {
            phase = .body
            lines = []
            if lacks(job.mail) { return abort }
            if job.credentials != nil, !isSignedIn {
                refusal = "the server offers no way to sign in (no AUTH after EHLO)"
                phase = .signingIn
                return abort
            }
        }
        guard position < bytes.count else { return 0 }
        // All but the last line end; that goes together with the final dot, once the ledger has the mark.
        let held = bytes.count - 2
        if position < held {
            let count = min(buffer.count, held - position)
            bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
            }
            position += count
            return count
        }
        guard job.waitForDecision() else {
            refusal = "ended before the final dot"
            return abort
        }
        guard !isBroken() else {
            refusal = "the server ended the connection before the final dot"
            return abort
        }
        phase = .completed
        lines = []
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position...])) }
        position = bytes.count
        return 2
    }

    /// Whether the connection has ended, or the server spoke out of turn, before the final dot: then the dot need not leave at all.
    private func isBroken() -> Bool {
        guard socket >= 0 else { return false }
        var octet: UInt8 = 0
        let count = recv(socket, &octet, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        if count == 0 { return true }
        if count < 0 { return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR }
        // Over TLS what comes may be a record of the protocol's own; in clear text it can only be a reply that no one asked for.
        return options.protection == .none
    }

    private let abort = 0x1000_0000

    // MARK: What it means

    private func outcome(_ result: CURLcode, _ easy: EasyHandle) -> MailOutcome {
        if result == CURLE_LOGIN_DENIED, phase == .greeted {
            let offered = lines.last { $0.dropFirst(4).uppercased().hasPrefix("AUTH") }.map { $0.dropFirst(4).trimmed }
            refusal = "the server offers no way to sign in that the job can use (after EHLO: \(offered ?? "no AUTH"))"
            phase = .signingIn
        }
        let reply = MailReply(lines)
        let isAccepted = result == CURLE_OK && !lacksUTF8
        let isReused = !isNew
        // On a reused connection nothing shows before MAIL: what ends it there has only to do with its age.
        let isStale = isReused && !isAccepted && phase < .body && (reply.code == nil || reply.code == 421)
        return MailOutcome(
            phase: phase, server: options.servers[server], code: refusal == nil ? reply.code : nil,
            enhanced: refusal == nil ? reply.enhanced : nil,
            text: refusal ?? (reply.text.isEmpty ? words(result, easy) : reply.text), isAccepted: isAccepted,
            isStaleConnection: isStale, lacksUTF8: lacksUTF8)
    }

    private func words(_ result: CURLcode, _ easy: EasyHandle) -> String {
        if result == CURLE_ABORTED_BY_CALLBACK { return "the run was asked to stop, and waited no longer" }
        if result == CURLE_OPERATION_TIMEDOUT, phase > .connecting {
            return "no reply within \(options.replyTimeout.curlSeconds) s"
        }
        return easy.message.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.message
    }

    private func failed(_ text: String) -> MailOutcome {
        MailOutcome(
            phase: .connecting, server: options.servers[server], code: nil, enhanced: nil, text: text,
            isAccepted: false,
            isStaleConnection: false)
    }
}

/// The last reply among lines (RFC 5321 §4.2.1, RFC 3463 §2).
struct MailReply {
    let code: Int?
    let enhanced: String?
    let text: String

    init(_ lines: [String]) {
        let parsed = lines.compactMap { line -> (code: Int, rest: Substring)? in
            guard let code = Int(line.prefix(3)), (200...599).contains(code), line.count >= 3 else { return nil }
            return (code, line.dropFirst(4))
        }
        code = parsed.last?.code
        let own = parsed.filter { $0.code == parsed.last?.code }
        enhanced =
            own.lazy.compactMap { item -> String? in
                let word = item.rest.prefix { $0 != " " }
                let parts = word.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count == 3,
                    parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
                    parts[0] == String(item.code / 100)
                else { return nil }
                return String(word)
            }.first
        let words = own.map { $0.rest.trimmed }.filter { !$0.isEmpty }
        text = parsed.last.map { "\($0.code) " + words.joined(separator: " ") } ?? ""
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let blank: (Character) -> Bool = { $0.isWhitespace || $0.isNewline }
        let front = drop(while: blank)
        guard let last = front.lastIndex(where: { !blank($0) }) else { return "" }
        return front[...last]
    }
}

private func dialogue(_ context: UnsafeMutableRawPointer?) -> MailDialogue? {
    context.map { Unmanaged<MailDialogue>.fromOpaque($0).takeUnretainedValue() }
}

private let onRead: curl_read_callback = { buffer, size, count, context in
    guard let buffer, let dialogue = dialogue(context) else { return 0x1000_0000 }
    return dialogue.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let onReply: curl_write_callback = { octets, size, count, context in
    guard let octets, let dialogue = dialogue(context) else { return size * count }
    let line = String(decoding: UnsafeRawBufferPointer(start: octets, count: size * count), as: UTF8.self)
    return dialogue.reply(line) ? size * count : 0
}

private let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
    dialogue(context)?.goesOn() == false ? 1 : 0
}

private let onDebug: curl_debug_callback = { _, kind, octets, count, context in
    guard kind == CURLINFO_HEADER_OUT, let octets, let dialogue = dialogue(context) else { return 0 }
    // No more than the command's name: what follows AUTH is a secret.
    dialogue.command(String(decoding: UnsafeRawBufferPointer(start: octets, count: min(count, 5)), as: UTF8.self))
    return 0
}

private let onOpen: curl_opensocket_callback = { context, _, address in
    guard let address else { return -1 }
    let dialogue = dialogue(context)
    dialogue?.opened()
    let socket = usher_curl_open_socket(address)
    dialogue?.opened(socket)
    return socket
}

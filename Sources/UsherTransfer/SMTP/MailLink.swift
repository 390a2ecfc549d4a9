internal import CCurl
internal import Glibc

/// A connection to a mail server that waits for messages.
///
/// libcurl connects, sets up TLS and signs in (CURLOPT_CONNECT_ONLY). The dialogue about messages is ours, because libcurl sends one command
/// at a time, blocks its multi handle while it waits for the reply to the final dot (7.88, `smtp_done`), and does not report what a server
/// sends out of turn.
///
/// `@unchecked Sendable` because two threads use it one after the other: the one that connects, then the client's.
final class MailLink: @unchecked Sendable {
    /// The index of its server in the options.
    let server: Int
    /// The credentials that signed in; nil for none.
    let credentials: MailCredentials?
    let greeting: MailGreeting
    private(set) var socket: Int32 = -1
    private var easy: EasyHandle?

    private static let libraryStart = usher_curl_global_init()

    private init(_ easy: EasyHandle, _ greeting: MailGreeting, _ server: Int, _ credentials: MailCredentials?) {
        (self.easy, self.greeting, self.server, self.credentials) = (easy, greeting, server, credentials)
    }

    deinit { close() }

    /// Connects to the first server that greets; blocks the calling thread.
    ///
    /// - Parameters:
    ///   - options: The client's options.
    ///   - first: The index of the server to try first; the others follow in their order.
    ///   - credentials: How to sign in; nil for not at all.
    ///   - number: The connection's number in the log.
    ///   - log: Where the dialogue is logged; nil for nowhere.
    ///   - isAbandoned: Whether the connection is no longer wanted; asked at least once a second.
    /// - Returns: The connection, or why there is none.
    static func connect(
        _ options: MailTransferOptions, first: Int, as credentials: MailCredentials?, number: Int, log: DialogueLog?,
        isAbandoned: @escaping @Sendable () -> Bool
    ) -> Result<MailLink, MailRefusal> {
        var refusal = MailRefusal(server: first, phase: .connecting, text: "no server")
        for step in options.servers.indices {
            let server = (first + step) % options.servers.count
            let log = log?.connection(number, to: options.servers[server])
            switch attempt(options, server, credentials, log, isAbandoned) {
            case .success(let link): return .success(link)
            case .failure(let failure):
                log?.note("no connection: \(failure.text)")
                refusal = failure
            }
            // A server that did not even greet may be down; another one may not be.
            let mayBeDown = refusal.phase <= .connecting || refusal.phase == .greeted && refusal.code == 421
            guard mayBeDown, !isAbandoned() else { break }
        }
        return .failure(refusal)
    }

    private static func attempt(
        _ options: MailTransferOptions, _ server: Int, _ credentials: MailCredentials?, _ log: DialogueLog?,
        _ isAbandoned: @escaping @Sendable () -> Bool
    ) -> Result<MailLink, MailRefusal> {
        guard libraryStart == CURLE_OK, let easy = EasyHandle() else {
            return .failure(MailRefusal(server: server, phase: .connecting, text: "no memory left"))
        }
        let link = MailLink(easy, MailGreeting(log, isAbandoned), server, credentials)
        easy.set(CURLOPT_URL, "\(options.servers[server])/\(options.clientName)")
        easy.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        easy.set(CURLOPT_CONNECT_ONLY, true)
        easy.protect(options.protection, authorityFile: options.authorityFile)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.curlMilliseconds)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, options.replyTimeout.curlSeconds)
        if let credentials { easy.signIn(credentials) }
        link.greeting.watch(easy)
        guard easy.firstFailure == CURLE_OK else {
            let text = "libcurl refused an option: \(easy.firstFailure.rawValue)"
            return .failure(MailRefusal(server: server, phase: .connecting, text: text))
        }
        let result = curl_easy_perform(easy.pointer)
        guard result == CURLE_OK, usher_curl_getinfo_socket(easy.pointer, &link.socket) == CURLE_OK, link.socket >= 0
        else { return .failure(link.refusal(result, easy, options)) }
        if credentials != nil, !link.greeting.hasSignedIn {
            let text = "the server offers no way to sign in (no AUTH after EHLO)"
            return .failure(MailRefusal(server: server, phase: .signingIn, text: text))
        }
        return .success(link)
    }

    private func refusal(_ result: CURLcode, _ easy: EasyHandle, _ options: MailTransferOptions) -> MailRefusal {
        if result == CURLE_LOGIN_DENIED, greeting.phase == .greeted {
            let text =
                "the server offers no way to sign in that the job can use (after EHLO: \(greeting.offeredSignIns ?? "no AUTH"))"
            return MailRefusal(server: server, phase: .signingIn, text: text)
        }
        if let reply = MailReply(in: greeting.lines), reply.code >= 400 {
            return MailRefusal(server: server, phase: greeting.phase, reply)
        }
        let text =
            switch result {
            case CURLE_ABORTED_BY_CALLBACK: MailRefusal.abandoned
            case CURLE_OPERATION_TIMEDOUT where greeting.phase > .connecting: options.noReply
            case CURLE_RECV_ERROR where greeting.phase == .connecting:
                "the server ended the connection before it greeted"
            default: easy.message.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.message
            }
        return MailRefusal(server: server, phase: greeting.phase, text: text)
    }

    // MARK: Octets

    /// The result of an attempt to send or receive.
    enum Progress {
        /// So many octets were sent or received.
        case moved(Int)
        /// The socket would block.
        case later
        /// The connection has ended.
        case ended
    }

    /// Sends as many octets as the socket takes; the rest must be passed again unchanged.
    func send(_ octets: UnsafeRawBufferPointer) -> Progress {
        guard let easy else { return .ended }
        var count = 0
        switch curl_easy_send(easy.pointer, octets.baseAddress, octets.count, &count) {
        case CURLE_OK: return .moved(count)
        case CURLE_AGAIN: return .later
        default: return .ended
        }
    }

    /// Receives what has arrived.
    func receive(into octets: UnsafeMutableRawBufferPointer) -> Progress {
        guard let easy else { return .ended }
        var count = 0
        switch curl_easy_recv(easy.pointer, octets.baseAddress, octets.count, &count) {
        case CURLE_OK where count > 0: return .moved(count)
        case CURLE_AGAIN: return .later
        default: return .ended
        }
    }

    /// Closes the connection at once.
    func close() {
        // libcurl would send QUIT and wait for the reply.
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
        easy = nil
        socket = -1
    }
}

/// Why a message was not accepted, or is in doubt.
struct MailRefusal: Error {
    let server: Int
    let phase: MailOutcome.Phase
    let code: Int?
    let enhanced: String?
    let text: String

    static let abandoned = "the run was asked to stop, and waited no longer"

    /// A refusal by the server's reply.
    init(server: Int, phase: MailOutcome.Phase, _ reply: MailReply) {
        (self.server, self.phase) = (server, phase)
        (code, enhanced, text) = (reply.code, reply.enhanced, reply.text)
    }

    /// A failure without a reply.
    init(server: Int, phase: MailOutcome.Phase, text: String) {
        (self.server, self.phase, self.text) = (server, phase, text)
        (code, enhanced) = (nil, nil)
    }
}

extension MailTransferOptions {
    /// The text of a failure where no reply was received in time.
    var noReply: String { "no reply within \(replyTimeout.curlSeconds) s" }
}

internal import CCurl
internal import Glibc

/// A connection to a mail server that waits for messages, as octets.
///
/// libcurl connects, protects the connection and signs in (CURLOPT_CONNECT_ONLY); the messages' dialogue is ours, because libcurl says one command
/// at a time, waits for the reply to the final dot without giving its multi handle back (7.88, `smtp_done`), and keeps what a server says out of
/// turn to itself.
///
/// `@unchecked Sendable` because one thread after the other has it: the one that connects, and from then on the loop's.
final class MailLink: @unchecked Sendable {
    /// Which of the options' servers it is.
    let server: Int
    /// Who has signed in.
    let credentials: MailCredentials?
    let greeting: MailGreeting
    private(set) var socket: Int32 = -1
    private var easy: EasyHandle?

    private static let libraryStart = usher_curl_global_init()

    private init(_ easy: EasyHandle, _ greeting: MailGreeting, _ server: Int, _ credentials: MailCredentials?) {
        (self.easy, self.greeting, self.server, self.credentials) = (easy, greeting, server, credentials)
    }

    deinit { close() }

    /// Connects to the first server that greets; on a thread that may block.
    ///
    /// - Parameters:
    ///   - options: What holds for all messages.
    ///   - first: Which server is tried first; the others follow in their order.
    ///   - credentials: How to sign in; nil for not at all.
    ///   - isAbandoned: Whether the connection is wanted no more; asked once a second at the least.
    /// - Returns: The connection, or why there is none.
    static func connect(
        _ options: MailTransferOptions, first: Int, as credentials: MailCredentials?,
        isAbandoned: @escaping @Sendable () -> Bool
    ) -> Result<MailLink, MailRefusal> {
        var refusal = MailRefusal(server: first, phase: .connecting, text: "no server")
        for step in options.servers.indices {
            let server = (first + step) % options.servers.count
            switch attempt(options, server, credentials, isAbandoned) {
            case .success(let link): return .success(link)
            case .failure(let failure): refusal = failure
            }
            // A server that did not even greet may be down; another one may not be.
            let mayBeDown = refusal.phase <= .connecting || refusal.phase == .greeted && refusal.code == 421
            guard mayBeDown, !isAbandoned() else { break }
        }
        return .failure(refusal)
    }

    private static func attempt(
        _ options: MailTransferOptions, _ server: Int, _ credentials: MailCredentials?,
        _ isAbandoned: @escaping @Sendable () -> Bool
    ) -> Result<MailLink, MailRefusal> {
        guard libraryStart == CURLE_OK, let easy = EasyHandle() else {
            return .failure(MailRefusal(server: server, phase: .connecting, text: "no memory left"))
        }
        let link = MailLink(easy, MailGreeting(isAbandoned), server, credentials)
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
            case CURLE_ABORTED_BY_CALLBACK: MailRefusal.givenUp
            case CURLE_OPERATION_TIMEDOUT where greeting.phase > .connecting: options.noReply
            case CURLE_RECV_ERROR where greeting.phase == .connecting:
                "the server ended the connection before it greeted"
            default: easy.message.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.message
            }
        return MailRefusal(server: server, phase: greeting.phase, text: text)
    }

    // MARK: Octets

    /// What an attempt to move octets came to.
    enum Passage {
        /// So many went.
        case moved(Int)
        /// None can go now.
        case later
        /// The connection has ended.
        case ended
    }

    /// Sends what goes now; what did not go must be given again as it is.
    func send(_ octets: UnsafeRawBufferPointer) -> Passage {
        guard let easy else { return .ended }
        var count = 0
        switch curl_easy_send(easy.pointer, octets.baseAddress, octets.count, &count) {
        case CURLE_OK: return .moved(count)
        case CURLE_AGAIN: return .later
        default: return .ended
        }
    }

    /// Reads what has come.
    func receive(into octets: UnsafeMutableRawBufferPointer) -> Passage {
        guard let easy else { return .ended }
        var count = 0
        switch curl_easy_recv(easy.pointer, octets.baseAddress, octets.count, &count) {
        case CURLE_OK where count > 0: return .moved(count)
        case CURLE_AGAIN: return .later
        default: return .ended
        }
    }

    /// Ends the connection at once.
    func close() {
        // libcurl would say QUIT, and wait for its reply.
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
        easy = nil
        socket = -1
    }
}

/// Why a message was not handed over, or is in doubt.
struct MailRefusal: Error {
    let server: Int
    let phase: MailOutcome.Phase
    let code: Int?
    let enhanced: String?
    let text: String

    static let givenUp = "the run was asked to stop, and waited no longer"

    /// What the server said.
    init(server: Int, phase: MailOutcome.Phase, _ reply: MailReply) {
        (self.server, self.phase) = (server, phase)
        (code, enhanced, text) = (reply.code, reply.enhanced, reply.text)
    }

    /// What happened where it said nothing.
    init(server: Int, phase: MailOutcome.Phase, text: String) {
        (self.server, self.phase, self.text) = (server, phase, text)
        (code, enhanced) = (nil, nil)
    }
}

extension MailTransferOptions {
    /// What to say where a reply did not come.
    var noReply: String { "no reply within \(replyTimeout.curlSeconds) s" }
}

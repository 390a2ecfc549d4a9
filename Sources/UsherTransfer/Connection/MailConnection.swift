internal import CCurl
internal import Glibc

/// A connection to an SMTP or IMAP server: libcurl connects, sets up TLS and signs in (CURLOPT_CONNECT_ONLY); from then
/// on octets are sent and received.
///
/// `@unchecked Sendable` because one thread after the other uses it: for SMTP the one that connects, then the client's.
final class MailConnection: @unchecked Sendable {
    /// What a connection needs to be opened.
    struct Options {
        /// `smtp://host:port/client-name`, `imaps://host:port`.
        let url: String
        /// The two schemes that are allowed, separated by a comma.
        let schemes: String
        let protection: MailTransferOptions.Protection
        let authorityFile: String?
        let connectTimeout: Duration
        /// The time limit for each reply until the client is signed in.
        let replyTimeout: Duration
    }

    /// Why there is no connection.
    struct Failure: Error {
        /// libcurl's result; nil where it was not called.
        let result: CURLcode?
        let text: String
    }

    private(set) var socket: Int32 = -1
    private var easy: EasyHandle?

    private static let libraryStart = usher_curl_global_init()

    private init(_ easy: EasyHandle) { self.easy = easy }

    deinit { close() }

    /// Connects and signs in; blocks the calling thread.
    ///
    /// - Parameters:
    ///   - options: Where to, and how.
    ///   - credentials: How to sign in; nil for not at all.
    ///   - observer: Follows the dialogue until the client is signed in.
    /// - Returns: The connection, or why there is none.
    static func open(
        _ options: Options, as credentials: MailCredentials?, _ observer: SignInObserver
    ) -> Result<MailConnection, Failure> {
        guard libraryStart == CURLE_OK, let easy = EasyHandle() else {
            return .failure(Failure(result: nil, text: "no memory left"))
        }
        let connection = MailConnection(easy)
        easy.set(CURLOPT_URL, options.url)
        easy.set(CURLOPT_PROTOCOLS_STR, options.schemes)
        easy.set(CURLOPT_CONNECT_ONLY, true)
        easy.protect(options.protection, authorityFile: options.authorityFile)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.curlMilliseconds)
        easy.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, options.replyTimeout.curlSeconds)
        if let credentials { easy.signIn(credentials) }
        observer.watch(easy)
        guard easy.firstFailure == CURLE_OK else {
            return .failure(Failure(result: nil, text: "libcurl refused an option: \(easy.firstFailure.rawValue)"))
        }
        let result = curl_easy_perform(easy.pointer)
        guard result == CURLE_OK, usher_curl_getinfo_socket(easy.pointer, &connection.socket) == CURLE_OK,
            connection.socket >= 0
        else {
            let text = easy.message.isEmpty ? String(cString: curl_easy_strerror(result)) : easy.message
            return .failure(Failure(result: result, text: text))
        }
        return .success(connection)
    }

    /// The result of an attempt to send or receive.
    enum Progress {
        /// So many octets were sent or received.
        case moved(Int)
        /// The socket would block.
        case later
        /// The connection has ended.
        case ended
    }

    /// Sends as many octets as the socket accepts; the rest must be passed again unchanged.
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
    ///
    /// libcurl returns what TLS has already decrypted before it returns ``Progress/later``, so the socket tells when
    /// there is more.
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
        // libcurl would send QUIT or LOGOUT, and wait for the reply.
        if socket >= 0 { shutdown(socket, Int32(SHUT_RDWR)) }
        easy = nil
        socket = -1
    }
}

internal import CCurl
internal import Glibc

/// Lines and octets over a signed-in connection to an IMAP server.
///
/// libcurl's own FETCH marks what it reads as seen, and mistakes certain lines of a mail for the end of the response,
/// so only its connection is used. Not `Sendable`: created and used by one thread.
final class IMAPLink: IMAPWire {
    private let connection: MailConnection
    private let options: IMAPOptions
    /// Where the dialogue is logged.
    let log: DialogueLog?
    private let isStopping: @Sendable () -> Bool
    private var input: IMAPInput
    private var chunk = [UInt8](repeating: 0, count: 64 * 1024)

    /// Connects and signs in.
    ///
    /// - Throws: ``TransferError``; `refusedSignIn` where the server refuses the name, the password or the token.
    init(
        _ options: IMAPOptions, as credentials: MailCredentials, _ log: DialogueLog?,
        isStopping: @escaping @Sendable () -> Bool
    ) throws(TransferError) {
        let observer = SignInObserver(.imap, log, isStopping)
        let opened = MailConnection.open(
            MailConnection.Options(
                url: options.server, schemes: "imap,imaps", protection: options.protection,
                authorityFile: options.authorityFile, connectTimeout: options.connectTimeout,
                replyTimeout: options.connectTimeout), as: credentials, observer)
        switch opened {
        case .success(let connection): self.connection = connection
        case .failure(let failure): throw Self.error(failure, options)
        }
        (self.options, self.isStopping, self.log) = (options, isStopping, observer.log)
        input = IMAPInput(lineBytes: options.lineBytes)
    }

    /// Closes the connection at once.
    func close() { connection.close() }

    deinit { log?.note("closed the connection") }

    // MARK: Octets

    /// Sends a command, whole.
    func send(_ text: String) throws(TransferError) {
        log?.sent(String(text.trimmingBlanks))
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            switch rest.withUnsafeBytes({ connection.send($0) }) {
            case .moved(let count): rest = rest.dropFirst(count)
            case .later: try wait(Int16(POLLOUT), limit: options.idleTimeout)
            case .ended: throw brokenOff
            }
        }
    }

    /// The next line, without its end; nothing is waited for longer than the limit.
    func line(limit: Duration?) throws(TransferError) -> [UInt8] {
        while true {
            if let line = input.line() { return line }
            guard !input.isLineTooLong else {
                throw problem(
                    .tooLarge, "a line of more than \(options.lineBytes) octets", "Move old mail out of this mailbox.")
            }
            try receive(limit: limit ?? options.idleTimeout)
        }
    }

    /// The next octets.
    func octets(_ count: Int) throws(TransferError) -> [UInt8] {
        while true {
            if let octets = input.octets(count) { return octets }
            try receive(limit: options.idleTimeout)
        }
    }

    private func receive(limit: Duration) throws(TransferError) {
        while true {
            switch chunk.withUnsafeMutableBytes({ connection.receive(into: $0) }) {
            case .moved(let count):
                return input.append(chunk[..<count])
            case .later: try wait(Int16(POLLIN), limit: limit)
            case .ended: throw brokenOff
            }
        }
    }

    private func wait(_ events: Int16, limit: Duration) throws(TransferError) {
        for _ in 0..<limit.curlSeconds {
            if isStopping() {
                throw problem(.canceled, "the run was asked to stop", "Run it again if it is still wanted.")
            }
            var request = pollfd(fd: connection.socket, events: events, revents: 0)
            let ready = poll(&request, 1, 1000)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw brokenOff }
        }
        throw problem(.timedOut, "nothing was received for \(limit)", "Check the server's load and the network.")
    }

    // MARK: Errors

    /// An error of this mailbox.
    func problem(_ code: TransferError.Code, _ problem: String, _ next: String) -> TransferError {
        Self.problem(code, options, problem, next)
    }

    private var brokenOff: TransferError {
        problem(
            .brokenOff, "the server ended the connection", "Check the server's log; the next run continues from here.")
    }

    private static func problem(
        _ code: TransferError.Code, _ options: IMAPOptions, _ problem: String, _ next: String
    ) -> TransferError {
        TransferError(code, at: options.location, problem: problem, next: next)
    }

    private static func error(_ failure: MailConnection.Failure, _ options: IMAPOptions) -> TransferError {
        switch failure.result {
        case nil: return problem(.exhausted, options, failure.text, "Free memory on this machine and run again.")
        case CURLE_LOGIN_DENIED:
            return problem(
                .refusedSignIn, options, "the server refused the sign-in",
                "Check username, and password or token, of the inbox."
            )
        case CURLE_COULDNT_RESOLVE_HOST:
            return problem(
                .unresolved, options, "the host's name has no address", "Check its spelling and the name service.")
        case CURLE_COULDNT_CONNECT:
            return problem(
                .unreachable, options, "no connection",
                "Check that the server is running and that no firewall blocks it.")
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_USE_SSL_FAILED:
            return problem(
                .tls, options, "no trusted TLS connection: \(failure.text)",
                "Check the server's certificate, ca-file, and whether tls should be implicit or required.")
        case CURLE_OPERATION_TIMEDOUT:
            return problem(
                .timedOut, options, "no response within \(options.connectTimeout)", "Check the server and the network.")
        case CURLE_ABORTED_BY_CALLBACK:
            return problem(.canceled, options, "the run was asked to stop", "Run it again if it is still wanted.")
        default:
            return problem(
                .protocolViolation, options, "no IMAP dialogue: \(failure.text)",
                "Check that an IMAP server listens on this host and port.")
        }
    }
}

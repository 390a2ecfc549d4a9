internal import CCurl

/// A connection to a mail server that waits for messages.
///
/// libcurl only connects, sets up TLS and signs in. The dialogue about messages is ours, because libcurl sends one
/// command at a time, blocks its multi handle while it waits for the reply to the final dot (7.88, `smtp_done`), and
/// does not report what a server sends out of turn.
///
/// `@unchecked Sendable` because two threads use it one after the other: the one that connects, then the client's.
struct MailLink: @unchecked Sendable {
    /// The index of its server in the options.
    let server: Int
    /// The credentials that signed in; nil for none.
    let credentials: MailCredentials?
    let greeting: MailGreeting
    let connection: MailConnection

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
        let greeting = MailGreeting(log, isAbandoned)
        let opened = MailConnection.open(
            MailConnection.Options(
                url: "\(options.servers[server])/\(options.clientName)", schemes: "smtp,smtps",
                protection: options.protection, authorityFile: options.authorityFile,
                connectTimeout: options.connectTimeout, replyTimeout: options.replyTimeout), as: credentials, greeting)
        switch opened {
        case .failure(let failure): return .failure(refusal(failure, greeting, server, options))
        case .success where credentials != nil && !greeting.hasSignedIn:
            let text = "the server offers no way to sign in (no AUTH after EHLO)"
            return .failure(MailRefusal(server: server, phase: .signingIn, text: text))
        case .success(let connection):
            return .success(
                MailLink(server: server, credentials: credentials, greeting: greeting, connection: connection))
        }
    }

    private static func refusal(
        _ failure: MailConnection.Failure, _ greeting: MailGreeting, _ server: Int, _ options: MailTransferOptions
    ) -> MailRefusal {
        guard let result = failure.result else {
            return MailRefusal(server: server, phase: .connecting, text: failure.text)
        }
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
            case CURLE_LOGIN_DENIED where greeting.challenge != nil:
                "the server refused the token: \(greeting.challenge ?? "")"
            case CURLE_ABORTED_BY_CALLBACK: MailRefusal.abandoned
            case CURLE_OPERATION_TIMEDOUT where greeting.phase > .connecting: options.noReply
            case CURLE_RECV_ERROR where greeting.phase == .connecting:
                "the server ended the connection before it greeted"
            default: failure.text
            }
        return MailRefusal(server: server, phase: greeting.phase, text: text)
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

/// How a mail server received a client that brought no message.
package struct MailServerReport: Hashable, Sendable {
    /// `smtp://host:port` or `smtps://host:port`.
    package let server: String
    /// The extensions it offers (RFC 5321 §4.1.1.1), in upper case and alphabetical order.
    package let extensions: [String]
    /// Why it refused the client; nil where it accepted it.
    package let refusal: MailOutcome?

    /// Connects to the only server of the options, and sends QUIT; blocks the calling thread.
    init(visiting options: MailTransferOptions, as credentials: MailCredentials?, _ log: DialogueLog?) {
        server = options.servers.first ?? ""
        switch MailLink.connect(options, first: 0, as: credentials, number: 1, log: log, isAbandoned: { false }) {
        case .success(let link):
            (extensions, refusal) = (link.greeting.extensions.sorted(), nil)
            // Whether it is sent or not: nothing depends on it.
            log?.connection(1, to: server).sent("QUIT")
            _ = Array("QUIT\r\n".utf8).withUnsafeBytes { link.connection.send($0) }
            link.connection.close()
            log?.connection(1, to: server).note("closed the connection")
        case .failure(let failure): (extensions, refusal) = ([], MailOutcome(failure, options))
        }
    }
}

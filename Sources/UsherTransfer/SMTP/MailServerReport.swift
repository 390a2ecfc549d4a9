/// What a mail server said to a client that came without a message.
package struct MailServerReport: Hashable, Sendable {
    /// `smtp://host:port` or `smtps://host:port`.
    package let server: String
    /// What it offers (RFC 5321 §4.1.1.1), in upper case, as it said it; in the order of the alphabet.
    package let extensions: [String]
    /// Why it took no client; nil where it did.
    package let refusal: MailOutcome?

    /// Connects to the only server of the options, and says QUIT; on a thread that may block.
    init(visiting options: MailTransferOptions, as credentials: MailCredentials?) {
        server = options.servers.first ?? ""
        switch MailLink.connect(options, first: 0, as: credentials, isAbandoned: { false }) {
        case .success(let link):
            (extensions, refusal) = (link.greeting.extensions.sorted(), nil)
            // Whether it goes or not: nothing depends on it.
            _ = Array("QUIT\r\n".utf8).withUnsafeBytes { link.send($0) }
            link.close()
        case .failure(let failure): (extensions, refusal) = ([], MailOutcome(failure, options))
        }
    }
}

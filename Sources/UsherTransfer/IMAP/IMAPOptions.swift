/// Which mailbox is read, and what holds for the connection.
package struct IMAPOptions: Hashable, Sendable {
    /// The server, without the mailbox: `imap://host:port` or `imaps://host:port`.
    package var server: String
    /// The mailbox's name as people write it; encoded on the way (RFC 3501 §5.1.3).
    package var folder: String
    /// How the connection is protected: the same words as for a mail server.
    package var protection: MailTransferOptions.Protection
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    package var authorityFile: String?
    /// Octets read of one message: reports and replies are short, or state what counts at their beginning.
    package var messageBytes = 256 * 1024
    /// Octets of one line of the server's; a search names every message on one.
    package var lineBytes = 8 * 1024 * 1024
    /// Messages asked for at once; so many are held in memory.
    package var batch = 8
    /// Until a connection stands and is signed in.
    package var connectTimeout: Duration = .seconds(30)
    /// Without a byte of an answer.
    package var idleTimeout: Duration = .seconds(60)

    /// Takes what has no default.
    package init(
        server: String, folder: String, protection: MailTransferOptions.Protection, authorityFile: String? = nil
    ) {
        (self.server, self.folder, self.protection) = (server, folder, protection)
        self.authorityFile = authorityFile
    }

    /// What an error may show: server and mailbox.
    package var location: String { "\(server)/\(folder)" }
}

/// A mailbox as it was when it was opened (RFC 3501 §2.3.1.1).
package struct IMAPMailbox: Hashable, Sendable {
    /// UIDVALIDITY: while it stays, a UID means one message for ever.
    package let validity: UInt32
}

/// One message of a mailbox, or its beginning.
package struct IMAPMessage: Hashable, Sendable {
    /// Its UID.
    package let uid: UInt32
    /// Its octets, from the first; cut off at ``IMAPOptions/messageBytes``.
    package let bytes: [UInt8]

    /// Takes both.
    package init(uid: UInt32, bytes: [UInt8]) {
        (self.uid, self.bytes) = (uid, bytes)
    }
}

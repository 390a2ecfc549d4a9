/// Which mailbox is read, and how.
package struct IMAPOptions: Hashable, Sendable {
    /// The server, without the mailbox: `imap://host:port` or `imaps://host:port`.
    package var server: String
    /// The mailbox's name as people write it; encoded when it is sent (RFC 3501 §5.1.3).
    package var folder: String
    /// How the connection is protected.
    package var protection: MailTransferOptions.Protection
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    package var authorityFile: String?
    /// Octets read of one message: bounces and replies are short, or state what matters at their beginning.
    package var messageBytes = 256 * 1024
    /// The longest line the server may send; the result of a search is one line.
    package var lineBytes = 8 * 1024 * 1024
    /// Messages fetched with one command, and held in memory together.
    package var batch = 8
    /// The time limit for connecting and signing in.
    package var connectTimeout: Duration = .seconds(30)
    /// The time limit for the next byte of a response.
    package var idleTimeout: Duration = .seconds(60)

    /// Creates options from those that have no default.
    package init(
        server: String, folder: String, protection: MailTransferOptions.Protection, authorityFile: String? = nil
    ) {
        (self.server, self.folder, self.protection) = (server, folder, protection)
        self.authorityFile = authorityFile
    }

    /// Server and mailbox, as errors show them.
    package var location: String { "\(server)/\(folder)" }
}

/// The state of a mailbox when it was opened (RFC 3501 §2.3.1.1).
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

    /// Creates a message from its UID and its octets.
    package init(uid: UInt32, bytes: [UInt8]) {
        (self.uid, self.bytes) = (uid, bytes)
    }
}

/// The options of a mail client.
package struct MailTransferOptions: Hashable, Sendable {
    /// How a connection is protected.
    package enum Protection: Hashable, Sendable {
        /// STARTTLS is required (RFC 3207).
        case startTLS
        /// From the first byte (RFC 8314 §3.3).
        case implicit
        /// Clear text: for servers on this machine only.
        case none
    }

    /// Servers, `smtp://host:port` or `smtps://host:port`, in the order in which they are tried.
    package var servers: [String]
    /// How connections are protected.
    package var protection: Protection
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    package var authorityFile: String?
    /// The client's name in EHLO: a domain name (RFC 5321 §4.1.1.1).
    package var clientName: String
    /// The largest number of connections at once.
    package var connections = 4
    /// Messages sent over one connection before it is closed.
    package var messagesPerConnection = 100
    /// The time limit for opening a connection, TLS included.
    package var connectTimeout: Duration = .seconds(30)
    /// The time limit for a reply, also to the final dot: RFC 5321 §4.5.3.2.6 asks for ten minutes there.
    package var replyTimeout: Duration = .seconds(600)

    /// Creates options from those that have no default.
    package init(servers: [String], protection: Protection, clientName: String, authorityFile: String? = nil) {
        (self.servers, self.protection, self.clientName) = (servers, protection, clientName)
        self.authorityFile = authorityFile
    }
}

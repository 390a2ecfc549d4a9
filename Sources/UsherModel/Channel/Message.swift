/// One message, ready to be sent.
public struct Message: Hashable, Sendable {
    /// What the world outside knows the delivery by.
    public let id: DeliveryID
    /// Who it goes to.
    public let recipient: Recipient
    /// The bytes to send.
    public let content: Content
    /// Whether it is a test, which a channel marks where it can.
    public var isTest = false
    /// The subject of a mail, as its recipient reads it; nil where there is none.
    public var subject: Line?

    /// The bytes to send, by the kind of channel.
    public enum Content: Hashable, Sendable {
        /// A whole RFC 5322 message with CRLF line ends, and its envelope.
        case mail(sender: Address, recipient: Address, bytes: [UInt8])
        /// A body for a webhook, with its media type.
        case payload(mediaType: String, bytes: [UInt8])
    }

    /// Creates a message.
    public init(id: DeliveryID, recipient: Recipient, content: Content) {
        (self.id, self.recipient, self.content) = (id, recipient, content)
    }

    /// The digest of the content.
    public var contentDigest: String {
        switch content {
        case .mail(_, _, let bytes), .payload(_, let bytes): Digest.hex(ofBytes: bytes)
        }
    }

    /// The digest of the subject; nil where there is none.
    public var subjectDigest: SubjectDigest? { subject.map { SubjectDigest(of: $0.text) } }

    /// The size of the content in octets.
    public var byteCount: Int {
        switch content {
        case .mail(_, _, let bytes): bytes.count
        case .payload(_, let bytes): bytes.count
        }
    }
}

/// The kind of message that a channel sends.
public enum MessageFormat: Hashable, Sendable {
    /// Mail from this sender.
    case mail(MailProfile)
    /// The rendered template, unchanged, as a body of this media type.
    case payload(mediaType: String)
}

/// The settings that all mail of a channel shares.
public struct MailProfile: Hashable, Sendable {
    /// The `From` field.
    public var from: Mailbox
    /// The `Reply-To` field.
    public var replyTo: Mailbox?
    /// The envelope sender; nil for the `From` address.
    public var envelopeSender: Address?
    /// Where a person can unsubscribe: https and mailto URLs for `List-Unsubscribe` (RFC 2369).
    public var unsubscribe: [HeaderValue]
    /// The secret from which ``TokenPlaceholder/website`` is derived for each recipient; nil where no URL has one.
    public var unsubscribeSecret: SecretReference?
    /// Whether one of them is https and takes a one-click POST (RFC 8058).
    public var isOneClick: Bool
    /// The `Feedback-ID` field; nil for none.
    public var feedbackID: HeaderValue?
    /// The kind of calendar object attached to each mail.
    public var invitation: Invitation
    /// How long before the start the calendar entry reminds the recipient; nil leaves that to the recipient's calendar.
    public var alarm: Duration?

    /// The kind of calendar object attached to a mail.
    public enum Invitation: String, Hashable, Sendable, CaseIterable {
        /// iTIP REQUEST and CANCEL (RFC 5546): the recipient's calendar updates itself.
        case request
        /// A file that the recipient adds by hand (METHOD:PUBLISH).
        case publish
        /// None.
        case none
    }

    /// What stands in a URL for unsubscribing for a token that is another for each recipient.
    public enum TokenPlaceholder: String, Hashable, Sendable, CaseIterable {
        /// A token that a website can make, too, since it has the secret.
        case website = "{token}"
        /// A token that only the ledger can make and recognize.
        case ledger = "{unsubscribe.token}"
    }

    /// Whether a URL for unsubscribing has a placeholder.
    public func uses(_ placeholder: TokenPlaceholder) -> Bool {
        unsubscribe.contains { $0.text.contains(placeholder.rawValue) }
    }

    /// The URLs for unsubscribing of the recipient with these tokens.
    public func unsubscribe(filledWith tokens: [TokenPlaceholder: String]) -> [HeaderValue] {
        unsubscribe.map { link in
            let text = tokens.reduce(link.text) { $0.replacing($1.key.rawValue, with: $1.value) }
            return HeaderValue(Line(cleaning: text))
        }
    }

    /// The Message-ID of a delivery (RFC 5322 §3.6.4); the same on every attempt.
    public func messageID(of id: DeliveryID) -> String { "<\(id.short)@\(from.address.domain)>" }

    /// Creates a profile with its sender and defaults for everything else.
    public init(from: Mailbox) {
        (self.from, unsubscribe, isOneClick, invitation) = (from, [], false, .request)
    }
}

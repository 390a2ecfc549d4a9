/// One message, ready to leave.
public struct Message: Hashable, Sendable {
    /// The delivery's key; message ids derive from it.
    public let key: DedupeKey
    /// Who it goes to.
    public let recipient: Recipient
    /// What goes.
    public let content: Content

    /// What goes, by the kind of channel.
    public enum Content: Hashable, Sendable {
        /// A whole RFC 5322 message with CRLF line ends, and its envelope.
        case mail(sender: Address, recipient: Address, bytes: [UInt8])
        /// A body for a webhook, with its media type.
        case payload(mediaType: String, bytes: [UInt8])
    }

    /// Takes all.
    public init(key: DedupeKey, recipient: Recipient, content: Content) {
        (self.key, self.recipient, self.content) = (key, recipient, content)
    }

    /// The size of what goes, in octets.
    public var byteCount: Int {
        switch content {
        case .mail(_, _, let bytes): bytes.count
        case .payload(_, let bytes): bytes.count
        }
    }
}

/// What a channel wants messages to be.
public enum MessageFormat: Hashable, Sendable {
    /// Mail of this sender.
    case mail(MailProfile)
    /// A template's text as it is, in this media type.
    case payload(mediaType: String)
}

/// What every mail of a channel has in common.
public struct MailProfile: Hashable, Sendable {
    /// The `From` field.
    public var from: Mailbox
    /// The `Reply-To` field.
    public var replyTo: Mailbox?
    /// The envelope sender; the `From` address where nil.
    public var envelopeSender: Address?
    /// Where a person can unsubscribe: https and mailto URLs for `List-Unsubscribe` (RFC 2369).
    public var unsubscribe: [HeaderValue]
    /// Whether one of them is https and takes a one-click POST (RFC 8058).
    public var isOneClick: Bool
    /// `Feedback-ID`, where set.
    public var feedbackID: HeaderValue?
    /// What kind of calendar object goes along.
    public var invitation: Invitation
    /// How long before the start the recipient's calendar rings; nil leaves that to the calendar.
    public var alarm: Duration?

    /// What kind of calendar object goes along with a mail.
    public enum Invitation: String, Hashable, Sendable, CaseIterable {
        /// iTIP REQUEST and CANCEL (RFC 5546): calendars follow by themselves.
        case request
        /// A file to add by hand (METHOD:PUBLISH).
        case publish
        /// None.
        case none
    }

    /// The id that the message of a delivery has for ever (RFC 5322 §3.6.4).
    public func messageID(of key: DedupeKey) -> String { "<\(key.hex.prefix(40))@\(from.address.domain)>" }

    /// Takes the sender; the rest is set afterwards.
    public init(from: Mailbox) {
        (self.from, unsubscribe, isOneClick, invitation) = (from, [], false, .request)
    }
}

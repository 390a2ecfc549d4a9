package import UsherModel

/// One message of the inbox, as far as it concerns a job.
package struct IncomingMessage: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A mail server's report on one of our messages.
        case report(DeliveryReport)
        /// Answers to invitations.
        case replies([CalendarReply])
        /// Anything else; recipients and subject show whether it asks to unsubscribe.
        case other
    }

    package let content: Content
    /// The author; nil where there are several or none.
    package let author: Address?
    package let recipients: [Address]
    /// Decoded.
    package let subject: Line
    /// What mail servers say of its origin, the last one first.
    package let authentication: [AuthenticationResults]
    /// The beginning of its text, where it is no report or reply, and where a link for unsubscribing may have put a token.
    package let text: String
    /// Whether a program sent it (RFC 3834 §2); such a message requests nothing.
    package let isAutomatic: Bool

    /// The most of the text that is read, in octets.
    private static let longestText = 4096
    /// The most fields of servers that are read.
    private static let mostAuthentications = 20

    /// Reads a message, which may be truncated.
    package init(_ bytes: [UInt8]) {
        let message = MailPart(bytes[...])
        let authors = message.all("from").flatMap(MailAddress.list)
        author = authors.count == 1 ? authors.first : nil
        recipients = ["to", "cc", "delivered-to", "x-original-to"].flatMap { message.all($0) }.flatMap(MailAddress.list)
        subject = Line(cleaning: EncodedWords.decode(message["subject"] ?? ""))
        authentication = message.all("authentication-results").prefix(Self.mostAuthentications).map {
            AuthenticationResults($0)
        }
        let submitted = message["auto-submitted"]?.prefix { $0.isLetter || $0 == "-" }.lowercased() ?? "no"
        isAutomatic =
            submitted != "no" || ["bulk", "junk", "auto_reply"].contains(message["precedence"]?.lowercased() ?? "")
        if let report = DeliveryReport(message) {
            (content, text) = (.report(report), "")
        } else {
            let replies = CalendarReply.all(in: message)
            content = replies.isEmpty ? .other : .replies(replies)
            let part = replies.isEmpty ? message.leaves.first { $0.mediaType.name == "text/plain" } : nil
            let octets = (part?.content ?? []).lazy.filter { $0 != 0x0D }.prefix(Self.longestText)
            text = String(decoding: octets, as: UTF8.self)
        }
    }
}

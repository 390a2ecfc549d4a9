package import UsherModel

/// One mail of the inbox, as far as it concerns a job.
package struct IncomingMessage: Hashable, Sendable {
    /// What it is.
    package enum Content: Hashable, Sendable {
        /// A mail server's report on a mail.
        case report(DeliveryReport)
        /// Answers to invitations.
        case replies([CalendarReply])
        /// Anything else; whether it asks to unsubscribe shows in whom it is to, and in its subject.
        case other
    }

    /// What it is.
    package let content: Content
    /// Its one author; nil where there are several or none.
    package let author: Address?
    /// Whom it is to.
    package let recipients: [Address]
    /// Its subject, decoded.
    package let subject: Line
    /// Whether a program sent it (RFC 3834 §2): such mail asks for nothing.
    package let isAutomatic: Bool

    /// Reads a message, or its beginning.
    package init(_ bytes: [UInt8]) {
        let message = MailPart(bytes[...])
        let authors = message.all("from").flatMap(MailAddress.list)
        author = authors.count == 1 ? authors.first : nil
        recipients = ["to", "cc", "delivered-to", "x-original-to"].flatMap { message.all($0) }.flatMap(MailAddress.list)
        subject = Line(cleaning: EncodedWords.decode(message["subject"] ?? ""))
        let submitted = message["auto-submitted"]?.prefix { $0.isLetter || $0 == "-" }.lowercased() ?? "no"
        isAutomatic =
            submitted != "no" || ["bulk", "junk", "auto_reply"].contains(message["precedence"]?.lowercased() ?? "")
        if let report = DeliveryReport(message) {
            content = .report(report)
        } else {
            let replies = CalendarReply.all(in: message)
            content = replies.isEmpty ? .other : .replies(replies)
        }
    }
}

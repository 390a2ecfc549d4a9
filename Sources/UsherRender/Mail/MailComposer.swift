internal import ICalendar
internal import UsherModel

/// A whole message: `multipart/mixed` of `multipart/alternative` (text, HTML, calendar) and the calendar once more as a file.
///
/// Everything is 7-bit; boundaries and ids derive from the dedupe key, so that the same delivery is the same message.
struct MailComposer {
    let key: DedupeKey
    let profile: MailProfile
    let now: Instant

    /// What varies from mail to mail.
    struct Content {
        let to: Mailbox
        let subject: Line
        let text: String
        let html: String
        let calendar: (bytes: [UInt8], method: Method)?
        /// The first message of the conversation, where this is not it.
        let inReplyTo: DedupeKey?
        /// Who it would have gone to, where it is diverted.
        let divertedFrom: String?
    }

    func compose(_ content: Content) -> [UInt8] {
        var bytes = Array(header(content).utf8)
        let mixed = boundary("m")
        if let calendar = content.calendar {
            bytes += Array("Content-Type: multipart/mixed;\r\n boundary=\"\(mixed)\"\r\n\r\n--\(mixed)\r\n".utf8)
            bytes += alternative(content)
            bytes += part(
                "--\(mixed)\r\nContent-Type: application/ics; name=\"invite.ics\"\r\nContent-Disposition: attachment;\r\n filename=\"invite.ics\"\r\n"
                    + "Content-Transfer-Encoding: base64\r\n\r\n", Base64.lines(calendar.bytes))
            bytes += Array("--\(mixed)--\r\n".utf8)
        } else {
            bytes += alternative(content)
        }
        return bytes
    }

    private func alternative(_ content: Content) -> [UInt8] {
        let boundary = boundary("a")
        var bytes = Array("Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8)
        for (type, text) in [("text/plain", content.text), ("text/html", content.html)] {
            bytes += part(
                "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
                QuotedPrintable.lines(text))
        }
        if let calendar = content.calendar {
            bytes += part(
                "--\(boundary)\r\nContent-Type: text/calendar; charset=utf-8; method=\(calendar.method.rawValue)\r\n"
                    + "Content-Transfer-Encoding: base64\r\n\r\n", Base64.lines(calendar.bytes))
        }
        return bytes + Array("--\(boundary)--\r\n".utf8)
    }

    private func part(_ head: String, _ body: [UInt8]) -> [UInt8] { Array(head.utf8) + body }

    private func boundary(_ kind: String) -> String { "=_\(kind)_\(key.hex.prefix(32))" }

    private func header(_ content: Content) -> String {
        var fields = [
            HeaderField("Date", HeaderValue(Line(cleaning: MailDate.text(now)))),
            HeaderField("From", profile.from), HeaderField("To", content.to),
            HeaderField("Subject", text: content.subject),
            HeaderField("Message-ID", HeaderValue(Line(cleaning: profile.messageID(of: key)))),
        ]
        if let replyTo = profile.replyTo { fields.append(HeaderField("Reply-To", replyTo)) }
        if let first = content.inReplyTo {
            let id = HeaderValue(Line(cleaning: profile.messageID(of: first)))
            fields += [HeaderField("In-Reply-To", id), HeaderField("References", id)]
        }
        // RFC 3834 §5; the second is Exchange's own word for the same.
        fields.append(HeaderField("Auto-Submitted", HeaderValue(Line(cleaning: "auto-generated"))))
        fields.append(HeaderField("X-Auto-Response-Suppress", HeaderValue(Line(cleaning: "All"))))
        if !profile.unsubscribe.isEmpty {
            let list = profile.unsubscribe.map { "<\($0.text)>" }.joined(separator: ", ")
            fields.append(HeaderField("List-Unsubscribe", HeaderValue(Line(cleaning: list))))
            if profile.isOneClick {
                fields.append(
                    HeaderField("List-Unsubscribe-Post", HeaderValue(Line(cleaning: "List-Unsubscribe=One-Click"))))
            }
        }
        if let id = profile.feedbackID { fields.append(HeaderField("Feedback-ID", id)) }
        if let from = content.divertedFrom {
            fields.append(HeaderField("X-Usher-Diverted-From", text: Line(cleaning: from)))
        }
        fields.append(HeaderField("MIME-Version", HeaderValue(Line(cleaning: "1.0"))))
        return fields.map(\.bytes).joined()
    }
}

/// Dates in headers (RFC 5322 §3.3): English names, always in UTC.
enum MailDate {
    static func text(_ instant: Instant) -> String {
        let civil = CivilTime(instant)
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let seconds = instant.secondsSince1970
        let day = Int((seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400) % 7 + 7) % 7
        let clock = civil.description.split(separator: "T").last ?? ""
        return "\(days[day]), \(civil.day) \(months[civil.month - 1]) \(civil.year) \(clock) +0000"
    }
}

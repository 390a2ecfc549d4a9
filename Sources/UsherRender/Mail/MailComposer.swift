internal import ICalendar
internal import UsherModel
internal import UsherText

/// Composes messages: `multipart/mixed` of `multipart/alternative` (text, HTML, calendar) and the calendar again as a file.
///
/// Everything is 7-bit. Boundaries and ids derive from the delivery's id, so that the same delivery gives the same message.
struct MailComposer {
    private let profile: MailProfile
    // The header fields that all messages of a profile share.
    private let first: [UInt8]
    private let replyTo: [UInt8]
    private let last: [UInt8]
    private let unsubscribe: [UInt8]
    private let oneClick: [UInt8]
    private let feedback: [UInt8]

    /// Prepares the fields that all mails have in common; `language` is that of the text (RFC 3282).
    init(profile: MailProfile, language: LanguageTag, now: Instant) {
        self.profile = profile
        first =
            HeaderField("Date", HeaderValue(Line(cleaning: MailDate.text(now)))).bytes
            + HeaderField("From", profile.from).bytes
        replyTo = profile.replyTo.map { HeaderField("Reply-To", $0).bytes } ?? []
        // RFC 3834 §5; the second is what Exchange understands.
        let fields = [
            HeaderField("Auto-Submitted", HeaderValue(Line(cleaning: "auto-generated"))),
            HeaderField("X-Auto-Response-Suppress", HeaderValue(Line(cleaning: "All"))),
            HeaderField("Content-Language", HeaderValue(Line(cleaning: language.text))),
        ]
        last = fields.flatMap(\.bytes)
        oneClick =
            profile.isOneClick
            ? HeaderField("List-Unsubscribe-Post", HeaderValue(Line(cleaning: "List-Unsubscribe=One-Click"))).bytes : []
        feedback = profile.feedbackID.map { HeaderField("Feedback-ID", $0).bytes } ?? []
        unsubscribe = Self.unsubscribe(profile.unsubscribe)
    }

    private static func unsubscribe(_ links: [HeaderValue]) -> [UInt8] {
        guard !links.isEmpty else { return [] }
        let list = links.map { "<\($0.text)>" }.joined(separator: ", ")
        return HeaderField("List-Unsubscribe", HeaderValue(Line(cleaning: list))).bytes
    }

    /// What varies from mail to mail.
    struct Content {
        let id: DeliveryID
        let to: Mailbox
        /// With the mark of a test.
        let subject: Line
        let text: EncodedPattern
        let html: EncodedPattern
        let values: PersonalValues
        let calendar: (bytes: [UInt8], method: Method)?
        /// The first message of the conversation, unless it is this one.
        let inReplyTo: DeliveryID?
        /// The original recipient, if the message is diverted.
        let divertedFrom: String?
    }

    func compose(_ content: Content) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16_384)
        addHeader(content, to: &bytes)
        guard let calendar = content.calendar else {
            addAlternative(content, nil, to: &bytes)
            return bytes
        }
        let mixed = boundary("m", content.id)
        let encoded = Base64.lines(calendar.bytes)
        bytes.append(
            contentsOf: "Content-Type: multipart/mixed;\r\n boundary=\"\(mixed)\"\r\n\r\n--\(mixed)\r\n".utf8)
        addAlternative(content, (encoded, calendar.method), to: &bytes)
        bytes.append(contentsOf: "--\(mixed)\r\n".utf8)
        bytes.append(contentsOf: Self.attachment.utf8)
        bytes += encoded
        bytes.append(contentsOf: "--\(mixed)--\r\n".utf8)
        return bytes
    }

    private static let version = HeaderField("MIME-Version", HeaderValue(Line(cleaning: "1.0"))).bytes

    private static let attachment =
        "Content-Type: application/ics; name=\"invite.ics\"\r\nContent-Disposition: attachment;\r\n filename=\"invite.ics\"\r\n"
        + "Content-Transfer-Encoding: base64\r\n\r\n"

    private func addAlternative(
        _ content: Content, _ calendar: (encoded: [UInt8], method: Method)?, to bytes: inout [UInt8]
    ) {
        let boundary = boundary("a", content.id)
        bytes.append(
            contentsOf: "Content-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n".utf8)
        for (type, text) in [("text/plain", content.text), ("text/html", content.html)] {
            bytes.append(
                contentsOf:
                    "--\(boundary)\r\nContent-Type: \(type); charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                    .utf8)
            text.append(to: &bytes, content.values)
        }
        if let calendar {
            bytes.append(
                contentsOf:
                    "--\(boundary)\r\nContent-Type: text/calendar; charset=utf-8; method=\(calendar.method.rawValue)\r\n"
                    .utf8)
            bytes.append(contentsOf: "Content-Transfer-Encoding: base64\r\n\r\n".utf8)
            bytes += calendar.encoded
        }
        bytes.append(contentsOf: "--\(boundary)--\r\n".utf8)
    }

    private func boundary(_ kind: String, _ id: DeliveryID) -> String { "=_\(kind)_\(id.hex.prefix(32))" }

    private func addHeader(_ content: Content, to bytes: inout [UInt8]) {
        bytes += first
        bytes += HeaderField("To", content.to).bytes
        bytes += HeaderField("Subject", text: content.subject).bytes
        bytes += messageID("Message-ID", content.id).bytes
        bytes += replyTo
        if let first = content.inReplyTo {
            bytes += messageID("In-Reply-To", first).bytes
            bytes += messageID("References", first).bytes
        }
        bytes += last
        bytes += content.values.request.unsubscribe.map(Self.unsubscribe) ?? unsubscribe
        bytes += oneClick
        bytes += feedback
        if let from = content.divertedFrom {
            bytes += HeaderField("X-Usher-Diverted-From", text: Line(cleaning: from)).bytes
        }
        bytes += Self.version
    }

    private func messageID(_ name: StaticString, _ id: DeliveryID) -> HeaderField {
        HeaderField(name, HeaderValue(Line(cleaning: profile.messageID(of: id))))
    }
}

/// Dates in headers (RFC 5322 §3.3): English names, always UTC.
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

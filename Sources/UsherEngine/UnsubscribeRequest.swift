internal import UsherModel
internal import UsherSources
internal import UsherText

/// A message that a mail program sent for a `List-Unsubscribe` link of a job (RFC 2369 §3.2, RFC 6068 §2).
struct UnsubscribeRequest {
    /// The token that the link had for its recipient; nil where it had none.
    let token: UnsubscribeToken?

    /// Reads a message; nil where it is none.
    init?(_ message: IncomingMessage, _ profiles: [MailProfile]) {
        let tokens = Self.tokens(in: message)
        var isRequest = false
        for profile in profiles {
            for link in profile.unsubscribe.compactMap({ MailtoLink($0.text) }) {
                if link.isPersonal,
                    let token = tokens.first(where: { link.filled($0).isAnswered(by: message, profile) })
                {
                    self.token = token
                    return
                }
                isRequest = isRequest || link.isAnswered(by: message, profile)
            }
        }
        guard isRequest else { return nil }
        token = nil
    }

    /// Everything in a message that has the form of a token.
    private static func tokens(in message: IncomingMessage) -> [UnsubscribeToken] {
        (message.recipients.map(\.text) + [message.subject.text, message.text]).flatMap { text in
            text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.compactMap { UnsubscribeToken($0) }
        }
    }
}

/// The parts of a `mailto:` link (RFC 6068 §2) by which a message sent with it can be recognized.
struct MailtoLink {
    private var address: String
    private var subject: String?
    private var body: String?

    init?(_ text: String) {
        guard text.lowercased().hasPrefix("mailto:") else { return nil }
        let parts = text.dropFirst("mailto:".count).split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = PercentEncoding.text(parts.first ?? ""), !address.isEmpty else { return nil }
        self.address = address.lowercased()
        let fields = parts.dropFirst().first?.split(separator: "&") ?? []
        func field(_ name: String) -> String? {
            fields.first { $0.lowercased().hasPrefix(name + "=") }.flatMap {
                PercentEncoding.text($0.dropFirst(name.count + 1))
            }
            .map { Line(cleaning: $0).text.lowercased() }
        }
        (subject, body) = (field("subject"), field("body"))
    }

    /// Whether the link is another one for each recipient.
    var isPersonal: Bool { [address, subject, body].contains { $0?.contains(Self.placeholder) ?? false } }

    /// The link of one recipient.
    func filled(_ token: UnsubscribeToken) -> MailtoLink {
        var link = self
        link.address = address.replacing(Self.placeholder, with: token.text)
        link.subject = subject?.replacing(Self.placeholder, with: token.text)
        link.body = body?.contains(Self.placeholder) ?? false ? token.text : nil
        return link
    }

    private static let placeholder = MailProfile.TokenPlaceholder.ledger.rawValue

    /// Whether a message is what a mail program sends for this link; the body counts only where it is for the token.
    func isAnswered(by message: IncomingMessage, _ profile: MailProfile) -> Bool {
        guard message.recipients.contains(where: { isTo($0) }) else { return false }
        if let body, UnsubscribeToken(body) != nil { return message.text.lowercased().contains(body) }
        let text = message.subject.text.lowercased()
        if let subject { return text == subject }
        // People also write to this address for other reasons, so a message to it is not enough.
        let isShared = isTo(profile.from.address) || profile.replyTo.map { isTo($0.address) } ?? false
        return !isShared || text == "unsubscribe"
    }

    private func isTo(_ other: Address) -> Bool { other.text.lowercased() == address }
}

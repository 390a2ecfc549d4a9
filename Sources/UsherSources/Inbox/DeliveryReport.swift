package import UsherModel
internal import UsherText

/// A mail server's report on a message that it could not deliver, or not yet (RFC 3464).
package struct DeliveryReport: Hashable, Sendable {
    /// The report on one recipient.
    package struct Outcome: Hashable, Sendable {
        /// RFC 3464 §2.3.3.
        package let action: Action
        /// Original-Recipient and Final-Recipient, as far as they are addresses.
        package let addresses: [Address]
        /// Class, subject and detail: `5.1.1` (RFC 3463); empty where the report states none.
        package let status: String
        /// The other server's own words.
        package let diagnostic: Line

        /// Whether the address itself is the reason, so that later messages would not arrive either.
        ///
        /// A full mailbox (5.2.2), a message too large (5.2.3), server and network failures (x.3, most of x.4), contents (x.6) and policy (x.7)
        /// are temporary, or are about the sender and not the recipient; 5.1.7 and 5.1.8 are about the sender's address.
        package var isAddressGone: Bool {
            action == .failed && Self.gone.contains(status)
        }

        /// No such mailbox or domain, a bad address, moved, a domain without mail (RFC 3463 §3.2, RFC 7505 §4); a disabled mailbox (§3.3); no
        /// route, or what Exchange Online says for an unknown recipient (5.4.1); what cannot be routed (§3.5).
        private static let gone: Set<String> = [
            "5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.1", "5.4.4",
        ]
    }

    package enum Action: String, Hashable, Sendable, CaseIterable {
        case failed, delayed, delivered, relayed, expanded
    }

    /// The Message-ID of the reported message, with its brackets; nil where the report does not return its header.
    package let messageID: String?
    /// One outcome for each recipient.
    package let outcomes: [Outcome]

    /// Recipients read from one report; our messages have one each.
    private static let mostOutcomes = 100

    /// Reads a message; nil where it is not a delivery report.
    init?(_ message: MailPart) {
        let type = message.mediaType
        guard type.name == "multipart/report", type["report-type"]?.lowercased() == "delivery-status" else {
            return nil
        }
        var outcomes: [Outcome] = []
        var messageID: String?
        for part in message.leaves {
            switch part.mediaType.name {
            case "message/delivery-status", "message/global-delivery-status":
                outcomes += Self.outcomes(part.content)
            case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
                messageID = messageID ?? MailPart(part.content[...])["message-id"]
            default: continue
            }
        }
        guard !outcomes.isEmpty else { return nil }
        (self.messageID, self.outcomes) = (messageID, Array(outcomes.prefix(Self.mostOutcomes)))
    }

    /// Reads the groups of fields; the first is about the message and has no action (RFC 3464 §2.1).
    private static func outcomes(_ content: [UInt8]) -> [Outcome] {
        var rest = content[...]
        var outcomes: [Outcome] = []
        while !rest.isEmpty, outcomes.count < mostOutcomes {
            let fields = MailPart.fields(&rest)
            func first(_ name: String) -> String? { fields.first { $0.name == name }?.value }
            guard let word = first("action")?.prefix(while: { $0.isLetter }).lowercased(),
                let action = Action(rawValue: word)
            else { continue }
            let diagnostic = first("diagnostic-code") ?? ""
            outcomes.append(
                Outcome(
                    action: action,
                    addresses: ["original-recipient", "final-recipient"].compactMap { first($0).flatMap(address) },
                    status: status(first("status") ?? "", diagnostic),
                    diagnostic: Line(cleaning: String(diagnostic.prefix(Limits.evidenceBytes)))))
        }
        return outcomes
    }

    /// The status; where it names only its class, the one in the other server's words is used.
    private static func status(_ field: String, _ diagnostic: String) -> String {
        let stated = enhanced(field.prefix { $0 != " " && $0 != "(" }) ?? ""
        guard stated.isEmpty || stated.hasSuffix(".0.0") else { return stated }
        let words = diagnostic.prefix(300).split { " ;-".contains($0) }
        return words.lazy.compactMap { enhanced($0) }.first { stated.isEmpty || $0.first == stated.first } ?? stated
    }

    private static func enhanced(_ word: Substring) -> String? {
        let word = word.hasPrefix("#") ? word.dropFirst() : word
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        let isStatus =
            parts.count == 3 && ["2", "4", "5"].contains(parts[0])
            && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { (48...57).contains($0) } }
        return isStatus ? String(word) : nil
    }

    /// Reads `rfc822; ada@example.com` (RFC 3464 §2.3.1) and decodes xtext (RFC 3461 §4); nil for addresses of another type.
    private static func address(_ field: String) -> Address? {
        let parts = field.split(separator: ";", maxSplits: 1)
        guard parts.count == 2, ["rfc822", "utf-8"].contains(parts[0].lowercased().filter { $0 != " " }) else {
            return nil
        }
        let text = parts[1].drop { $0 == " " || $0 == "<" }.prefix { $0 != " " && $0 != ">" }
        return MailAddress.read(String(text)) ?? MailAddress.read(withoutXtext(text))
    }

    private static func withoutXtext(_ text: Substring) -> String {
        PercentEncoding.text(text, escape: "+") ?? String(text)
    }
}

/// Reads addresses of header fields.
enum MailAddress {
    /// The address; nil where the text is not one.
    static func read(_ text: String) -> Address? {
        do throws(Address.Problem) { return try Address(text) } catch { return nil }
    }

    /// The addresses of a field (RFC 5322 §3.4): in angle brackets, or bare between commas.
    static func list(_ field: String) -> [Address] {
        var addresses: [Address] = []
        for item in items(field) {
            if let close = item.lastIndex(of: ">"), let open = item[..<close].lastIndex(of: "<") {
                if let address = read(String(item[item.index(after: open)..<close])) { addresses.append(address) }
            } else if let address = read(String(item.prefix { $0 != "(" })) {
                addresses.append(address)
            }
        }
        return addresses
    }

    /// Splits at commas outside quotes and comments.
    private static func items(_ field: String) -> [Substring] {
        var items: [Substring] = []
        var start = field.startIndex
        var (isQuoted, isEscaped, depth) = (false, false, 0)
        for index in field.indices {
            let character = field[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"", depth == 0 {
                isQuoted.toggle()
            } else if !isQuoted, character == "(" || character == ")" {
                depth = max(0, depth + (character == "(" ? 1 : -1))
            } else if character == ",", !isQuoted, depth == 0 {
                items.append(field[start..<index])
                start = field.index(after: index)
            }
        }
        return items + [field[start...]]
    }
}

import UsherModel
import UsherText

@testable import UsherSources

/// Reads messages of the inbox.
struct MailTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let message = IncomingMessage(input)
        check(message)
        // A message that is too long is cut anywhere.
        check(IncomingMessage(Array(input.prefix(input.count / 2))))
        if !input.contains(0x0D) {
            let wire = Array(
                input.split(separator: 0x0A, omittingEmptySubsequences: false).joined(separator: [13, 10]))
            check(
                Self.facts(IncomingMessage(wire)) == Self.facts(message),
                "a message with CRLF differs from that with LF")
        }
        check(Base64.decodeLeniently(Base64.lines(input)) == input, "base64 differs after writing and reading")
        let words = String(decoding: input, as: UTF8.self)
        let encoded = "=?utf-8?B?\(Base64.encode(Array(words.utf8)))?="
        check(EncodedWords.decode(encoded) == words, "an encoded-word differs after writing and reading")
    }

    /// What is concluded from a message.
    private struct Facts: Equatable {
        let content: IncomingMessage.Content
        let author: Address?
        let recipients: [Address]
        let subject: Line
        let isAutomatic: Bool
    }

    private static func facts(_ message: IncomingMessage) -> Facts {
        Facts(
            content: message.content, author: message.author, recipients: message.recipients, subject: message.subject,
            isAutomatic: message.isAutomatic)
    }

    private func check(_ message: IncomingMessage) {
        switch message.content {
        case .report(let report):
            check((1...100).contains(report.outcomes.count), "a report on nobody, or on too many")
            for outcome in report.outcomes {
                check(outcome.status.utf8.allSatisfy { $0 == 0x2E || (48...57).contains($0) }, "a status of letters")
                check(outcome.addresses.count <= 2, "a recipient with many addresses")
                check(!outcome.isAddressGone || outcome.action == .failed, "an address is gone that did not fail")
            }
        case .replies(let replies):
            check(!replies.isEmpty && Set(replies).count == replies.count, "no reply, or one twice")
            check(replies.allSatisfy { $0.sequence >= 0 }, "a negative revision")
        case .other: break
        }
    }
}

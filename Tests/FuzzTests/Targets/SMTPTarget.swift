import UsherModel

@testable import UsherChannels
@testable import UsherTransfer

/// Reads what an SMTP server replies, and what that means for a message.
struct SMTPTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let whole = Self.replies(input, chunk: max(1, input.count))
        check(Self.replies(input, chunk: 7).texts == whole.texts, "the replies depend on the chunks")
        for reply in whole.replies.prefix(5) {
            check((200...599).contains(reply.code), "a code that does not exist")
            check(reply.text.hasPrefix(String(reply.code)), "a reply without its code")
            let again = MailReply(in: [reply.text])
            check(again?.code == reply.code && again?.text == reply.text, "a reply differs after writing and reading")
            for phase in Self.phases { judge(reply, phase) }
        }
        readGreeting(input)
    }

    private static let phases: [MailOutcome.Phase] = [
        .connecting, .greeted, .signingIn, .sender, .recipient, .data, .body, .completed,
    ]

    private static func replies(_ input: [UInt8], chunk: Int) -> (replies: [MailReply], texts: [String]) {
        var reader = MailReplyReader()
        var (replies, texts): ([MailReply], [String]) = ([], [])
        do throws(MailReplyReader.Violation) {
            for start in stride(from: 0, to: input.count, by: chunk) {
                input[start..<min(start + chunk, input.count)].withUnsafeBytes { reader.append($0) }
                while let reply = try reader.next() {
                    replies.append(reply)
                    texts.append("\(reply.text) \(reply.enhanced ?? "")")
                }
            }
        } catch {
            texts.append(error.problem)
        }
        return (replies, texts)
    }

    private func judge(_ reply: MailReply, _ phase: MailOutcome.Phase) {
        let outcome = MailOutcome(
            phase: phase, server: "smtp://mail.example.com", code: reply.code, enhanced: reply.enhanced,
            text: reply.text, isAccepted: false, isStaleConnection: false)
        switch SMTPOutcome(outcome, needsUTF8: false, hint: "").attempt {
        case .sent: check(false, "a message counts as sent that was not accepted")
        case .inDoubt: check(phase == .completed, "a message is in doubt that never left")
        case .retry: break
        case .failed: check(reply.code >= 500, "a message fails for good although the server did not say so")
        }
    }

    /// What libcurl passes on while it signs in: line by line.
    private func readGreeting(_ input: [UInt8]) {
        let greeting = MailGreeting(nil) { false }
        for (number, line) in input.split(separator: 0x0A, maxSplits: 200).enumerated() {
            let text = String(decoding: line, as: UTF8.self) + "\n"
            if number == 1 { greeting.sent(commandBeginning: "EHLO ") }
            if text.hasPrefix("334") { greeting.sent(commandBeginning: "AUTH ") }
            greeting.received(text)
        }
        check(greeting.extensions.count <= 100, "more extensions than are stored")
        check(
            greeting.lines.reduce(0) { $0 + $1.utf8.count } <= MailReplyReader.storedOctets,
            "more is stored than may be")
        check((greeting.challenge ?? "").utf8.count <= 1500, "a challenge that is too long")
        _ = (greeting.offeredSignIns, MailReply(in: greeting.lines)?.enhanced)
    }
}

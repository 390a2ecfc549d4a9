internal import UsherGraph
package import UsherModel
internal import UsherText

/// What the mailbox keeps of a message, which nothing but a message can tell.
extension GraphMailChannel {
    /// Times that the mailbox is asked for a message, and the pause in between: it usually shows one within seconds.
    private static let attempts = 12
    private static let pause = Duration.seconds(5)

    /// The header fields that matter, and what is lost with them.
    private static let fields = [
        (
            name: MailMarks.field,
            loss: "a mail in doubt is recognized by its Message-ID, or else by its subject and recipient"
        ),
        (name: "List-Unsubscribe", loss: "mail programs may show no button to unsubscribe"),
        (name: "List-Unsubscribe-Post", loss: "mail programs may not unsubscribe with one click"),
        (name: "Auto-Submitted", loss: "mailboxes may send automatic replies"),
    ]

    /// Searches Sent Items for the message, and compares its header with what was sent.
    package func examine(copyOf message: Message) async -> [Examination] {
        let step = "read it back from Sent Items of \(options.user)"
        guard case .mail(_, let address, let bytes) = message.content else { return [] }
        let marks = MailMarks(message.id, options.profile)
        let wanted = SentItems.Wanted(
            marks: marks, address: address, subject: message.subjectDigest, at: clock.now())
        do throws(GraphError) {
            for attempt in 1...Self.attempts {
                switch try await SentItems(client: client, user: options.user).search(for: wanted) {
                case .found(let item, let mark):
                    return [Examination(step, result: "found by \(mark)")] + kept(item, marks, marks.marking(bytes))
                case .unclear(let reason): return [Examination(step, result: "not found", warning: reason)]
                case .absent: if attempt < Self.attempts { await clock.pause(Self.pause) }
                }
            }
            return [
                Examination(
                    step, result: "not found",
                    warning: "the mailbox does not show it yet. If it never does, doubts end by sending again: "
                        + "look whether Sent Items are kept")
            ]
        } catch {
            return [Examination(step, result: "", error: ExaminationError(error))]
        }
    }

    private func kept(_ item: JSONValue, _ marks: MailMarks, _ bytes: [UInt8]) -> [Examination] {
        let hasID = item["internetMessageId"].text == marks.messageID
        let step = "the copy keeps the Message-ID"
        let first =
            hasID
            ? Examination(step, result: "yes")
            : Examination(
                step, result: "no",
                warning: "the server wrote its own, \(Line(cleaning: item["internetMessageId"].text ?? "unknown")): "
                    + "replies and later mails may not be shown as one conversation")
        guard !item["internetMessageHeaders"].items.isEmpty else {
            return [
                first,
                Examination(
                    "the copy keeps the header fields", result: "not told",
                    warning: "the mailbox shows no header fields: look at the message where it arrived"),
            ]
        }
        let value = MailMarks.fields(of: item)
        let header = String(decoding: bytes.prefix(32_768), as: UTF8.self)
        return [first]
            + Self.fields.filter { "\r\n\(header)".contains("\r\n\($0.name): ") }.map { field in
                let step = "the copy keeps \(field.name)"
                return value(field.name) == nil
                    ? Examination(step, result: "no", warning: "if recipients do not get it either, \(field.loss)")
                    : Examination(step, result: "yes")
            }
    }
}

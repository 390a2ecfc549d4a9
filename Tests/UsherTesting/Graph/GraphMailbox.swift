internal import Foundation
package import UsherModel
internal import UsherText

/// A mailbox that sends and keeps mail as Exchange Online may: it can replace ids, drop header fields, file late and page oddly.
package struct GraphMailbox: Sendable {
    /// A mail that was accepted.
    package struct Mail: Hashable, Sendable {
        /// The MIME content, as it came.
        package let mime: String
        /// When it counts as sent; nil for a mailbox without a clock, in which every mail is from the time that is asked for.
        package let sentAt: Instant?

        /// Creates a mail.
        package init(mime: String, sentAt: Instant?) { (self.mime, self.sentAt) = (mime, sentAt) }
    }

    /// What was accepted, in this order.
    package var mails: [Mail] = []
    /// Whether each mail gets a Message-ID of the server's.
    package var replacesMessageIDs = false
    /// Header fields that are lost, in lower case.
    package var lostFields: Set<String> = []
    /// Whether no header field is shown.
    package var showsNoFields = false
    /// The number of messages in one page.
    package var page = 10
    /// Whether a list begins with an empty page.
    package var beginsWithEmptyPage = false
    /// The status that answers an accepted mail.
    package var answer = 202
    /// Whether a mail is sent and its copy not kept.
    package var keepsNothing = false
    /// The time at which mail is sent.
    package var now: Instant?

    /// Creates an empty mailbox that keeps everything.
    package init() {}

    /// A page of messages.
    ///
    /// - Parameters:
    ///   - filter: `internetMessageId eq '…'`, or `sentDateTime ge … and sentDateTime le …`.
    ///   - skip: The number of messages on previous pages; nil for the first page.
    ///   - next: Makes a link to the page after so many messages.
    /// - Returns: The body; nil for a filter that this mailbox does not know.
    func list(_ filter: String, skip: Int?, next: (Int) -> String) -> JSONValue? {
        guard let isMeant = condition(filter) else { return nil }
        if beginsWithEmptyPage, skip == nil { return ["value": [], "@odata.nextLink": .string(next(0))] }
        let found = keepsNothing ? [] : mails.enumerated().map { message($1, $0) }.filter(isMeant)
        let start = min(skip ?? 0, found.count)
        let end = min(found.count, start + page)
        let items = JSONValue.array(Array(found[start..<end]))
        return end < found.count ? ["value": items, "@odata.nextLink": .string(next(end))] : ["value": items]
    }

    private func condition(_ filter: String) -> ((JSONValue) -> Bool)? {
        if filter.hasPrefix("internetMessageId eq '") {
            let id = String(filter.dropFirst("internetMessageId eq '".count).dropLast()).replacing("''", with: "'")
            return { $0["internetMessageId"].text == id }
        }
        let words = filter.split(separator: " ")
        guard words.count == 7, words[1] == "ge", words[5] == "le", let from = Timestamp(String(words[2]))?.instant,
            let until = Timestamp(String(words[6]))?.instant
        else { return nil }
        return { item in
            guard let time = item["sentDateTime"].text.flatMap({ Timestamp($0)?.instant }) else { return true }
            return (from...until).contains(time)
        }
    }

    private func message(_ mail: Mail, _ number: Int) -> JSONValue {
        let fields = Self.fields(mail.mime)
        func value(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }
        let own = value("message-id") ?? "<none@none>"
        let id = replacesMessageIDs ? "<AM\(number)@EUR.PROD.OUTLOOK.COM>" : own
        let address = value("to").map { $0.split(separator: "<").last?.prefix { $0 != ">" } ?? "" }
        let recipient = address.map { text -> JSONValue in ["emailAddress": ["address": .string(String(text))]] }
        let kept = fields.filter { !lostFields.contains($0.name.lowercased()) }.map { name, value -> JSONValue in
            ["name": .string(name), "value": .string(name.lowercased() == "message-id" ? id : value)]
        }
        return [
            "id": .string("m\(number)"), "internetMessageId": .string(id),
            "subject": .string(Self.decoded(value("subject") ?? "")),
            "toRecipients": .array(recipient.map { [$0] } ?? []),
            "sentDateTime": .optional(mail.sentAt?.description),
            "internetMessageHeaders": showsNoFields ? .null : .array(kept),
        ]
    }

    /// The header fields of a mail, unfolded.
    private static func fields(_ mime: String) -> [(name: String, value: String)] {
        guard let end = mime.range(of: "\r\n\r\n") else { return [] }
        let lines = mime[..<end.lowerBound].replacing("\r\n ", with: " ").replacing("\r\n\t", with: " ")
        return lines.split(separator: "\r\n").compactMap { line in
            line.firstIndex(of: ":").map {
                (String(line[..<$0]), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
            }
        }
    }

    /// A text without RFC 2047 encoded-words, of which only base64 in UTF-8 occurs.
    private static func decoded(_ text: String) -> String {
        text.replacing("?= =?", with: "?==?").replacing(#/=\?utf-8\?B\?([^?]*)\?=/#.ignoresCase()) { match in
            Data(base64Encoded: String(match.output.1)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}

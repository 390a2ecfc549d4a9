internal import UsherModel
internal import UsherText

/// The description of a session in a calendar event, as plain text and as HTML.
struct EventDescription {
    private enum Line {
        case link(String, JoinURL)
        case field(String, String)
        case text(String)
    }

    /// Outlook reads only a few kilobytes of HTML; a longer description has none.
    private static let htmlLimit = 8_192

    private let paragraphs: [[Line]]

    /// The link comes first, because many clients look for it there.
    init(_ session: Session, words: Words, showsAccess: Bool) {
        var paragraphs: [[Line]] = []
        if showsAccess {
            if let link = session.joinURL { paragraphs.append([.link(words[.join], link)]) }
            paragraphs.append(Self.access(session, words))
        }
        if !session.presenters.isEmpty {
            paragraphs.append([
                .field(words[.presenters], session.presenters.map(\.name.text).joined(separator: ", "))
            ])
        }
        if !session.details.isEmpty { paragraphs.append([.text(session.details)]) }
        self.paragraphs = paragraphs.filter { !$0.isEmpty }
    }

    private static func access(_ session: Session, _ words: Words) -> [Line] {
        var lines: [Line] = []
        if let id = session.meetingID { lines.append(.field(words[.meetingID], id.text)) }
        if let code = session.passcode { lines.append(.field(words[.passcode], code.text)) }
        lines += session.dialIns.map { .field(words[.phone], $0.number.text) }
        if let id = session.conferenceID { lines.append(.field(words[.conferenceID], id.text)) }
        return lines
    }

    /// For DESCRIPTION (RFC 5545 §3.8.1.5); nil if it would be empty.
    var plain: String? {
        let parts = paragraphs.map { paragraph in
            paragraph.map { line in
                switch line {
                case .link(let label, let link): "\(label): \(link.text)"
                case .field(let label, let value): "\(label): \(value)"
                case .text(let text): text
                }
            }.joined(separator: "\n")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    /// For X-ALT-DESC, the only property in which Outlook reads HTML; nil if it would be empty or too long.
    var html: String? {
        guard !paragraphs.isEmpty else { return nil }
        let whole: HTMLText = "<html><body>\(HTMLText(joining: htmlParts))</body></html>"
        return whole.text.utf8.count <= Self.htmlLimit ? whole.text : nil
    }

    /// HTML for news readers, after a first line.
    func fragment(after line: String) -> String { HTMLText(joining: ["<p>\(line)</p>"] + htmlParts).text }

    private var htmlParts: [HTMLText] {
        paragraphs.map { paragraph -> HTMLText in
            let lines = paragraph.map { line -> HTMLText in
                switch line {
                case .link(let label, let link): "<a href=\"\(link.text)\">\(label)</a>"
                case .field(let label, let value): "\(label): \(value)"
                case .text(let text): Self.linked(text)
                }
            }
            return "<p>\(HTMLText(joining: lines, by: "<br>"))</p>"
        }
    }

    private static func linked(_ text: String) -> HTMLText {
        HTMLText(
            joining: TextPiece.pieces(of: text[...]).map { piece -> HTMLText in
                piece.link.map { "<a href=\"\($0)\">\(piece.text)</a>" } ?? "\(piece.text)"
            })
    }
}

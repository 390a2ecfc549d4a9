import ICalendar
import UsherModel
import UsherText

@testable import UsherSources

/// Reads HTML as plain text, and finds the links in it.
struct HTMLTarget {
    private let check: Check

    init(_ check: @escaping Check) { self.check = check }

    func read(_ input: [UInt8]) {
        let html = String(decoding: input, as: UTF8.self)
        let text = HTMLReader.plainText(html)
        check(text.utf8.count <= 2 * html.utf8.count, "more text than markup")
        if !html.utf8.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }) {
            check(text == html, "a text without markup differs")
        }
        check(HTMLReader.plainText(MarkupEscape.text(html)) == html, "an escaped text differs when it is read")
        readDescription(html)
        let (plain, targets) = HTMLReader.links(html)
        for target in targets {
            check(!target.contains { $0.isNewline } && target.utf8.count <= 2048, "the target of a link is none")
        }
        for piece in [html, plain] { readLinks(piece) }
        _ = HTMLReader.isMarkup(html)
    }

    /// The way of a description from Graph to a person.
    private func readDescription(_ html: String) {
        let decoder = RecordDecoder(zones: .init(), joinHosts: nil)
        var repairs: RecordDecoder.Repairs = []
        let content: JSONValue = ["contentType": "html", "content": .string(html)]
        do throws(RecordDecoder.Refused) {
            let event = try decoder.event(["id": "1", "description": content], kind: nil, &repairs)
            check(!event.details.hasForbidden, "a description with control characters")
            check(event.details.utf8.count <= Limits.detailsBytes, "a description that is too long")
        } catch {
            check(false, "an event is refused because of its description")
        }
    }

    private func readLinks(_ text: String) {
        let pieces = TextPiece.pieces(of: text[...])
        check(pieces.map(\.text).joined() == text, "the pieces of a text are not the text")
        for link in pieces.compactMap(\.link) {
            check(!Line.hasForbidden(link), "a link with control characters")
            _ = LinkParts(WrappedLink.unwrapped(link)).map { MeetingService.purpose(of: $0) }
        }
    }
}

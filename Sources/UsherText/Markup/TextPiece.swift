/// A piece of plain text: words, or a link among them.
package struct TextPiece: Hashable, Sendable {
    /// The text as it is written.
    package let text: String
    /// The URL, where the text is one.
    package let link: String?

    private static let schemes = ["https://", "http://"]
    /// What ends a sentence or closes a bracket, and so does not belong to a URL that it follows.
    private static let trailing: Set<Character> = [".", ",", ";", ":", "!", "?", ")", "]", "}", "'", "\"", "*", "_"]
    /// What follows after so many pieces stays text.
    private static let maximumPieces = 200

    /// Divides a text at the web links in it, in one pass.
    ///
    /// A link begins with `https://` or `http://`, in any case, and ends before a blank, a character that no URL holds (RFC 3986 §2), or the punctuation
    /// around it; a closing parenthesis belongs to it if it holds an opening one.
    package static func pieces(of text: Substring) -> [TextPiece] {
        var pieces: [TextPiece] = []
        var rest = text
        var plainStart = text.startIndex
        while pieces.count < maximumPieces, let start = rest.firstIndex(where: { $0 == "h" || $0 == "H" }) {
            let candidate = text[start...]
            let beginning = candidate.prefix(8).lowercased()
            guard schemes.contains(where: { beginning.hasPrefix($0) }), isBoundary(before: start, in: text) else {
                rest = candidate.dropFirst()
                continue
            }
            let link = trimmed(candidate.prefix(while: isOfURL))
            rest = text[link.endIndex...]
            guard let host = link.split(separator: "/").dropFirst().first, !host.isEmpty else {
                rest = candidate.dropFirst()
                continue
            }
            if plainStart < start { pieces.append(TextPiece(text: String(text[plainStart..<start]), link: nil)) }
            pieces.append(TextPiece(text: String(link), link: String(link)))
            plainStart = link.endIndex
        }
        if plainStart < text.endIndex { pieces.append(TextPiece(text: String(text[plainStart...]), link: nil)) }
        return pieces
    }

    private static func isBoundary(before index: Substring.Index, in text: Substring) -> Bool {
        guard index > text.startIndex else { return true }
        let before = text[text.index(before: index)]
        return !before.isASCII || !before.isLetter && !before.isNumber
    }

    private static func isOfURL(_ character: Character) -> Bool {
        guard let octet = character.asciiValue else { return false }
        return octet > 0x20 && octet < 0x7F && !"<>\"\\^`{|}".utf8.contains(octet)
    }

    private static func trimmed(_ link: Substring) -> Substring {
        var link = link
        while let last = link.last, trailing.contains(last) {
            let opens = link.count { $0 == "(" }
            if last == ")", opens > 0, link.count(where: { $0 == ")" }) <= opens { break }
            link.removeLast()
        }
        return link
    }
}

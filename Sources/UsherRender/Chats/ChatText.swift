internal import UsherText

/// A text of a chat message: what the template wrote, and the values that were inserted into it.
struct ChatText {
    private enum Piece {
        case written(String)
        case value(String)
        /// A link, which is never cut.
        case link(String)
    }

    /// The marks around an inserted value while a template is rendered: private-use characters, which values lose.
    static let (open, close): (Unicode.Scalar, Unicode.Scalar) = ("\u{E002}", "\u{E003}")

    private let pieces: [Piece]
    private static let ellipsis = "…"
    private static let invisible: Unicode.Scalar = "\u{200B}"

    /// Reads a text with marks.
    init(_ text: String) {
        var pieces: [Piece] = []
        var (run, isValue) = (String.UnicodeScalarView(), false)
        func end() {
            let text = String(run)
            if !text.isEmpty {
                pieces.append(!isValue ? .written(text) : Self.isLink(text) ? .link(text) : .value(text))
            }
            run = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars {
            guard scalar == Self.open || scalar == Self.close else {
                run.append(scalar)
                continue
            }
            end()
            isValue = scalar == Self.open
        }
        end()
        self.pieces = pieces
    }

    /// The UTF-16 units of the longest value.
    var longestValue: Int {
        pieces.reduce(0) { longest, piece in
            if case .value(let text) = piece { max(longest, text.utf16.count) } else { longest }
        }
    }

    /// The text as it is sent, of at most so many UTF-16 units: values are escaped, and the longest are cut first.
    func text(_ style: ChatStyle, limit: Int?, valueLimit: Int) -> String {
        let whole = joined(style, valueLimit)
        guard let limit, whole.utf16.count > limit else { return whole }
        var (low, high) = (1, min(valueLimit, limit))
        while low < high {
            let middle = (low + high + 1) / 2
            if joined(style, middle).utf16.count <= limit { low = middle } else { high = middle - 1 }
        }
        let cut = joined(style, low)
        // What the template itself wrote is too long.
        return cut.utf16.count <= limit ? cut : Self.prefix(cut, limit)
    }

    private func joined(_ style: ChatStyle, _ valueLimit: Int) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .written(let written): text += written
            case .link(let link): text += Self.link(link, style)
            case .value(let value):
                let isAtStart = text.last?.isNewline ?? true
                text += Self.escaped(value, style, isAtStart, valueLimit)
            }
        }
        return text
    }

    /// The longest beginning of a value whose escaped form has at most so many units, with an ellipsis where something is missing.
    private static func escaped(_ value: String, _ style: ChatStyle, _ isAtStart: Bool, _ limit: Int) -> String {
        let characters = Array(value)
        var (text, length) = ("", 0)
        for (index, character) in characters.enumerated() {
            let before = index > 0 ? characters[index - 1] : isAtStart ? "\n" : " "
            let after = index + 1 < characters.count ? characters[index + 1] : nil
            let form = escaped(character, style, before: before, after: after)
            length += form.utf16.count
            let isLast = index == characters.count - 1
            guard length + (isLast ? 0 : 1) <= limit else { return text + ellipsis }
            text += form
        }
        return text
    }

    private static func escaped(
        _ character: Character, _ style: ChatStyle, before: Character, after: Character?
    ) -> String {
        var result = String.UnicodeScalarView()
        for scalar in character.unicodeScalars {
            switch style {
            case .literal: result.append(scalar)
            case .plain: append(scalar, escape: false, mentions: true, before, after, to: &result)
            case .slack:
                let reference = MarkupEscape.reference(for: scalar)?.unicodeScalars
                result.append(contentsOf: reference ?? String(scalar).unicodeScalars)
            case .markdown(let mentions): append(scalar, escape: true, mentions: mentions, before, after, to: &result)
            }
        }
        return String(result)
    }

    /// Appends a scalar: a backslash before what Markdown reads, an invisible character behind what begins a mention.
    private static func append(
        _ scalar: Unicode.Scalar, escape: Bool, mentions: Bool, _ before: Character, _ after: Character?,
        to result: inout String.UnicodeScalarView
    ) {
        if escape, isMarkup(scalar, before: before) { result.append("\\") }
        result.append(scalar)
        guard mentions, let after else { return }
        let beginsMention =
            scalar == "@" && !before.isLetter && !before.isNumber && (after.isLetter || after.isNumber)
            || scalar == "<" && "!@#".contains(after)
        if beginsMention { result.append(invisible) }
    }

    private static func isMarkup(_ scalar: Unicode.Scalar, before: Character) -> Bool {
        switch scalar {
        case "\\", "*", "_", "~", "`", "|", "<", ">", "[", "]": true
        // Headings and lists begin a line.
        case "#", "-", "+": before.isNewline
        default: false
        }
    }

    private static func link(_ link: String, _ style: ChatStyle) -> String {
        switch style {
        case .literal, .plain: link
        case .slack: escaped(link, style, false, .max)
        // A parenthesis would end the target of a link.
        case .markdown: link.replacing("(", with: "%28").replacing(")", with: "%29")
        }
    }

    private static func prefix(_ text: String, _ limit: Int) -> String {
        var (result, length) = ("", 0)
        for character in text {
            length += character.utf16.count
            guard length + 1 <= limit else { return result + ellipsis }
            result.append(character)
        }
        return result
    }

    private static func isLink(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://"))
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}".utf8.contains($0) }
    }
}

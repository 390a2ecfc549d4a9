internal import UsherText

/// Converts text from a source to plain text.
enum PlainText {
    /// Joins lines, without empty ones at either end and with at most one empty line in a row.
    static func trimmed(_ lines: [String]) -> String {
        var kept: [String] = []
        for line in lines where !line.isEmpty || kept.last?.isEmpty == false { kept.append(line) }
        if kept.last?.isEmpty == true { kept.removeLast() }
        return kept.joined(separator: "\n")
    }

    /// The longest prefix of at most `bytes` bytes that ends between characters.
    static func prefix(_ text: String, bytes: Int) -> String {
        var size = 0
        return String(
            text.prefix { character in
                size += character.utf8.count
                return size <= bytes
            })
    }

    /// Converts simple HTML: tags become line breaks or nothing, the common entities their characters.
    static func fromHTML(_ html: String) -> String {
        var text = ""
        var rest = Substring(html)
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: ">") else { return MarkupEscape.decode(text) }
            let name = rest[rest.index(after: open)..<close].lowercased().drop { $0 == "/" }.prefix {
                $0.isLetter || $0.isNumber
            }
            rest = rest[rest.index(after: close)...]
            if ["script", "style"].contains(name), let end = rest.lowercased().firstRange(of: "</\(name)") {
                rest = rest.dropFirst(
                    rest.lowercased().distance(from: rest.lowercased().startIndex, to: end.lowerBound))
            } else if ["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"].contains(name),
                text.last?.isNewline == false
            {
                text += "\n"
            }
        }
        return MarkupEscape.decode(text + rest)
    }
}

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

    /// The text of a description in HTML; links to join are left out, because a session has its own.
    static func fromHTML(_ html: String) -> String {
        HTMLReader.plainText(html) { target in
            let host = target.split(separator: "/", maxSplits: 3).dropFirst().first?.lowercased() ?? ""
            return !JoinLink.isService(host)
        }
    }
}

/// One word file: lines of `KEY: TEXT`, comments and blank lines.
struct WordFile: Sendable {
    struct Entry: Hashable, Sendable {
        let text: String
        /// File and line.
        let location: String
    }

    /// The path, for errors.
    let location: String
    private(set) var entries: [WordKey: Entry] = [:]
    /// Everything that is wrong with the file, line by line.
    private(set) var problems: [RenderError] = []

    init(_ text: String, location: String) {
        self.location = location
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = Self.trimmed(line)
            if !line.isEmpty, !line.hasPrefix("#") { read(line, at: "\(location):\(number + 1)") }
        }
    }

    private mutating func read(_ line: Substring, at location: String) {
        guard let colon = line.firstIndex(of: ":") else {
            return report(location, "\"\(line)\" has no colon", "Write KEY: TEXT, or # before a comment")
        }
        let name = String(Self.trimmed(line[..<colon]))
        let text = String(Self.trimmed(line[line.index(after: colon)...]))
        guard let key = WordKey(name) else {
            return report(location, "there is no key \"\(name)\"", "See docs/adding-a-language.md for all keys")
        }
        if let first = entries[key] {
            return report(location, "the key \"\(name)\" occurs twice", "Keep this line or \(first.location)")
        }
        guard !text.isEmpty else {
            return report(location, "the key \"\(name)\" has no text", "Write the text, or leave the line out")
        }
        entries[key] = Entry(text: text, location: location)
        check(key, text, at: location)
    }

    private mutating func check(_ key: WordKey, _ text: String, at location: String) {
        switch key {
        case .plural:
            guard PluralRule(text) == nil else { return }
            report(
                location, "the value of \"\(key.text)\" is not a plural rule: \(text)",
                "Copy the rule from CLDR's \"Language Plural Rules\", such as i = 1 and v = 0")
        case .label, .duration:
            var hasCount = false
            if case .duration = key { hasCount = true }
            for placeholder in Self.placeholders(of: text) where !hasCount || placeholder != "{count}" {
                report(
                    location, "\"\(key.text)\" contains the unknown placeholder \(placeholder)",
                    hasCount ? "Use only {count}" : "Remove it: this text has no placeholders")
            }
        }
    }

    /// Everything in braces, and a brace that has no partner.
    private static func placeholders(of text: String) -> [String] {
        var found: [String] = []
        var rest = Substring(text)
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            let end =
                rest[open] == "{" ? rest[open...].firstIndex(of: "}").map(rest.index(after:)) : rest.index(after: open)
            found.append(String(rest[open..<(end ?? rest.endIndex)]))
            rest = rest[(end ?? rest.endIndex)...]
        }
        return found
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }

    private mutating func report(_ location: String, _ problem: String, _ next: String) {
        problems.append(RenderError(code: .template, location: location, problem: problem, next: next))
    }
}

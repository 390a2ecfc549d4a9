internal import Yams

/// A mistake in YAML, in words for the person who wrote it; libyaml's own describe its state.
struct YAMLFault {
    /// What was found, as a noun phrase.
    let problem: String
    /// What was expected, as a noun phrase.
    let expected: String
    /// Where, counted from 1; the start where libyaml does not know.
    let line: Int
    /// In characters, counted from 1.
    let column: Int

    /// Translates an error of the parser.
    ///
    /// - Parameters:
    ///   - error: What the parser threw.
    ///   - text: The whole file.
    init(_ error: any Error, in text: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(problem, context, mark, text)
        case .duplicatedKeysInMapping(let keys, let context):
            self.init(
                problem: "the key \(keys.joined(separator: ", ")) twice", expected: "each key of a mapping once",
                (context.mark.line, context.mark.column))
        case .reader(_, let offset, let value, _):
            let position = offset.map { Self.position(ofOctet: $0, in: text) }
            let character = value >= 0 ? " (code \(value))" : ""
            self.init(
                problem: "a control character\(character)", expected: "text without control characters", position)
        default: self.init(problem: "text that is not YAML", expected: "a job as docs/job-file.md shows", nil)
        }
    }

    private init(problem: String, expected: String, _ position: (line: Int, column: Int)?) {
        (self.problem, self.expected) = (problem, expected)
        (line, column) = position ?? (1, 1)
    }

    private init(_ problem: String, _ context: YamlError.Context?, _ mark: Mark, _ text: String) {
        if problem == "mapping values are not allowed in this context", Self.lacksColon(mark.line - 1, in: text) {
            self.init(
                problem: "a line without \": \"", expected: "key: value, with a blank behind the colon",
                (mark.line - 1, 1))
            return
        }
        // At the end of the text, the character after which something is missing says more than the end.
        let start = context.map { "line \($0.mark.line)" } ?? "an earlier line"
        let character = Self.character(at: mark, in: text)
        let fault: (String, String) =
            switch problem {
            case _ where Self.isIndentedWithTab(mark, in: text):
                ("a tab", "spaces: YAML allows no tab in front of a line's text")
            case "did not find expected key" where character == "}" || character == "]",
                "did not find expected '-' indicator" where character == "}" || character == "]":
                ("\"\(character.map(String.init) ?? "")\" that closes nothing", "the text without it")
            case "did not find expected key" where !Self.isFirst(mark, in: text):
                ("text behind a value that has ended", "the whole value in quotes, or nothing of it")
            case "found character that cannot start any token":
                (
                    "\(character.map { "\"\($0)\"" } ?? "a character") at the start of a value",
                    "the value in quotes, such as \"\(character.map(String.init) ?? "")…\""
                )
            case "did not find expected ',' or '}'":
                Self.flow("{", "}", start, character)
            case "did not find expected ',' or ']'":
                Self.flow("[", "]", start, character)
            case "did not find expected key":
                (
                    "a line that is indented differently from the mapping it belongs to",
                    "key: value, as far to the right as the other keys of the mapping that begins on \(start)"
                )
            case "did not find expected '-' indicator":
                (
                    "a line that is no item of the list around it",
                    "\"- \" as far to the right as the other items of the list that begins on \(start)"
                )
            case "mapping values are not allowed in this context":
                (
                    "a colon where no key can stand",
                    "a value that contains \": \" in quotes, and each key of a mapping on a line of its own, indented alike"
                )
            case "could not find expected ':'":
                ("a line without a colon", "key: value, with a blank after the colon")
            case "block sequence entries are not allowed in this context":
                ("a list item behind a key", "the list on lines of its own below the key, or in brackets: [a, b]")
            case "found unexpected end of stream":
                ("the end of the file within a quoted text", "the quote that closes the one on \(start)")
            case "found unknown escape character":
                ("a backslash with a character that YAML does not know", "single quotes, or two backslashes for one")
            case "found undefined alias", "did not find expected alphabetic or numeric character":
                ("\"*\" or \"&\" at the start of a value", "the value in quotes")
            case "did not find expected node content":
                Self.empty(character)
            case "found undefined tag handle", "did not find expected tag URI", "did not find expected '!'":
                ("\"!\" at the start of a value", "the value in quotes")
            case "did not find expected <document start>":
                ("a second value behind the first", "one mapping: name, source, channels, rules")
            case "found unexpected document indicator":
                ("\"---\" or \"...\" within a quoted text", "the quote that closes the one on \(start)")
            default: ("text that is not YAML (\(problem))", "valid YAML 1.2, indented with spaces")
            }
        self.init(problem: fault.0, expected: fault.1, (mark.line, mark.column))
    }

    private static func flow(_ open: String, _ close: String, _ start: String, _ found: Character?) -> (String, String)
    {
        let what = found.map { "\"\($0)\" where a value has ended" } ?? "the end of the file"
        return (what, "a comma before the next value, or \"\(close)\" to close the \"\(open)\" on \(start)")
    }

    private static func empty(_ found: Character?) -> (String, String) {
        (found.map { "\"\($0)\" where a value was due" } ?? "the end of the file", "a value")
    }

    /// Whether a line is text that is no key with its value, and so runs on into the next.
    private static func lacksColon(_ number: Int, in text: String) -> Bool {
        guard let line = line(number, of: text) else { return false }
        let trimmed = line.drop { $0 == " " }
        return !trimmed.isEmpty && !trimmed.hasPrefix("#") && !trimmed.contains(": ") && !trimmed.hasSuffix(":")
    }

    /// Whether a position is that of the first character of a line.
    private static func isFirst(_ mark: Mark, in text: String) -> Bool {
        (line(mark.line, of: text)?.prefix { $0 == " " }.count ?? 0) >= mark.column - 1
    }

    /// Whether a tab stands in front of the text of a line.
    private static func isIndentedWithTab(_ mark: Mark, in text: String) -> Bool {
        guard let line = line(mark.line, of: text) else { return false }
        return line.prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    /// The character at a position; nil at the end of the text.
    private static func character(at mark: Mark, in text: String) -> Character? {
        guard let line = line(mark.line, of: text) else { return nil }
        let scalars = line.unicodeScalars.dropFirst(mark.column - 1)
        return scalars.first.map { $0.properties.generalCategory == .control ? "?" : Character($0) }
    }

    private static func line(_ number: Int, of text: String) -> Substring? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    private static func position(ofOctet offset: Int, in text: String) -> (line: Int, column: Int) {
        let before = String(decoding: Array(text.utf8.prefix(offset)), as: UTF8.self)
        let lines = before.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return (lines.count, (lines.last?.unicodeScalars.count ?? 0) + 1)
    }
}

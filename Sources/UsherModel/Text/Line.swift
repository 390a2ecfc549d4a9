/// One line of text for people: without line breaks, control characters, noncharacters, bidirectional overrides, or blanks at its ends.
///
/// Noncharacters are left out because XML cannot hold U+FFFE and U+FFFF (XML 1.0 §2.2). It is in normalization form C, so that what looks the same is the same. Subjects and names come from outside; this type makes them safe to insert into a header, a file or a page, each of which
/// still does its own escaping.
public struct Line: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The text.
    public let text: String

    /// Creates a line from any text: characters that a line cannot hold become blanks, noncharacters nothing, and runs of blanks become one.
    public init(cleaning raw: String) {
        if Self.isPlain(raw) {
            text = raw
            return
        }
        var cleaned = String.UnicodeScalarView()
        var pendingBlank = false
        for scalar in raw.unicodeScalars {
            guard !scalar.properties.isNoncharacterCodePoint else { continue }
            guard !Self.isBlank(scalar) && !Self.isForbidden(scalar) else {
                pendingBlank = !cleaned.isEmpty
                continue
            }
            if pendingBlank { cleaned.append(" ") }
            pendingBlank = false
            cleaned.append(scalar)
        }
        text = UnicodeForm.composed(String(cleaned))
    }

    /// Whether a text holds a character that a line cannot: C0 and C1 controls, DEL, line separators, bidirectional overrides, noncharacters.
    public static func hasForbidden(_ raw: String) -> Bool {
        !raw.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
            && raw.unicodeScalars.contains { isForbidden($0) || $0.properties.isNoncharacterCodePoint }
    }

    /// Whether the line holds no character.
    public var isEmpty: Bool { text.isEmpty }

    /// Decodes a line, and cleans it again.
    public init(from decoder: any Decoder) throws {
        self.init(cleaning: try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// Orders by text.
    public static func < (left: Line, right: Line) -> Bool { left.text < right.text }

    /// The text.
    public var description: String { text }

    /// Whether the text is printable ASCII with single blanks between words: most lines are, and need no cleaning.
    private static func isPlain(_ raw: String) -> Bool {
        var isAfterBlank = true
        for octet in raw.utf8 {
            guard (0x20..<0x7F).contains(octet), octet != 0x20 || !isAfterBlank else { return false }
            isAfterBlank = octet == 0x20
        }
        return !isAfterBlank || raw.utf8.isEmpty
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\u{A0}" }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}

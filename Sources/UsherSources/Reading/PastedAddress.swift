/// What comes along when an address is copied from a mail, a web page or a spreadsheet.
enum PastedAddress {
    /// The text without blanks and controls at its ends, without invisible characters, and without `mailto:`.
    static func cleaned(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) || text.utf8.contains(UInt8(ascii: ":")) else {
            return text
        }
        var kept = String.UnicodeScalarView(text.unicodeScalars.filter { !isInvisible($0) })[...]
        while let first = kept.first, isEdge(first) { kept.removeFirst() }
        while let last = kept.last, isEdge(last) { kept.removeLast() }
        let cleaned = String(kept)
        guard cleaned.prefix(7).lowercased() == "mailto:" else { return cleaned }
        return String(cleaned.dropFirst(7).prefix { $0 != "?" })
    }

    /// Whether a character is a blank other than the one of ASCII, which is reported as it is.
    static func isWideBlank(_ scalar: Unicode.Scalar) -> Bool {
        !scalar.isASCII && scalar.properties.generalCategory == .spaceSeparator
    }

    /// Zero-width spaces and joins, soft hyphens, marks of direction, byte order marks.
    ///
    /// The two joiners of Persian and Indic words (U+200C, U+200D) mean something within one (RFC 5892, appendix A), and stay there.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x206F,
            0xFE00...0xFE0F, 0xFEFF:
            true
        default: false
        }
    }

    private static func isEdge(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

/// Escapes text for a content line, without folding.
enum Escaping {
    /// A TEXT value (RFC 5545 §3.3.11): `\`, `;`, `,` and line breaks get a backslash.
    case text
    /// The value of a parameter (RFC 6868 §3): `^`, `"` and line breaks get a caret.
    case parameter
    /// All other text is copied, except control characters, which would end or corrupt the line.
    case none

    private static let backslash = UInt8(ascii: "\\")
    private static let caret = UInt8(ascii: "^")

    /// The replacement for a byte that cannot be copied.
    private enum Substitute {
        case pair(UInt8, UInt8)
        case nothing
    }

    /// The replacement for a byte, or nil if it is copied.
    ///
    /// A carriage return counts as a line break.
    private func substitute(for byte: UInt8) -> Substitute? {
        switch (byte, self) {
        case (0x0A, .text), (0x0D, .text): .pair(Self.backslash, UInt8(ascii: "n"))
        case (0x0A, .parameter), (0x0D, .parameter): .pair(Self.caret, UInt8(ascii: "n"))
        case (0x09, _): nil
        case (0..<0x20, _), (0x7F, _): .nothing
        case (Self.backslash, .text), (UInt8(ascii: ";"), .text), (UInt8(ascii: ","), .text):
            .pair(Self.backslash, byte)
        case (Self.caret, .parameter): .pair(Self.caret, Self.caret)
        case (UInt8(ascii: "\""), .parameter): .pair(Self.caret, UInt8(ascii: "'"))
        default: nil
        }
    }

    /// Appends `text` to a content line.
    ///
    /// CR LF, CR and LF each count as one line break.
    func append(_ text: String, to line: inout [UInt8]) {
        var text = text
        text.withUTF8 { source in
            var copied = 0
            for index in source.indices {
                guard let substitute = substitute(for: source[index]) else { continue }
                line.append(contentsOf: source[copied..<index])
                copied = index + 1
                let endsCRLF = source[index] == 0x0A && index > 0 && source[index - 1] == 0x0D
                if case .pair(let first, let second) = substitute, !endsCRLF {
                    line.append(first)
                    line.append(second)
                }
            }
            line.append(contentsOf: source[copied...])
        }
    }
}

/// How text becomes bytes of a content line, by where it stands there.
///
/// Nothing here folds.
enum Escaping {
    /// A TEXT value (RFC 5545 §3.3.11): `\`, `;`, `,` and line breaks get a backslash.
    case text
    /// The value of a parameter (RFC 6868 §3): `^`, `"` and line breaks get a caret.
    case parameter
    /// Everything else is copied; only what would end or corrupt the line is dropped.
    case none

    private static let backslash = UInt8(ascii: "\\")
    private static let caret = UInt8(ascii: "^")

    /// What stands for a byte that cannot stay as it is.
    private enum Substitute {
        case pair(UInt8, UInt8)
        case nothing
    }

    /// Nil where the byte stays.
    ///
    /// A carriage return comes here only when it stands for a line break.
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
    /// CRLF, CR and LF are one line break each.
    func append(_ text: String, to line: inout [UInt8]) {
        var text = text
        text.withUTF8 { source in
            var copied = 0
            for place in source.indices {
                guard let substitute = substitute(for: source[place]) else { continue }
                line.append(contentsOf: source[copied..<place])
                copied = place + 1
                let endsCRLF = source[place] == 0x0A && place > 0 && source[place - 1] == 0x0D
                if case .pair(let first, let second) = substitute, !endsCRLF {
                    line.append(first)
                    line.append(second)
                }
            }
            line.append(contentsOf: source[copied...])
        }
    }
}

// The standard library normalizes text for comparing it, and gives the result away only under this name.
@_spi(_Unicode) internal import Swift

/// One spelling for texts that look the same.
enum UnicodeForm {
    /// The text in normalization form C (Unicode Standard Annex #15).
    static func composed(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
        var composed = String.UnicodeScalarView()
        for scalar in text._nfc { composed.append(scalar) }
        return String(composed)
    }

    /// Whether a character has no width and no meaning in an address: joiners, directional marks, soft hyphens, byte order marks.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFE00...0xFE0F, 0xFEFF:
            true
        default: false
        }
    }
}

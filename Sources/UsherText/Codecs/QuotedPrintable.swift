/// quoted-printable (RFC 2045 §6.7).
package enum QuotedPrintable {
    /// Appends a line of UTF-8, encoded into lines of at most 76 characters that end in CRLF.
    package static func appendLine(_ line: [UInt8], to result: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let isBlank = byte == 0x20 || byte == 0x09
            // A leading dot and "From " are encoded, too: some servers and mailbox formats change them.
            let isRisky =
                column == 0
                && (byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "F") && line[index...].starts(with: "From ".utf8))
            let isPlain =
                (byte > 0x20 && byte < 0x7F && byte != 61 || isBlank && index + 1 < line.count) && !isRisky
            let width = isPlain ? 1 : 3
            if column + width > 75 {
                result.append(61)
                result.append(13)
                result.append(10)
                column = 0
            }
            column += width
            if isPlain {
                result.append(byte)
            } else {
                result.append(61)
                Hex.appendUpperCase(byte, to: &result)
            }
        }
        result.append(13)
        result.append(10)
    }

    /// The lines of UTF-8 text, split at every line break of Unicode (UAX #14: CR, LF, VT, FF, NEL, LS, PS; CR LF is one).
    package static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var (start, position) = (0, 0)
        while position < bytes.count {
            let length = breakLength(bytes, position)
            if length > 0 {
                lines.append(bytes[start..<position])
                start = position + length
            }
            position += max(1, length)
        }
        lines.append(bytes[start...])
        return lines
    }

    /// The octets that a text stands for; a `=` that is neither an escape nor a soft line break stands for itself.
    package static func decode(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] != UInt8(ascii: "=") {
                result.append(text[index])
                index += 1
            } else if let octet = Hex.octet(at: index + 1, in: text) {
                result.append(octet)
                index += 3
            } else {
                let length = softBreakLength(text, index + 1)
                if length == 0 { result.append(text[index]) }
                index += 1 + length
            }
        }
        return result
    }

    private static func softBreakLength(_ text: [UInt8], _ position: Int) -> Int {
        guard position < text.count else { return 0 }
        if text[position] == 0x0A { return 1 }
        return text[position] == 0x0D && position + 1 < text.count && text[position + 1] == 0x0A ? 2 : 0
    }

    private static func breakLength(_ bytes: [UInt8], _ position: Int) -> Int {
        func at(_ offset: Int) -> UInt8 { position + offset < bytes.count ? bytes[position + offset] : 0 }
        switch bytes[position] {
        case 0x0A...0x0C: return 1
        case 0x0D: return at(1) == 0x0A ? 2 : 1
        case 0xC2: return at(1) == 0x85 ? 2 : 0
        case 0xE2: return at(1) == 0x80 && (at(2) == 0xA8 || at(2) == 0xA9) ? 3 : 0
        default: return 0
        }
    }
}

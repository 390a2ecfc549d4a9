/// base64 (RFC 4648 §4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text without line breaks.
    static func text(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        append(bytes[...], to: &result)
        return String(decoding: result, as: UTF8.self)
    }

    /// Lines of 76 characters with CRLF (RFC 2045 §6.8).
    static func lines(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 4 / 3 + bytes.count / 28 + 8)
        var position = 0
        while position < bytes.count {
            let end = min(position + 57, bytes.count)
            append(bytes[position..<end], to: &result)
            result.append(13)
            result.append(10)
            position = end
        }
        return result
    }

    private static func append(_ bytes: ArraySlice<UInt8>, to result: inout [UInt8]) {
        var position = bytes.startIndex
        while position < bytes.endIndex {
            let left = bytes.endIndex - position
            let (a, b, c) = (bytes[position], left > 1 ? bytes[position + 1] : 0, left > 2 ? bytes[position + 2] : 0)
            result.append(digits[Int(a >> 2)])
            result.append(digits[Int((a & 3) << 4 | b >> 4)])
            result.append(left > 1 ? digits[Int((b & 15) << 2 | c >> 6)] : 61)
            result.append(left > 2 ? digits[Int(c & 63)] : 61)
            position += 3
        }
    }
}

/// Quoted-printable (RFC 2045 §6.7): lines of at most 76 characters, line ends CRLF.
enum QuotedPrintable {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// Encodes a line of UTF-8, and ends it.
    static func appendLine(_ line: some RandomAccessCollection<UInt8>, to result: inout [UInt8]) {
        var column = 0
        var left = line.count
        for byte in line {
            left -= 1
            let isBlank = byte == 0x20 || byte == 0x09
            // A leading dot and "From " are encoded as well: servers and mailboxes have their own ideas about them.
            let isRisky =
                column == 0
                && (byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "F") && line.dropFirst(line.count - left - 1).starts(with: "From ".utf8))
            let isPlain = (byte > 0x20 && byte < 0x7F && byte != 61 || isBlank && left > 0) && !isRisky
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
                result.append(hex[Int(byte >> 4)])
                result.append(hex[Int(byte & 15)])
            }
        }
        result.append(13)
        result.append(10)
    }

    /// The lines of UTF-8 text, at every line break that Unicode knows (UAX #14: CR, LF, VT, FF, NEL, LS, PS; CR LF is one).
    static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
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

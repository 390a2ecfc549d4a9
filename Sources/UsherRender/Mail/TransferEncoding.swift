/// base64 (RFC 4648 §4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text without line breaks.
    static func text(_ bytes: [UInt8]) -> String { String(decoding: encode(bytes[...]), as: UTF8.self) }

    /// Lines of 76 characters with CRLF (RFC 2045 §6.8).
    static func lines(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count * 4 / 3 + bytes.count / 38 + 8)
        var position = 0
        while position < bytes.count {
            let end = min(position + 57, bytes.count)
            result += encode(bytes[position..<end])
            result += [13, 10]
            position = end
        }
        return result
    }

    private static func encode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
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
        return result
    }
}

/// Quoted-printable (RFC 2045 §6.7): lines of at most 76 characters, line ends CRLF.
enum QuotedPrintable {
    private static let hex = Array("0123456789ABCDEF".utf8)

    /// Encodes text; every line break becomes CRLF, and the last line ends with one.
    static func lines(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + text.utf8.count / 8)
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            append(Array(line.utf8), to: &result)
            result += [13, 10]
        }
        return result
    }

    private static func append(_ line: [UInt8], to result: inout [UInt8]) {
        var column = 0
        for (index, byte) in line.enumerated() {
            let token = token(byte, isFirst: column == 0, isLast: index == line.count - 1, line: line)
            if column + token.count > 75 {
                result += [61, 13, 10]
                column = 0
            }
            result += token
            column += token.count
        }
    }

    private static func token(_ byte: UInt8, isFirst: Bool, isLast: Bool, line: [UInt8]) -> [UInt8] {
        let isBlank = byte == 0x20 || byte == 0x09
        // A leading dot and "From " are encoded as well: servers and mailboxes have their own ideas about them.
        let isRisky =
            isFirst && (byte == UInt8(ascii: ".") || (byte == UInt8(ascii: "F") && line.starts(with: "From ".utf8)))
        let isPlain = (0x21...0x7E).contains(byte) && byte != 61 || isBlank && !isLast
        return isPlain && !isRisky ? [byte] : [61, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
    }
}

/// base64 (RFC 4648).
package enum Base64 {
    /// The 64 characters and whether `=` pads the text to groups of four.
    package struct Alphabet: Sendable {
        fileprivate let digits: [UInt8]
        fileprivate let isPadded: Bool

        private static let common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

        /// The usual one (RFC 4648 §4).
        package static let standard = Alphabet(digits: Array((common + "+/").utf8), isPadded: true)
        /// base64url without padding, as in JSON Web Tokens (RFC 7515 §2).
        package static let url = Alphabet(digits: Array((common + "-_").utf8), isPadded: false)
        /// The one of mailbox names in IMAP (RFC 3501 §5.1.3).
        package static let mailbox = Alphabet(digits: Array((common + "+,").utf8), isPadded: false)
    }

    private static let padding = UInt8(ascii: "=")

    /// The text of octets, without line breaks.
    package static func encode(_ octets: [UInt8], _ alphabet: Alphabet = .standard) -> String {
        String(decoding: encodedBytes(octets, alphabet), as: UTF8.self)
    }

    /// The same as bytes, for a body that is sent.
    package static func encodedBytes(_ octets: [UInt8], _ alphabet: Alphabet = .standard) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((octets.count + 2) / 3 * 4)
        append(octets[...], alphabet, to: &result)
        return result
    }

    /// Octets as lines of 76 characters that end in CRLF, for mail (RFC 2045 §6.8).
    package static func lines(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(octets.count * 4 / 3 + octets.count / 28 + 8)
        let alphabet = Alphabet.standard
        var position = 0
        while position < octets.count {
            let end = min(position + 57, octets.count)
            append(octets[position..<end], alphabet, to: &result)
            result.append(13)
            result.append(10)
            position = end
        }
        return result
    }

    private static func append(_ octets: ArraySlice<UInt8>, _ alphabet: Alphabet, to result: inout [UInt8]) {
        let digits = alphabet.digits
        var position = octets.startIndex
        while position + 2 < octets.endIndex {
            let (a, b, c) = (octets[position], octets[position + 1], octets[position + 2])
            result.append(digits[Int(a >> 2)])
            result.append(digits[Int((a & 3) << 4 | b >> 4)])
            result.append(digits[Int((b & 15) << 2 | c >> 6)])
            result.append(digits[Int(c & 63)])
            position += 3
        }
        guard position < octets.endIndex else { return }
        let a = octets[position]
        let b = position + 1 < octets.endIndex ? octets[position + 1] : nil
        result.append(digits[Int(a >> 2)])
        result.append(digits[Int((a & 3) << 4 | (b ?? 0) >> 4)])
        if let b { result.append(digits[Int((b & 15) << 2)]) }
        if alphabet.isPadded { result.append(contentsOf: repeatElement(padding, count: b == nil ? 2 : 1)) }
    }

    /// The octets of a text; nil if it holds a character outside the alphabet, or has a length that base64 never has.
    ///
    /// Padding must be right in the usual alphabet, and may be missing in base64url.
    package static func decode(_ text: some StringProtocol, _ alphabet: Alphabet = .standard) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { $0 != padding }
        let pads = bytes.count - digits.count
        let isWhole = bytes.count % 4 == 0 && pads <= 2
        guard digits.count % 4 != 1, bytes[digits.count...].allSatisfy({ $0 == padding }),
            isWhole || pads == 0 && !alphabet.isPadded, digits.allSatisfy({ alphabet.digits.contains($0) })
        else { return nil }
        return decodeLeniently(Array(digits))
    }

    /// The octets of a text up to the first `=`; characters outside the alphabet are ignored, as RFC 2045 §6.8 asks of mail readers.
    package static func decodeLeniently(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var count: UInt32 = 0
        for byte in text {
            if byte == padding { break }
            guard let digit = value(of: byte) else { continue }
            (bits, count) = (bits << 6 | digit, count + 6)
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return result
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) + 4
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}

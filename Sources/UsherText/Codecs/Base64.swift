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
        let capacity = (octets.count + 2) / 3 * 4
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var output = OutputSpan(buffer: buffer, initializedCount: 0)
            append(octets.span, alphabet, to: &output)
            count = output.finalize(for: buffer)
        }
    }

    /// Octets as lines of 76 characters that end in CRLF, for mail (RFC 2045 §6.8).
    package static func lines(_ octets: [UInt8]) -> [UInt8] {
        let lineOctets = 57
        let lines = (octets.count + lineOctets - 1) / lineOctets
        return [UInt8](unsafeUninitializedCapacity: (octets.count + 2) / 3 * 4 + lines * 2) { buffer, count in
            var output = OutputSpan(buffer: buffer, initializedCount: 0)
            for line in 0..<lines {
                let start = line * lineOctets
                append(octets.span.extracting(start..<min(start + lineOctets, octets.count)), .standard, to: &output)
                output.append(13)
                output.append(10)
            }
            count = output.finalize(for: buffer)
        }
    }

    private static func append(_ octets: Span<UInt8>, _ alphabet: Alphabet, to output: inout OutputSpan<UInt8>) {
        let digits = alphabet.digits.span
        var position = 0
        while position + 2 < octets.count {
            let (a, b, c) = (octets[position], octets[position + 1], octets[position + 2])
            output.append(digits[Int(a >> 2)])
            output.append(digits[Int((a & 3) << 4 | b >> 4)])
            output.append(digits[Int((b & 15) << 2 | c >> 6)])
            output.append(digits[Int(c & 63)])
            position += 3
        }
        guard position < octets.count else { return }
        let a = octets[position]
        let b = position + 1 < octets.count ? octets[position + 1] : nil
        output.append(digits[Int(a >> 2)])
        output.append(digits[Int((a & 3) << 4 | (b ?? 0) >> 4)])
        if let b { output.append(digits[Int((b & 15) << 2)]) }
        guard alphabet.isPadded else { return }
        for _ in 0..<(b == nil ? 2 : 1) { output.append(padding) }
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

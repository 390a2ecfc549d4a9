/// Takes transfer encodings and encoded-words off (RFC 2045 §6, RFC 2047); what does not belong there is passed over.
enum TransferDecoding {
    /// base64; other characters are ignored, as RFC 2045 §6.8 asks.
    static func base64(_ octets: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for octet in octets {
            if octet == UInt8(ascii: "=") { break }
            guard let digit = digit(octet) else { continue }
            (bits, count) = (bits << 6 | digit, count + 6)
            guard count >= 8 else { continue }
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return result
    }

    /// quoted-printable (RFC 2045 §6.7).
    static func quotedPrintable(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = octets
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "=") else {
                result.append(octet)
                continue
            }
            let two = rest.prefix(2)
            if let value = UInt8(String(decoding: two, as: UTF8.self), radix: 16), two.count == 2 {
                result.append(value)
                rest = rest.dropFirst(2)
            } else if two.first == 0x0a {
                rest = rest.dropFirst()
            } else if two.elementsEqual([0x0d, 0x0a]) {
                rest = rest.dropFirst(2)
            } else {
                result.append(octet)
            }
        }
        return result
    }

    /// The text of a header value with encoded-words in UTF-8, ASCII or Latin-1; others stay as they are.
    static func words(_ value: String) -> String {
        guard value.contains("=?") else { return value }
        var result = ""
        var wasEncoded = false
        for word in value.split(separator: " ", omittingEmptySubsequences: true) {
            let decoded = word.hasPrefix("=?") && word.hasSuffix("?=") ? encodedWord(word) : nil
            // Blanks between two encoded-words are not part of the text (RFC 2047 §6.2).
            if !result.isEmpty, !(wasEncoded && decoded != nil) { result += " " }
            result += decoded ?? String(word)
            wasEncoded = decoded != nil
        }
        return result
    }

    private static func encodedWord(_ word: Substring) -> String? {
        let parts = word.split(separator: "?", omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        let octets: [UInt8]
        switch parts[2].uppercased() {
        case "B": octets = base64(parts[3].utf8)
        case "Q": octets = quotedPrintable(Array(parts[3].utf8.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 })[...])
        default: return nil
        }
        switch parts[1].lowercased() {
        case "utf-8", "us-ascii": return String(decoding: octets, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }

    private static func digit(_ octet: UInt8) -> UInt32? {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(octet) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(octet) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(octet) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

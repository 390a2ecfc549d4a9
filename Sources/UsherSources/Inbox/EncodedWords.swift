internal import UsherText

/// Decodes encoded-words in header fields (RFC 2047); what is not an encoded-word is kept.
enum EncodedWords {
    /// The text of a header value with encoded-words in UTF-8, ASCII or Latin-1; others stay as they are.
    static func decode(_ value: String) -> String {
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
        case "B": octets = Base64.decodeLeniently(Array(parts[3].utf8))
        case "Q": octets = QuotedPrintable.decode(parts[3].utf8.map { $0 == UInt8(ascii: "_") ? 0x20 : $0 })
        default: return nil
        }
        switch parts[1].lowercased() {
        case "utf-8", "us-ascii": return String(decoding: octets, as: UTF8.self)
        case "iso-8859-1": return String(String.UnicodeScalarView(octets.map { Unicode.Scalar($0) }))
        default: return nil
        }
    }
}

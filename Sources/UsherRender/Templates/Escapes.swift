internal import Mustache

/// The inside of a JSON string (RFC 8259 §7); `<` is escaped as well, so that it can stand in a script element.
struct JSONText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        Self.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": bytes += [0x5C, 0x22]
            case "\\": bytes += [0x5C, 0x5C]
            case "\n": bytes += [0x5C, 0x6E]
            case "\r": bytes += [0x5C, 0x72]
            case "\t": bytes += [0x5C, 0x74]
            case "<", "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                bytes.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8)
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
}

/// A value in HTML, as text or in a quoted attribute (HTML Living Standard §13.1.2.3, §13.1.4).
///
/// By scalar, not by character: a combining mark behind a quote must not keep the quote from being escaped.
struct HTMLValue: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        Self.append(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    static func append(_ text: String, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
            default: bytes.append(byte)
            }
        }
    }
}

/// A JSON value (RFC 8259); keeps the order of members and the text of numbers.
///
/// Kept here, not shared with UsherText: this library stands alone and has no dependencies.
enum JSON: Hashable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    struct Member: Hashable {
        let name: String
        let value: JSON
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var array: [JSON]? {
        if case .array(let values) = self { values } else { nil }
    }
}

extension [UInt8] {
    /// Appends a JSON string with its quotes (RFC 8259 §7).
    ///
    /// Control characters that a content line cannot contain are dropped, so that both formats have the same content.
    mutating func appendJSON(_ text: String) {
        append(UInt8(ascii: "\""))
        var last: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x0A: if last != 0x0D { append(contentsOf: "\\n".utf8) }
            case 0x0D: append(contentsOf: "\\n".utf8)
            case 0x09: append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F: break
            default: append(byte)
            }
            last = byte
        }
        append(UInt8(ascii: "\""))
    }
}

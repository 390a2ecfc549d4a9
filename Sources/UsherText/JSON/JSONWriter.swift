/// Which characters of a JSON string are escaped beyond those that RFC 8259 §7 demands.
package enum JSONEscaping: Hashable, Sendable {
    /// None.
    case minimal
    /// `<`, U+2028 and U+2029, so that the JSON can be embedded in an HTML script element.
    case script
}

extension JSONValue {
    /// The value as JSON on one line, without blanks.
    package func line(_ escaping: JSONEscaping = .minimal) -> String {
        var bytes: [UInt8] = []
        write(to: &bytes, escaping)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value as JSON on one line, without blanks.
    package func write(to bytes: inout [UInt8], _ escaping: JSONEscaping = .minimal) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let text): JSONString.quote(text, to: &bytes, escaping)
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(to: &bytes, escaping)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONString.quote(member.name, to: &bytes, escaping)
                bytes.append(UInt8(ascii: ":"))
                member.value.write(to: &bytes, escaping)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

/// JSON strings (RFC 8259 §7).
package enum JSONString {
    /// Appends a text as a JSON string with its quotes.
    package static func quote(_ text: String, to bytes: inout [UInt8], _ escaping: JSONEscaping = .minimal) {
        bytes.append(UInt8(ascii: "\""))
        escape(text, to: &bytes, escaping)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a text as it is written between the quotes.
    package static func escape(_ text: String, to bytes: inout [UInt8], _ escaping: JSONEscaping = .minimal) {
        var text = text
        text.withUTF8 { octets in
            var start = 0
            for index in octets.indices {
                // How many octets are replaced, and by what.
                var length = 1
                switch octets[index] {
                case 0x23...0x3B, 0x3D...0x5B, 0x5D...0xE1, 0x20, 0x21, 0xE3...: continue
                case UInt8(ascii: "<"): if escaping == .minimal { continue }
                case 0xE2:
                    // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
                    guard escaping == .script, index + 2 < octets.count, octets[index + 1] == 0x80,
                        octets[index + 2] | 1 == 0xA9
                    else { continue }
                    length = 3
                default: break
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: octets[start..<index]))
                append(escaped: octets[index], last: octets[index + length - 1], to: &bytes)
                start = index + length
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: octets[start...]))
        }
    }

    private static func append(escaped octet: UInt8, last: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(octet)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0xE2: bytes.append(contentsOf: (last == 0xA8 ? "u2028" : "u2029").utf8)
        default:
            bytes.append(contentsOf: "u00".utf8)
            Hex.append(octet, to: &bytes)
        }
    }
}

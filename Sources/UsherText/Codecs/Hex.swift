/// Hexadecimal digits (RFC 4648 §8).
package enum Hex {
    private static let lowerCase = Array("0123456789abcdef".utf8)
    private static let upperCase = Array("0123456789ABCDEF".utf8)

    /// The digits of octets in lower case.
    package static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count * 2)
        for octet in octets { append(octet, to: &text) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the two digits of an octet in lower case.
    package static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(lowerCase[Int(byte >> 4)])
        bytes.append(lowerCase[Int(byte & 15)])
    }

    /// Appends the two digits of an octet in upper case.
    package static func appendUpperCase(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(upperCase[Int(byte >> 4)])
        bytes.append(upperCase[Int(byte & 15)])
    }

    /// The octet whose digits, in either case, are two bytes at an index; nil if there are none.
    package static func octet(at index: Int, in bytes: [UInt8]) -> UInt8? {
        guard index + 1 < bytes.count, let high = value(of: bytes[index]), let low = value(of: bytes[index + 1]) else {
            return nil
        }
        return high << 4 | low
    }

    /// The value of one digit in either case; nil for every other byte.
    package static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

/// Escapes a value for HTML or XML, as text or inside a quoted attribute.
package enum MarkupEscape {
    /// Appends a value with `& < > " '` escaped (HTML Living Standard §13.1.2.3, §13.1.4; the same references work in XML).
    ///
    /// Octet by octet, not by character: a combining mark after a quote must not keep the quote from being escaped.
    package static func append(_ value: String, to bytes: inout [UInt8]) {
        var value = value
        value.withUTF8 { octets in
            var start = 0
            for index in octets.indices {
                let reference: StaticString
                switch octets[index] {
                case UInt8(ascii: "&"): reference = "&amp;"
                case UInt8(ascii: "<"): reference = "&lt;"
                case UInt8(ascii: ">"): reference = "&gt;"
                case UInt8(ascii: "\""): reference = "&quot;"
                case UInt8(ascii: "'"): reference = "&#39;"
                default: continue
                }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: octets[start..<index]))
                reference.withUTF8Buffer { bytes.append(contentsOf: $0) }
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: octets[start...]))
        }
    }

    /// The value, escaped.
    package static func text(_ value: String) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What `&`, `<` and `>` are written as between tags; nil for every other character.
    package static func reference(for scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        default: nil
        }
    }
}

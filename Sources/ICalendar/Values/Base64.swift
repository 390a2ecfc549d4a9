/// Base64 (RFC 4648 §4), for values of type BINARY (RFC 5545 §3.3.1).
///
/// Kept here, not shared with UsherText: this library stands alone and has no dependencies.
enum Base64 {
    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    static func append(_ bytes: [UInt8], to line: inout [UInt8]) {
        let alphabet = alphabet
        line.reserveCapacity(line.count + (bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group: UInt32 = 0
            for index in 0..<3 { group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0) }
            for index in 0..<4 {
                let sextet = Int(group >> (18 - 6 * UInt32(index)) & 63)
                line.append(index <= count ? alphabet[sextet] : padding)
            }
        }
    }

    /// The decoded octets; nil if the text is not Base64.
    ///
    /// With `needsPadding`, text without its padding is rejected.
    static func decode(_ text: Span<UInt8>, needsPadding: Bool) -> [UInt8]? {
        var end = text.count
        while end > 0, text[end - 1] == padding { end -= 1 }
        let isPadded = text.count.isMultiple(of: 4) && text.count - end <= 2
        guard isPadded || (!needsPadding && text.count == end), end % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end / 4 * 3 + 2)
        var group: UInt32 = 0
        for index in 0..<end {
            guard let sextet = sextet(text[index]) else { return nil }
            group = group << 6 | sextet
            if index % 4 == 3 {
                for shift in [UInt32(16), 8, 0] { bytes.append(UInt8(truncatingIfNeeded: group >> shift)) }
                group = 0
            }
        }
        if end % 4 == 2 { bytes.append(UInt8(truncatingIfNeeded: group >> 4)) }
        if end % 4 == 3 { bytes += [UInt8(truncatingIfNeeded: group >> 10), UInt8(truncatingIfNeeded: group >> 2)] }
        return bytes
    }

    private static func sextet(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

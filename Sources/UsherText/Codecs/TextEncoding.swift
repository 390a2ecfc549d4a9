/// An encoding in which programs save text.
package enum TextEncoding: String, Hashable, Sendable, CaseIterable {
    /// UTF-8, with a byte order mark or without.
    case utf8 = "utf-8"
    /// UTF-16, the low octet first: what Excel calls "Unicode text".
    case utf16LittleEndian = "utf-16le"
    /// UTF-16, the high octet first.
    case utf16BigEndian = "utf-16be"
    /// The Western code page of Windows, a superset of ISO 8859-1.
    case windows1252 = "windows-1252"

    /// Its name for a person.
    package var name: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16LittleEndian, .utf16BigEndian: "UTF-16"
        case .windows1252: "Windows-1252"
        }
    }
}

/// Turns octets of an encoding into UTF-8, one octet at a time.
///
/// What the encoding does not allow becomes an octet that UTF-8 does not allow either, so that the reader of the text notices it.
package struct UTF8Transcoder: Sendable {
    private let encoding: TextEncoding
    /// The first octet of a UTF-16 unit.
    private var half: UInt8?
    /// The first unit of a surrogate pair.
    private var high: UInt16?

    /// An octet that occurs nowhere in UTF-8 (RFC 3629 §1).
    private static let invalid: UInt8 = 0xFF

    /// Creates a transcoder from an encoding.
    package init(_ encoding: TextEncoding) { self.encoding = encoding }

    /// Reads one octet, and passes the octets of a character that it completes to `write`.
    package mutating func read(_ octet: UInt8, _ write: (UInt8) -> Void) {
        switch encoding {
        case .utf8: write(octet)
        case .windows1252:
            guard let scalar = Windows1252.scalar(octet) else { return write(Self.invalid) }
            Self.write(scalar, write)
        case .utf16LittleEndian, .utf16BigEndian:
            guard let first = half else {
                half = octet
                return
            }
            half = nil
            let (low, high) = encoding == .utf16LittleEndian ? (first, octet) : (octet, first)
            read(unit: UInt16(high) << 8 | UInt16(low), write)
        }
    }

    /// Ends the text: half a character is an octet that is not valid.
    package mutating func finish(_ write: (UInt8) -> Void) {
        if half != nil || high != nil { write(Self.invalid) }
        (half, high) = (nil, nil)
    }

    private mutating func read(unit: UInt16, _ write: (UInt8) -> Void) {
        if let first = high {
            high = nil
            if UTF16.isTrailSurrogate(unit) {
                let value = 0x10000 + (UInt32(first - 0xD800) << 10 | UInt32(unit - 0xDC00))
                return Unicode.Scalar(value).map { Self.write($0, write) } ?? write(Self.invalid)
            }
            write(Self.invalid)
        }
        if UTF16.isLeadSurrogate(unit) {
            high = unit
        } else if let scalar = Unicode.Scalar(unit) {
            Self.write(scalar, write)
        } else {
            write(Self.invalid)
        }
    }

    private static func write(_ scalar: Unicode.Scalar, _ write: (UInt8) -> Void) {
        for octet in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { write(octet) }
    }
}

/// The code page 1252 of Windows (Unicode, "cp1252 to Unicode table").
enum Windows1252 {
    /// The characters of 0x80 to 0x9F; 0 where there is none.
    private static let upper: [UInt32] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    /// The character of an octet; nil where there is none.
    static func scalar(_ octet: UInt8) -> Unicode.Scalar? {
        guard (0x80...0x9F).contains(octet) else { return Unicode.Scalar(octet) }
        let value = upper[Int(octet) - 0x80]
        return value == 0 ? nil : Unicode.Scalar(value)
    }
}

/// Finds out in which encoding a text was saved, from all of its octets.
///
/// A byte order mark decides. Without one, UTF-8 is certain as soon as it is valid, since text in another encoding hardly ever is. Octets that
/// are not UTF-8 are Windows-1252 only where they make sense in it: the other code pages look like it, too.
package struct EncodingDetector: Sendable {
    /// What was found.
    package enum Finding: Hashable, Sendable {
        /// The encoding, and the length of the mark in front of the text.
        case encoding(TextEncoding, mark: Int)
        /// Neither of the encodings; the first line that shows it, counted from 1.
        case unclear(line: Int)
    }

    private var head: [UInt8] = []
    private var line = 1
    private var utf8 = UTF8Check()
    private var western = WesternCheck()
    private var firstInvalidLine: Int?
    private var firstOddLine: Int?

    /// The octets that show whether every other one is zero.
    private static let headOctets = 1024

    /// Creates a detector that has read nothing yet.
    package init() {}

    /// Reads the next octet.
    package mutating func read(_ octet: UInt8) {
        if head.count < Self.headOctets { head.append(octet) }
        if !utf8.accepts(octet), firstInvalidLine == nil { firstInvalidLine = line }
        if !western.accepts(octet), firstOddLine == nil { firstOddLine = line }
        if octet == 0x0A { line += 1 }
    }

    /// The encoding of all that was read.
    package func finding() -> Finding {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return .encoding(.utf8, mark: 3) }
        // UTF-32: its marks begin or end with those of UTF-16.
        if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) { return .unclear(line: 1) }
        if head.starts(with: [0xFF, 0xFE]) { return .encoding(.utf16LittleEndian, mark: 2) }
        if head.starts(with: [0xFE, 0xFF]) { return .encoding(.utf16BigEndian, mark: 2) }
        if head.contains(0) { return unmarkedUTF16 }
        guard let firstInvalidLine else { return .encoding(.utf8, mark: 0) }
        // A text that is UTF-8 elsewhere was damaged or put together: its reader names the rows.
        if utf8.sequences > 0 { return .encoding(.utf8, mark: 0) }
        if let firstOddLine { return .unclear(line: max(firstOddLine, firstInvalidLine)) }
        return .encoding(.windows1252, mark: 0)
    }

    /// UTF-16 without a mark: certain where most characters of the head are ASCII, so that one half of each is zero.
    private var unmarkedUTF16: Finding {
        let pairs = head.count / 2
        let zeros = (0..<pairs * 2).filter { head[$0] == 0 }
        let odd = zeros.count { $0 % 2 == 1 }
        guard odd == zeros.count || odd == 0, zeros.count * 5 >= pairs * 4, pairs > 1 else { return .unclear(line: 1) }
        return .encoding(odd > 0 ? .utf16LittleEndian : .utf16BigEndian, mark: 0)
    }
}

/// Follows UTF-8 octet by octet (RFC 3629 §4).
private struct UTF8Check: Sendable {
    /// The complete sequences of more than one octet.
    private(set) var sequences = 0
    private var missing = 0
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether an octet can follow those before it.
    mutating func accepts(_ octet: UInt8) -> Bool {
        if missing > 0 {
            guard allowed.contains(octet) else {
                missing = 0
                _ = begins(octet)
                return false
            }
            missing -= 1
            allowed = 0x80...0xBF
            if missing == 0 { sequences += 1 }
            return true
        }
        return begins(octet)
    }

    private mutating func begins(_ octet: UInt8) -> Bool {
        allowed = 0x80...0xBF
        switch octet {
        case 0...0x7F: return true
        case 0xC2...0xDF: missing = 1
        case 0xE0...0xEF:
            missing = 2
            if octet == 0xE0 { allowed = 0xA0...0xBF }
            if octet == 0xED { allowed = 0x80...0x9F }
        case 0xF0...0xF4:
            missing = 3
            if octet == 0xF0 { allowed = 0x90...0xBF }
            if octet == 0xF4 { allowed = 0x80...0x8F }
        default: return false
        }
        return true
    }
}

/// Whether octets make sense as Windows-1252, in words of Western languages.
///
/// Polish saved in the Central European code page shows as `Pawe³`, names from an old Mac as `MŸller`, Cyrillic as `Èâàí`: a sign
/// within a word, a capital within a word, or three accented letters in a row.
private struct WesternCheck: Sendable {
    private enum Kind { case other, lower, upper, sign, none }

    private var previous = Kind.other
    private var beforePrevious = Kind.other
    private var previousIsAccented = false
    private var accented = 0

    mutating func accepts(_ octet: UInt8) -> Bool {
        let kind = Self.kind(octet)
        let isAccented = octet >= 0x80 && (kind == .lower || kind == .upper)
        defer {
            (beforePrevious, previous, previousIsAccented) = (previous, kind, isAccented)
        }
        accented = isAccented ? accented + 1 : 0
        if kind == .none || accented > 2 { return false }
        let isInWord = previous == .lower || previous == .upper
        if kind == .sign { return !isInWord }
        if kind == .upper, isAccented { return previous != .lower }
        if kind == .lower, previousIsAccented, previous == .upper {
            return beforePrevious != .upper && beforePrevious != .lower
        }
        return true
    }

    private static func kind(_ octet: UInt8) -> Kind {
        switch octet {
        case 0x61...0x7A, 0x9A, 0x9C, 0x9E, 0xDF...0xF6, 0xF8...0xFF: .lower
        case 0x41...0x5A, 0x8A, 0x8C, 0x8E, 0x9F, 0xC0...0xD6, 0xD8...0xDE: .upper
        case 0x81, 0x8D, 0x8F, 0x90, 0x9D: .none
        // Quotes, dashes, the ellipsis, ®, ™, °, ª, º and the middle dot stand behind letters, too.
        case 0x82...0x84, 0x86...0x89, 0x8B, 0x98, 0x9B, 0xA1...0xA9, 0xAC, 0xAF, 0xB1...0xB3, 0xB5, 0xB6, 0xB8, 0xB9,
            0xBC...0xBF, 0xD7, 0xF7:
            .sign
        default: .other
        }
    }
}

extension JSONValue {
    /// Reads one value; nil if the bytes are anything but one JSON value in UTF-8, nested at most 128 deep.
    package init?(_ bytes: [UInt8]) {
        var reader = JSONReader(bytes)
        guard let value = reader.value(depth: 0), reader.isAtEnd() else { return nil }
        self = value
    }
}

/// Why octets are no JSON, for the person who wrote them.
package struct JSONFault: Hashable, Sendable {
    /// The number of line ends before it.
    package let lines: Int
    /// What was found.
    package let problem: String

    /// Finds the first mistake; nil where the octets are one JSON value.
    package init?(in bytes: [UInt8]) {
        var reader = JSONReader(bytes)
        if reader.value(depth: 0) != nil, reader.isAtEnd() { return nil }
        reader.skipBlanks()
        let position = min(reader.position, bytes.count)
        lines = bytes[..<position].count { $0 == 0x0A }
        let before = bytes[..<position].last { !JSONBytes.isBlank($0) }
        problem = Self.words(position < bytes.count ? bytes[position] : nil, after: before)
    }

    private static func words(_ byte: UInt8?, after before: UInt8?) -> String {
        guard let byte else { return "it ends in the middle" }
        let character = byte > 0x20 && byte < 0x7F ? "\"\(Character(Unicode.Scalar(byte)))\"" : "octet \(byte)"
        switch (byte, before) {
        case (UInt8(ascii: "}"), UInt8(ascii: ",")), (UInt8(ascii: "]"), UInt8(ascii: ",")):
            return "a comma before \(character), where JSON allows none"
        case (UInt8(ascii: "'"), _): return "a single quote, where JSON has double quotes"
        case (UInt8(ascii: "/"), _), (UInt8(ascii: "#"), _): return "a comment, which JSON does not have"
        case (0..<0x20, _): return "a line break or control character within a text"
        case (UInt8(ascii: "\""), UInt8(ascii: "\"")?), (UInt8(ascii: "\""), UInt8(ascii: "}")?),
            (UInt8(ascii: "\""), UInt8(ascii: "]")?), (UInt8(ascii: "{"), UInt8(ascii: "}")?):
            return "no comma between two values"
        case (0x41...0x5A, _), (0x61...0x7A, _): return "a word without double quotes"
        default: return "\(character) where JSON has something else"
        }
    }
}

/// What the octets of JSON mean.
package enum JSONBytes {
    /// Whether an octet is white space between values.
    package static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}

/// A recursive-descent reader over bytes in memory; every method returns nil at the first octet that is not JSON.
private struct JSONReader {
    private let bytes: [UInt8]
    /// The next octet; after a failure, the first that is not JSON.
    private(set) var position = 0
    /// Bounds the recursion, so that hostile input cannot exhaust the stack.
    private static let maximumDepth = 128

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func isAtEnd() -> Bool {
        skipBlanks()
        return position == bytes.count
    }

    mutating func value(depth: Int) -> JSONValue? {
        skipBlanks()
        guard depth < Self.maximumDepth, position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "{"): return object(depth)
        case UInt8(ascii: "["): return array(depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return word("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return word("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return word("null") ? .null : nil
        default: return number()
        }
    }

    mutating func skipBlanks() {
        while position < bytes.count, JSONBytes.isBlank(bytes[position]) { position += 1 }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let text = Array(word.description.utf8)
        guard bytes[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    private mutating func object(_ depth: Int) -> JSONValue? {
        position += 1
        var object = JSONObject()
        if skip(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipBlanks()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\""), let name = string(),
                skip(UInt8(ascii: ":")), let value = value(depth: depth + 1)
            else { return nil }
            object.append(name, value)
            if skip(UInt8(ascii: "}")) { return .object(object) }
            guard skip(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func array(_ depth: Int) -> JSONValue? {
        position += 1
        var items: [JSONValue] = []
        if skip(UInt8(ascii: "]")) { return .array(items) }
        while true {
            guard let value = value(depth: depth + 1) else { return nil }
            items.append(value)
            if skip(UInt8(ascii: "]")) { return .array(items) }
            guard skip(UInt8(ascii: ",")) else { return nil }
        }
    }

    private mutating func string() -> String? {
        position += 1
        let start = position
        var hasEscape = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                defer { position += 1 }
                if !hasEscape { return String(validating: bytes[start..<position], as: UTF8.self) }
                return unescaped(start..<position)
            case UInt8(ascii: "\\"):
                hasEscape = true
                position += 2
            case 0..<0x20: return nil
            default: position += 1
            }
        }
        return nil
    }

    private func unescaped(_ range: Range<Int>) -> String? {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var escapes = JSONEscapes(bytes: bytes, position: range.lowerBound)
        while escapes.position < range.upperBound {
            let byte = bytes[escapes.position]
            escapes.position += 1
            if byte != UInt8(ascii: "\\") {
                text.append(byte)
            } else if !escapes.append(to: &text) {
                return nil
            }
        }
        return String(validating: text, as: UTF8.self)
    }

    private mutating func number() -> JSONValue? {
        let start = position
        while position < bytes.count, "+-.0123456789eE".utf8.contains(bytes[position]) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let digits = text.drop { $0 == "-" }
        let hasLeadingZero = digits.hasPrefix("0") && digits.dropFirst().first.map { $0.isNumber } == true
        guard let first = digits.first, first.isNumber, !hasLeadingZero, !text.hasSuffix("."), Double(text) != nil
        else {
            return nil
        }
        return .number(text)
    }
}

/// Reads what follows a backslash in a JSON string (RFC 8259 §7).
private struct JSONEscapes {
    let bytes: [UInt8]
    var position: Int

    /// Appends the character; false if this is not an escape.
    mutating func append(to text: inout [UInt8]) -> Bool {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            guard let scalar = scalar() else { return false }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: return false
        }
        return true
    }

    /// `XXXX`, together with the second half of a surrogate pair; half a pair alone is refused.
    private mutating func scalar() -> Unicode.Scalar? {
        guard let high = unit() else { return nil }
        guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return nil }
        position += 2
        guard let low = unit(), (0xDC00..<0xE000).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    }

    private mutating func unit() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Hex.value(of: byte) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}

/// Parses JSON strictly (RFC 8259), up to a maximum depth.
struct JSONParser {
    private let bytes: [UInt8]
    private let depth: Int
    private var position = 0

    static func parse(_ bytes: [UInt8], depth: Int) throws(ICalendarError) -> JSON {
        var parser = JSONParser(bytes: bytes, depth: depth)
        let value = try parser.value(within: 0)
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.malformed("more than one value") }
        return value
    }

    private init(bytes: [UInt8], depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    private mutating func value(within level: Int) throws(ICalendarError) -> JSON {
        guard level < depth else {
            throw ICalendarError(
                code: .tooLarge, location: "JSON at byte \(position)", problem: "values nested more than \(depth) deep",
                next: "Raise the limit if you trust the calendar.")
        }
        skipBlanks()
        switch position < bytes.count ? bytes[position] : 0 {
        case UInt8(ascii: "["): return .array(try elements(within: level))
        case UInt8(ascii: "{"): return .object(try members(within: level))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func elements(within level: Int) throws(ICalendarError) -> [JSON] {
        var values: [JSON] = []
        try items(until: UInt8(ascii: "]")) { (parser: inout JSONParser) throws(ICalendarError) in
            values.append(try parser.value(within: level + 1))
        }
        return values
    }

    private mutating func members(within level: Int) throws(ICalendarError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        try items(until: UInt8(ascii: "}")) { (parser: inout JSONParser) throws(ICalendarError) in
            parser.skipBlanks()
            let name = try parser.string()
            guard parser.skipToken(UInt8(ascii: ":")) else { throw parser.malformed("a name without a colon") }
            members.append(JSON.Member(name: name, value: try parser.value(within: level + 1)))
        }
        return members
    }

    /// Parses items between brackets, separated by commas.
    private mutating func items(
        until end: UInt8, _ read: (inout JSONParser) throws(ICalendarError) -> Void
    ) throws(ICalendarError) {
        position += 1
        guard !skipToken(end) else { return }
        while true {
            try read(&self)
            if skipToken(end) { return }
            guard skipToken(UInt8(ascii: ",")) else { throw malformed("no comma between values") }
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(ICalendarError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw malformed("an unknown literal") }
        position += word.utf8.count
        return value
    }

    /// `-1.5e3` (RFC 8259 §6).
    private mutating func number() throws(ICalendarError) -> String {
        let start = position
        skip(UInt8(ascii: "-"))
        let whole = digits()
        var isNumber = whole.count > 0 && (whole.count == 1 || bytes[whole.lowerBound] != UInt8(ascii: "0"))
        if skip(UInt8(ascii: ".")) { isNumber = isNumber && digits().count > 0 }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            isNumber = isNumber && digits().count > 0
        }
        guard isNumber else { throw malformed("a missing or invalid value") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Range<Int> {
        let start = position
        while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        return start..<position
    }

    private mutating func string() throws(ICalendarError) -> String {
        guard skip(UInt8(ascii: "\"")) else { throw malformed("a missing string") }
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw malformed("bytes that are not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try escape(to: &text)
            case 0..<0x20: throw malformed("a control character in a string")
            default: text.append(byte)
            }
        }
        throw malformed("a string that does not end")
    }

    private mutating func escape(to text: inout [UInt8]) throws(ICalendarError) {
        let letter = position < bytes.count ? bytes[position] : 0
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
        default: throw malformed("an invalid escape")
        }
    }

    /// Parses the character after `\u`; one above U+FFFF takes a pair of escapes.
    private mutating func scalar() throws(ICalendarError) -> Unicode.Scalar {
        let first = try unit()
        var value = UInt32(first)
        if (0xD800..<0xDC00).contains(first), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
            let second = try unit()
            guard (0xDC00..<0xE000).contains(second) else { throw malformed("an unpaired surrogate") }
            value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw malformed("an unpaired surrogate") }
        return scalar
    }

    private mutating func unit() throws(ICalendarError) -> UInt16 {
        let end = position + 4
        guard end <= bytes.count, bytes[position] != UInt8(ascii: "+"), bytes[position] != UInt8(ascii: "-"),
            let unit = UInt16(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw malformed("an invalid escape") }
        position = end
        return unit
    }

    private mutating func skipBlanks() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// Skips blanks and then a byte.
    private mutating func skipToken(_ byte: UInt8) -> Bool {
        skipBlanks()
        return skip(byte)
    }

    private func malformed(_ problem: String) -> ICalendarError {
        ICalendarError(
            code: .malformedLine, location: "JSON at byte \(position)", problem: problem,
            next: "See RFC 8259.")
    }
}

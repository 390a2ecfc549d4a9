/// Reads JSON by the letter of RFC 8259, to a bounded depth.
struct JSONParser {
    private let bytes: [UInt8]
    private let depth: Int
    private var place = 0

    static func parse(_ bytes: [UInt8], depth: Int) throws(ICalendarError) -> JSON {
        var parser = JSONParser(bytes: bytes, depth: depth)
        let value = try parser.value(within: 0)
        parser.skipBlanks()
        guard parser.place == bytes.count else { throw parser.malformed("more than one value") }
        return value
    }

    private init(bytes: [UInt8], depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    private mutating func value(within level: Int) throws(ICalendarError) -> JSON {
        guard level < depth else {
            throw ICalendarError(
                code: .tooLarge, place: "JSON at byte \(place)", found: "values more than \(depth) deep",
                next: "Raise the limit if the calendar is to be trusted.")
        }
        skipBlanks()
        switch place < bytes.count ? bytes[place] : 0 {
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
            guard parser.take(UInt8(ascii: ":")) else { throw parser.malformed("a name without a colon") }
            members.append(JSON.Member(name: name, value: try parser.value(within: level + 1)))
        }
        return members
    }

    /// What stands between brackets, separated by commas.
    private mutating func items(
        until end: UInt8, _ read: (inout JSONParser) throws(ICalendarError) -> Void
    ) throws(ICalendarError) {
        place += 1
        guard !take(end) else { return }
        while true {
            try read(&self)
            if take(end) { return }
            guard take(UInt8(ascii: ",")) else { throw malformed("no comma between values") }
        }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(ICalendarError) -> JSON {
        guard bytes[place...].starts(with: word.utf8) else { throw malformed("a word that is none") }
        place += word.utf8.count
        return value
    }

    /// `-1.5e3` (RFC 8259 §6).
    private mutating func number() throws(ICalendarError) -> String {
        let start = place
        skip(UInt8(ascii: "-"))
        let whole = digits()
        var isNumber = whole.count > 0 && (whole.count == 1 || bytes[whole.lowerBound] != UInt8(ascii: "0"))
        if skip(UInt8(ascii: ".")) { isNumber = isNumber && digits().count > 0 }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            isNumber = isNumber && digits().count > 0
        }
        guard isNumber else { throw malformed("no value where one is due") }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func digits() -> Range<Int> {
        let start = place
        while place < bytes.count, bytes[place] &- UInt8(ascii: "0") < 10 { place += 1 }
        return start..<place
    }

    private mutating func string() throws(ICalendarError) -> String {
        guard skip(UInt8(ascii: "\"")) else { throw malformed("no string where one is due") }
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
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
        let letter = place < bytes.count ? bytes[place] : 0
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
        default: throw malformed("an escape that is none")
        }
    }

    /// The character after `\u`, of two escapes where it lies beyond U+FFFF; half of such a pair alone is none.
    private mutating func scalar() throws(ICalendarError) -> Unicode.Scalar {
        let first = try unit()
        var value = UInt32(first)
        if (0xD800..<0xDC00).contains(first), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
            let second = try unit()
            guard (0xDC00..<0xE000).contains(second) else { throw malformed("half of a character") }
            value = 0x1_0000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw malformed("half of a character") }
        return scalar
    }

    private mutating func unit() throws(ICalendarError) -> UInt16 {
        let end = place + 4
        guard end <= bytes.count, bytes[place] != UInt8(ascii: "+"), bytes[place] != UInt8(ascii: "-"),
            let unit = UInt16(String(decoding: bytes[place..<end], as: UTF8.self), radix: 16)
        else { throw malformed("an escape that is none") }
        place = end
        return unit
    }

    private mutating func skipBlanks() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    /// Skips a byte with blanks around it.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        return skip(byte)
    }

    private func malformed(_ found: String) -> ICalendarError {
        ICalendarError(
            code: .malformedLine, place: "JSON at byte \(place)", found: found, next: "Write it as RFC 8259 says.")
    }
}

/// Parses a TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, and RFC 9636 §3.3.2 for negative hours and those
/// beyond 24).
struct PosixRulesParser {
    private var rest: ArraySlice<UInt8>
    private let text: String

    static func parse(_ bytes: ArraySlice<UInt8>) throws(TimeZoneError) -> PosixRules {
        var parser = PosixRulesParser(rest: bytes, text: Token.printable(String(decoding: bytes, as: UTF8.self)))
        let rules = try parser.rules()
        guard parser.rest.isEmpty else { throw parser.malformed("text after the rule") }
        return rules
    }

    private mutating func rules() throws(TimeZoneError) -> PosixRules {
        let name = try abbreviation()
        let east = -Int(try clockSeconds(hours: 24))
        let standard = TimeZoneOffset(secondsEastOfUTC: east, isDaylight: false, abbreviation: name)
        guard !rest.isEmpty else { return PosixRules(standard: standard, daylight: nil) }
        let daylightName = try abbreviation()
        let daylightEast = rest.first == UInt8(ascii: ",") ? east + 3600 : -Int(try clockSeconds(hours: 24))
        let daylight = TimeZoneOffset(secondsEastOfUTC: daylightEast, isDaylight: true, abbreviation: daylightName)
        return PosixRules(
            standard: standard, daylight: .init(offset: daylight, start: try change(), end: try change()))
    }

    /// Three or more letters, or letters, digits and signs between `<` and `>`.
    private mutating func abbreviation() throws(TimeZoneError) -> String {
        let isQuoted = skip("<")
        let name = rest.prefix { Self.isLetter($0) || (isQuoted && Self.isDigitOrSign($0)) }
        rest = rest.dropFirst(name.count)
        guard name.count >= 3, !isQuoted || skip(">") else { throw malformed("a missing abbreviation") }
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func change() throws(TimeZoneError) -> PosixRules.Change {
        guard skip(",") else { throw malformed("daylight saving time without its dates") }
        let day = try day()
        return PosixRules.Change(day: day, seconds: skip("/") ? try clockSeconds(hours: 167) : 7200)
    }

    private mutating func day() throws(TimeZoneError) -> PosixRules.Day {
        if skip("J") { return .julian(try number(1...365)) }
        guard skip("M") else { return .ordinal(try number(0...365)) }
        let month = try number(1...12)
        guard skip(".") else { throw malformed("a month without its week") }
        let week = try number(1...5)
        guard skip(".") else { throw malformed("a week without its day") }
        return .weekday(month: month, week: week, weekday: try number(0...6))
    }

    /// `[+-]hh[:mm[:ss]]`.
    private mutating func clockSeconds(hours: Int) throws(TimeZoneError) -> Int64 {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        var seconds = try number(0...hours) * 3600
        if skip(":") {
            seconds += try number(0...59) * 60
            if skip(":") { seconds += try number(0...59) }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    private mutating func number(_ range: ClosedRange<Int>) throws(TimeZoneError) -> Int {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        guard (1...3).contains(digits.count) else { throw malformed("a missing number") }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard range.contains(number) else { throw malformed("the number \(number) outside of \(range)") }
        return number
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private func malformed(_ problem: String) -> TimeZoneError {
        .malformed("the TZ string “\(text)” has \(problem)")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigitOrSign(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
}

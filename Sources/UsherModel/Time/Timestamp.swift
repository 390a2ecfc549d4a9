/// An ISO 8601 date-time: a clock reading, and the offset from UTC if there is one.
///
/// Microsoft Graph writes 0 to 7 fraction digits (`2023-08-08T12:30:00.0000000`), with and without `Z`; they are cut off.
public struct Timestamp: Hashable, Sendable {
    /// The clock reading.
    public let civil: CivilTime
    /// Seconds east of UTC; nil if the text has no offset.
    public let secondsEastOfUTC: Int?

    /// The instant; nil if the text has no offset.
    public var instant: Instant? {
        secondsEastOfUTC.map { Instant(secondsSince1970: civil.secondsOnClock - Int64($0)) }
    }

    /// Reads `YYYY-MM-DDThh:mm[:ss[.f…]][Z|±hh:mm]`, the profile of RFC 3339 §5.6 with the seconds and the offset optional.
    ///
    /// - Returns: nil for any other text.
    public init?(_ text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2)
        else { return nil }
        var second = 0
        if reader.skip(":") {
            guard let read = reader.number(2) else { return nil }
            second = read
            if reader.skip(".") { guard reader.skipDigits() > 0 else { return nil } }
        }
        guard let offset = reader.offset(), reader.isAtEnd,
            let civil = CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        self.civil = civil
        self.secondsEastOfUTC = offset.seconds
    }
}

/// Reads fixed-width numbers and separators from ASCII text.
private struct DigitReader {
    private var bytes: Substring.UTF8View

    init(_ text: String) { bytes = Substring(text).utf8 }

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func skip(_ separator: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: separator) else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        let digits = bytes.prefix(width)
        guard digits.count == width else { return nil }
        var value = 0
        for byte in digits {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        bytes.removeFirst(width)
        return value
    }

    mutating func skipDigits() -> Int {
        let digits = bytes.prefix { (48...57).contains($0) }.count
        bytes.removeFirst(digits)
        return digits
    }

    /// The offset at the end (`Z`, `±hh:mm`, or none); nil if something else follows.
    mutating func offset() -> (seconds: Int?, Void)? {
        if isAtEnd { return (nil, ()) }
        if skip("Z") || skip("z") { return (0, ()) }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), hours < 24, skip(":"), let minutes = number(2), minutes < 60 else {
            return nil
        }
        return (sign * (hours * 3600 + minutes * 60), ())
    }
}

/// Dates, times and durations as the octets of a content line.
extension [UInt8] {
    /// `20261209T140000` (RFC 5545 §3.3.5).
    mutating func appendDateTime(_ fields: ClockFields) {
        appendDate(fields)
        append(UInt8(ascii: "T"))
        appendDigits(fields.hour, width: 2)
        appendDigits(fields.minute, width: 2)
        appendDigits(fields.second, width: 2)
    }

    /// `20261209` (RFC 5545 §3.3.4).
    mutating func appendDate(_ fields: ClockFields) {
        appendDigits(fields.year, width: 4)
        appendDigits(fields.month, width: 2)
        appendDigits(fields.day, width: 2)
    }

    /// `-PT15M`, `P1W`, `P1DT1H0M30S` (RFC 5545 §3.3.6): weeks stand alone, and minutes are not left out between hours
    /// and seconds.
    mutating func append(_ duration: CalendarDuration) {
        if duration.isNegative { append(UInt8(ascii: "-")) }
        append(UInt8(ascii: "P"))
        guard duration.seconds > 0 || duration.days == 0 || !duration.days.isMultiple(of: 7) else {
            return append(duration.days / 7, "W")
        }
        if duration.days > 0 { append(duration.days, "D") }
        guard duration.seconds > 0 || duration.days == 0 else { return }
        append(UInt8(ascii: "T"))
        appendTime(seconds: duration.seconds)
    }

    private mutating func appendTime(seconds all: UInt) {
        let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60)
        if hours > 0 { append(hours, "H") }
        if minutes > 0 || (hours > 0 && seconds > 0) { append(minutes, "M") }
        if seconds > 0 || all == 0 { append(seconds, "S") }
    }

    private mutating func append(_ count: UInt, _ unit: Unicode.Scalar) {
        append(contentsOf: String(count).utf8)
        append(UInt8(ascii: unit))
    }

    private mutating func appendDigits(_ number: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}

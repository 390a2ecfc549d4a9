/// Encodes dates, times, durations and numbers for a content line.
extension [UInt8] {
    /// `20261209T140000` (RFC 5545 §3.3.5).
    mutating func appendDateTime(_ fields: ClockFields) {
        appendDate(fields)
        append(UInt8(ascii: "T"))
        appendDigits(fields.hour, width: 2)
        appendDigits(fields.minute, width: 2)
        appendDigits(fields.second, width: 2)
    }

    /// `20261209T140000Z` (RFC 5545 §3.3.5, form 2).
    mutating func append(_ instant: UTCDateTime) {
        appendDateTime(ClockFields(seconds: instant.secondsSince1970))
        append(UInt8(ascii: "Z"))
    }

    /// `20261209T140000Z/PT1H` (RFC 5545 §3.3.9).
    mutating func append(_ period: Period) {
        append(period.start)
        append(UInt8(ascii: "/"))
        switch period.end {
        case .time(let time): append(time)
        case .duration(let duration): append(duration)
        }
    }

    private mutating func append(_ time: Period.Time) {
        switch time {
        case .utc(let instant): append(instant)
        case .local(let time): appendDateTime(ClockFields(seconds: time.wallSeconds))
        }
    }

    /// `+0100`, `-045630` (RFC 5545 §3.3.14).
    mutating func appendOffset(seconds all: Int) {
        let seconds = Int(all.magnitude) % 360_000
        append(UInt8(ascii: all < 0 && seconds > 0 ? "-" : "+"))
        appendDigits(seconds / 3600, width: 2)
        appendDigits(seconds / 60 % 60, width: 2)
        if seconds % 60 != 0 { appendDigits(seconds % 60, width: 2) }
    }

    /// A number without an exponent (RFC 5545 §3.3.7), in the fewest digits that parse to the same number.
    mutating func appendDecimal(_ number: Double) {
        guard number.isFinite else { return append(UInt8(ascii: "0")) }
        let parts = "\(number)".split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        guard exponent != 0 else { return append(contentsOf: parts[0].utf8) }
        let digits = parts[0].utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if number < 0 { append(UInt8(ascii: "-")) }
        let zeros = { (count: Int) in [UInt8](repeating: UInt8(ascii: "0"), count: Swift.max(0, count)) }
        if exponent < 0 {
            append(contentsOf: "0.".utf8)
            append(contentsOf: zeros(-exponent - 1) + digits)
        } else {
            append(contentsOf: digits + zeros(exponent + 1 - digits.count))
        }
    }

    /// `20261209` (RFC 5545 §3.3.4).
    mutating func appendDate(_ fields: ClockFields) {
        appendDigits(fields.year, width: 4)
        appendDigits(fields.month, width: 2)
        appendDigits(fields.day, width: 2)
    }

    /// `-PT15M`, `P1W`, `P1DT1H0M30S` (RFC 5545 §3.3.6): weeks cannot be combined with other units, and minutes cannot
    /// be omitted between hours and seconds.
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

/// Parses dates, times, durations and offsets (RFC 5545 §3.3.4 to §3.3.14).
///
/// Every function returns nil for text that does not match the grammar, whose letters may be small (RFC 5234 §2.3).
enum Times {
    /// `20261209` (RFC 5545 §3.3.4).
    static func date(_ text: Span<UInt8>) -> CivilDate? {
        guard text.count == 8, let days = days(text) else { return nil }
        return CivilDate(clampingDays: days)
    }

    /// `20261209T140000` or with `Z` (RFC 5545 §3.3.5).
    ///
    /// A leap second is read as the second before it, as §3.3.12 allows.
    static func dateTime(_ text: Span<UInt8>) -> Period.Time? {
        let isUTC = text.count == 16 && text[15] & 0xDF == UInt8(ascii: "Z")
        guard text.count == 15 || isUTC, text[8] & 0xDF == UInt8(ascii: "T"), let days = days(text),
            let hour = number(text, 9, 2), let minute = number(text, 11, 2), let second = number(text, 13, 2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let seconds = days * Gregorian.secondsPerDay + Int64(hour * 3600 + minute * 60 + min(second, 59))
        return isUTC
            ? .utc(UTCDateTime(clamping: seconds)) : .local(LocalDateTime(clampingWallSeconds: seconds))
    }

    /// `230000` or with `Z` (RFC 5545 §3.3.12).
    static func isTime(_ text: Span<UInt8>) -> Bool {
        let isUTC = text.count == 7 && text[6] & 0xDF == UInt8(ascii: "Z")
        guard text.count == 6 || isUTC, let hour = number(text, 0, 2), let minute = number(text, 2, 2),
            let second = number(text, 4, 2)
        else { return false }
        return hour < 24 && minute < 60 && second <= 60
    }

    private static func days(_ text: Span<UInt8>) -> Int64? {
        guard let year = number(text, 0, 4), let month = number(text, 4, 2), let day = number(text, 6, 2),
            year >= 1, (1...12).contains(month), day >= 1, day <= Gregorian.daysInMonth(month, year: Int64(year))
        else { return nil }
        return Gregorian.days(year: Int64(year), month: month, day: day)
    }

    /// Parses exactly `count` digits.
    private static func number(_ text: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        var number = 0
        for index in start..<start + count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }

    /// `19970101T180000Z/PT5H30M` (RFC 5545 §3.3.9).
    static func period(_ text: Span<UInt8>, isStrict: Bool) -> Period? {
        var slash = 0
        while slash < text.count, text[slash] != UInt8(ascii: "/") { slash += 1 }
        guard slash < text.count, let start = dateTime(text.extracting(0..<slash)) else { return nil }
        let rest = text.extracting(slash + 1..<text.count)
        if let end = dateTime(rest) {
            switch (start, end) {
            case (.utc, .utc), (.local, .local): return Period(start: start, end: .time(end))
            case (.utc, .local), (.local, .utc): return nil
            }
        }
        guard let duration = duration(rest, isStrict: isStrict), !duration.isNegative else { return nil }
        return Period(start: start, end: .duration(duration))
    }

    /// `-P1DT2H` (RFC 5545 §3.3.6).
    ///
    /// In strict mode, weeks cannot be combined with other units, and minutes cannot be omitted between hours and
    /// seconds. In lenient mode, only the order of the units matters.
    static func duration(_ text: Span<UInt8>, isStrict: Bool) -> CalendarDuration? {
        var index = 0
        var isNegative = false
        if text.count > 0, text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+") {
            isNegative = text[0] == UInt8(ascii: "-")
            index = 1
        }
        guard index < text.count, text[index] & 0xDF == UInt8(ascii: "P") else { return nil }
        index += 1
        var parts = DurationParts(isStrict: isStrict)
        while index < text.count {
            if text[index] & 0xDF == UInt8(ascii: "T") {
                guard parts.beginTime() else { return nil }
                index += 1
                continue
            }
            var number: UInt = 0
            let first = index
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
                guard let next = add(number, times: 10, UInt(text[index] - UInt8(ascii: "0"))) else { return nil }
                number = next
                index += 1
            }
            guard index > first, index < text.count, parts.add(number, text[index]) else { return nil }
            index += 1
        }
        return parts.duration(isNegative: isNegative)
    }

    fileprivate static func add(_ number: UInt, times factor: UInt, _ more: UInt) -> UInt? {
        let product = number.multipliedReportingOverflow(by: factor)
        let sum = product.partialValue.addingReportingOverflow(more)
        // Callers continue with signed arithmetic.
        return product.overflow || sum.overflow || sum.partialValue > UInt(Int64.max) ? nil : sum.partialValue
    }

    /// `+0100`, `-045630` (RFC 5545 §3.3.14); `-0000` and `+01:00` in lenient mode only.
    static func offset(_ text: Span<UInt8>, isStrict: Bool) -> Int? {
        if !isStrict, text.count == 6, text[3] == UInt8(ascii: ":") {
            let plain = [text[0], text[1], text[2], text[4], text[5]]
            return offset(plain.span, isStrict: false)
        }
        guard text.count == 5 || text.count == 7, let hours = number(text, 1, 2), let minutes = number(text, 3, 2),
            let seconds = text.count == 7 ? number(text, 5, 2) : 0, hours < 24, minutes < 60, seconds < 60
        else { return nil }
        let all = hours * 3600 + minutes * 60 + seconds
        switch text[0] {
        case UInt8(ascii: "+"): return all
        case UInt8(ascii: "-"): return all == 0 && isStrict ? nil : -all
        default: return nil
        }
    }

    /// `37.386013` (RFC 5545 §3.3.7).
    static func decimal(_ text: Span<UInt8>) -> Double? {
        var (digits, points) = (0, 0)
        for index in 0..<text.count {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "."): points += 1
            case UInt8(ascii: "+"), UInt8(ascii: "-"): if index > 0 { return nil }
            default: return nil
            }
        }
        guard digits > 0, points <= 1, let number = Double(String(text)), number.isFinite else { return nil }
        return number
    }
}

/// Accumulates the units of a duration.
private struct DurationParts {
    let isStrict: Bool
    private var days: UInt = 0
    private var seconds: UInt = 0
    /// The last unit: 0 weeks, 1 days, 2 hours, 3 minutes, 4 seconds; -1 if none yet.
    private var last = -1
    private var isTime = false

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    mutating func beginTime() -> Bool {
        defer { isTime = true }
        return !isTime && !(isStrict && last == 0)
    }

    mutating func add(_ number: UInt, _ letter: UInt8) -> Bool {
        let unit: Int
        switch letter & 0xDF {
        case UInt8(ascii: "W"): unit = 0
        case UInt8(ascii: "D"): unit = 1
        case UInt8(ascii: "H"): unit = 2
        case UInt8(ascii: "M"): unit = 3
        case UInt8(ascii: "S"): unit = 4
        default: return false
        }
        guard unit > last, (unit >= 2) == isTime else { return false }
        // RFC 5545 §3.3.6: seconds cannot follow hours directly, and nothing can follow weeks.
        if isStrict, last == 0 || (last == 2 && unit == 4) { return false }
        last = unit
        let factor: UInt = [7, 1, 3600, 60, 1][unit]
        guard let sum = Times.add(number, times: factor, unit < 2 ? days : seconds) else { return false }
        if unit < 2 { days = sum } else { seconds = sum }
        return true
    }

    func duration(isNegative: Bool) -> CalendarDuration? {
        guard last >= 0, !isTime || last >= 2 else { return nil }
        return CalendarDuration(days: days, seconds: seconds, isNegative: isNegative)
    }
}

extension Span<UInt8> {
    /// What lies between the blanks at both ends.
    var trimmedRange: Range<Int> {
        var (start, end) = (0, count)
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while end > start, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return start..<end
    }
}

extension String {
    /// Decodes UTF-8; invalid sequences become U+FFFD.
    init(_ bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}

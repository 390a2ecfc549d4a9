/// The days, hours, minutes or seconds of a rule that repeats daily or more often, found by arithmetic (RFC 5545 §3.3.10).
///
/// Period n begins n intervals after the unit of DTSTART. Whether its time of day matches BYHOUR, BYMINUTE and BYSECOND repeats after a fixed number of
/// periods, the cycle. Those of one cycle that match are computed once, so that none has to be visited in order to be skipped or counted.
struct RecurrencePeriods {
    /// More than the seconds from the year 1 to 9999: with an interval this long there is only the first period.
    private static let longestStep: Int64 = 1 << 40

    /// The first second of the unit of DTSTART.
    private let base: Int64
    /// The seconds of an interval.
    private let step: Int64
    /// The number of periods after which the times of day repeat.
    private let cycle: Int64
    /// The periods of a cycle that match, ascending; nil for all of them.
    private let matching: [Int64]?

    /// How many times of day were examined.
    let size: Int

    /// Creates the periods of a rule; nil for one that repeats weekly or less often.
    init?(_ rule: RecurrenceRule, start: Int64) {
        guard let unit = Self.unit(rule.frequency) else { return nil }
        base = Gregorian.floorDivide(start, unit).quotient * unit
        let (product, isTooLong) = unit.multipliedReportingOverflow(by: Int64(clamping: rule.interval))
        step = isTooLong ? Self.longestStep : min(product, Self.longestStep)
        guard let modulus = Self.modulus(rule, unit) else {
            (cycle, matching, size) = (1, nil, 1)
            return
        }
        let divisor = Self.commonDivisor(step, modulus)
        let cycle = modulus / divisor
        let inverse = Self.inverse(of: step / divisor % cycle, modulo: cycle)
        var found: [Int64] = []
        let times = Self.times(rule, unit, within: modulus)
        for time in times {
            // The period n with base + n · step = time, modulo the span.
            let distance = Gregorian.floorDivide(time - base, modulus).remainder
            if distance % divisor == 0 { found.append(distance / divisor * inverse % cycle) }
        }
        (self.cycle, size) = (cycle, times.count)
        matching = found.sorted()
    }

    /// The first second of a period; nil where it is beyond the year 9999.
    func start(of period: Int64) -> Int64? {
        let (offset, isTooFar) = period.multipliedReportingOverflow(by: step)
        guard !isTooFar, offset <= ClockFields.range.upperBound - base else { return nil }
        return base + offset
    }

    /// The first period, from 0, that begins at a time or after it.
    func first(atOrAfter seconds: Int64) -> Int64 {
        guard seconds > base else { return 0 }
        return (seconds - base - 1) / step + 1
    }

    /// The first period from a number on whose time of day matches; nil if none ever does.
    func next(_ period: Int64) -> Int64? {
        guard let matching else { return period }
        guard let first = matching.first else { return nil }
        let (turns, rest) = period.quotientAndRemainder(dividingBy: cycle)
        let index = Self.index(of: rest, in: matching)
        return index < matching.count ? turns * cycle + matching[index] : (turns + 1) * cycle + first
    }

    /// How many periods of a range have a time of day that matches.
    func count(_ range: Range<Int64>) -> Int64 { count(before: range.upperBound) - count(before: range.lowerBound) }

    private func count(before period: Int64) -> Int64 {
        guard let matching else { return period }
        let (turns, rest) = period.quotientAndRemainder(dividingBy: cycle)
        return turns * Int64(matching.count) + Int64(Self.index(of: rest, in: matching))
    }

    /// The seconds of a unit; nil for those that are no fixed number of seconds, or begin on another day of the week.
    private static func unit(_ frequency: RecurrenceRule.Frequency) -> Int64? {
        switch frequency {
        case .secondly: 1
        case .minutely: 60
        case .hourly: 3600
        case .daily: Gregorian.secondsPerDay
        case .weekly, .monthly, .yearly: nil
        }
    }

    /// The seconds after which the parts that limit the times repeat; nil where there are none.
    private static func modulus(_ rule: RecurrenceRule, _ unit: Int64) -> Int64? {
        if unit < Gregorian.secondsPerDay, !rule.hours.isEmpty { return Gregorian.secondsPerDay }
        if unit < 3600, !rule.minutes.isEmpty { return 3600 }
        return unit < 60 && !rule.seconds.isEmpty ? 60 : nil
    }

    /// The first seconds of the units that match, within a minute, an hour or a day.
    private static func times(_ rule: RecurrenceRule, _ unit: Int64, within modulus: Int64) -> [Int64] {
        func values(_ listed: [Int], of count: Int, isLimited: Bool) -> [Int] {
            isLimited ? (listed.isEmpty ? Array(0..<count) : listed) : [0]
        }
        let hours = values(rule.hours, of: 24, isLimited: modulus > 3600)
        let minutes = values(rule.minutes, of: 60, isLimited: unit < 3600 && modulus > 60)
        let seconds = values(rule.seconds, of: 60, isLimited: unit < 60)
        return hours.flatMap { hour in
            minutes.flatMap { minute in seconds.map { Int64(hour * 3600 + minute * 60 + $0) } }
        }
    }

    private static func commonDivisor(_ one: Int64, _ other: Int64) -> Int64 {
        other == 0 ? one : commonDivisor(other, one % other)
    }

    /// The number whose product with another one leaves 1; they have no common divisor.
    private static func inverse(of number: Int64, modulo modulus: Int64) -> Int64 {
        var (old, rest) = (number, modulus)
        var (oldFactor, factor): (Int64, Int64) = (1, 0)
        while rest != 0 {
            let quotient = old / rest
            (old, rest) = (rest, old - quotient * rest)
            (oldFactor, factor) = (factor, oldFactor - quotient * factor)
        }
        return Gregorian.floorDivide(oldFactor, modulus).remainder
    }

    /// The index of the first number that is not less than another.
    private static func index(of number: Int64, in numbers: [Int64]) -> Int {
        var (low, high) = (0, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The rule for all years to come, from the TZ string at the end of TZif data (RFC 9636 §3.3, POSIX `TZ`).
struct PosixRules: Hashable, Sendable {
    /// A day of a year.
    enum Day: Hashable, Sendable {
        /// `Jn`: 1 to 365, the leap day is never counted.
        case julian(Int)
        /// `n`: 0 to 365, the leap day is counted.
        case ordinal(Int)
        /// `Mm.w.d`: the week 1 to 5 of a month in which the weekday (0 is Sunday) comes; 5 is the last.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// When clocks change in a year.
    struct Change: Hashable, Sendable {
        let day: Day
        /// Seconds after midnight by the clock before the change: -167 to 167 hours.
        let seconds: Int64
    }

    /// Daylight saving time, and when it starts and ends.
    struct Daylight: Hashable, Sendable {
        let offset: TimeZoneOffset
        let start: Change
        let end: Change
    }

    let standard: TimeZoneOffset
    let daylight: Daylight?

    func offset(at instant: Int64) -> TimeZoneOffset {
        guard let daylight else { return standard }
        let year = Self.year(of: instant)
        // The last change lies in the same year or the one before, or in the next, where a rule says "hours before".
        let last = transitions(years: year - 1...year + 1, daylight).last { $0.at <= instant }
        return last?.isStart == true ? daylight.offset : standard
    }

    /// UTC seconds of the changes after `from` until `to`, ascending.
    func changes(after from: Int64, through to: Int64) -> [Int64] {
        guard let daylight, from < to else { return [] }
        return transitions(years: Self.year(of: from) - 1...Self.year(of: to) + 1, daylight)
            .map(\.at).filter { $0 > from && $0 <= to }
    }

    /// In their order in time; of two at one instant, which makes daylight saving time last all year, the later year's last.
    private func transitions(years: ClosedRange<Int64>, _ daylight: Daylight) -> [(at: Int64, isStart: Bool)] {
        var found: [(at: Int64, isStart: Bool)] = []
        for year in years {
            let start = daylight.start.wallSeconds(in: year) - Int64(standard.secondsEastOfUTC)
            let end = daylight.end.wallSeconds(in: year) - Int64(daylight.offset.secondsEastOfUTC)
            found += start < end ? [(start, true), (end, false)] : [(end, false), (start, true)]
        }
        // Insertion keeps equal ones in order, which `sort` does not promise.
        for place in found.indices.dropFirst() {
            var at = place
            while at > 0, found[at - 1].at > found[at].at {
                found.swapAt(at - 1, at)
                at -= 1
            }
        }
        return found
    }

    private static func year(of instant: Int64) -> Int64 {
        Gregorian.date(days: Gregorian.floorDivide(instant, Gregorian.secondsPerDay).quotient).year
    }
}

extension PosixRules.Change {
    /// Seconds since 1970 on the clock before the change.
    func wallSeconds(in year: Int64) -> Int64 {
        day.days(in: year) * Gregorian.secondsPerDay + seconds
    }
}

extension PosixRules.Day {
    /// Days since 1970-01-01.
    func days(in year: Int64) -> Int64 {
        switch self {
        case .julian(let number):
            let leapDay: Int64 = Gregorian.isLeap(year) && number >= 60 ? 1 : 0
            return Gregorian.days(year: year, month: 1, day: 1) + Int64(number) - 1 + leapDay
        case .ordinal(let number):
            return Gregorian.days(year: year, month: 1, day: 1) + Int64(number)
        case .weekday(let month, let week, let weekday):
            let first = Gregorian.days(year: year, month: month, day: 1)
            let toWeekday = (weekday - Gregorian.weekday(days: first) + 7) % 7
            let dayOfMonth = toWeekday + (week - 1) * 7
            let isBeyond = dayOfMonth >= Gregorian.daysInMonth(month, year: year)
            return first + Int64(isBeyond ? dayOfMonth - 7 : dayOfMonth)
        }
    }
}

/// The rule for all future years, from the TZ string at the end of TZif data (RFC 9636 §3.3, POSIX `TZ`).
struct PosixRules: Hashable, Sendable {
    /// A day of a year.
    enum Day: Hashable, Sendable {
        /// `Jn`: 1 to 365, never counting the leap day.
        case julian(Int)
        /// `n`: 0 to 365, counting the leap day.
        case ordinal(Int)
        /// `Mm.w.d`: the nth weekday (0 is Sunday) of a month, 1 to 5; 5 is the last.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// When the clocks change in a year.
    struct Change: Hashable, Sendable {
        let day: Day
        /// Seconds after midnight on the clock before the change, -167 to 167 hours.
        let seconds: Int64
    }

    /// Daylight saving time, with its start and end.
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
        // The last change is in the same year or the one before, or, with a negative time, belongs to the next year's
        // rule.
        let last = transitions(years: year - 1...year + 1, daylight).last { $0.at <= instant }
        return last?.isStart == true ? daylight.offset : standard
    }

    /// The changes after `from` up to and including `to`, in UTC seconds, ascending.
    func changes(after from: Int64, through to: Int64) -> [Int64] {
        guard let daylight, from < to else { return [] }
        return transitions(years: Self.year(of: from) - 1...Self.year(of: to) + 1, daylight)
            .map(\.at).filter { $0 > from && $0 <= to }
    }

    /// The changes in order of time.
    ///
    /// Where two coincide, as with permanent daylight saving time, the later year's is last.
    private func transitions(years: ClosedRange<Int64>, _ daylight: Daylight) -> [(at: Int64, isStart: Bool)] {
        var changes: [(at: Int64, isStart: Bool)] = []
        for year in years {
            let start = daylight.start.wallSeconds(in: year) - Int64(standard.secondsEastOfUTC)
            let end = daylight.end.wallSeconds(in: year) - Int64(daylight.offset.secondsEastOfUTC)
            changes += start < end ? [(start, true), (end, false)] : [(end, false), (start, true)]
        }
        // Insertion sort is stable, which `sort` is not guaranteed to be.
        for index in changes.indices.dropFirst() {
            var at = index
            while at > 0, changes[at - 1].at > changes[at].at {
                changes.swapAt(at - 1, at)
                at -= 1
            }
        }
        return changes
    }

    private static func year(of instant: Int64) -> Int64 {
        Gregorian.date(days: Gregorian.floorDivide(instant, Gregorian.secondsPerDay).quotient).year
    }
}

extension PosixRules.Change {
    /// Seconds since 1970 on the clock before the change, in this year.
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

/// A date of the proleptic Gregorian calendar in the years 1 to 9999: a DATE (RFC 5545 §3.3.4).
public struct CivilDate: Hashable, Sendable, Comparable {
    /// Days since 1970-01-01.
    public let daysSince1970: Int64

    /// Creates a date from year, month and day.
    ///
    /// - Parameters:
    ///   - year: 1 to 9999.
    ///   - month: 1 is January.
    ///   - day: 1 is the first of the month.
    /// - Throws: ``ICalendarError`` if the date does not exist.
    public init(year: Int, month: Int, day: Int) throws(ICalendarError) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Gregorian.daysInMonth(month, year: Int64(year))
        else {
            throw ICalendarError(
                code: .outOfRange, location: "date", problem: "year \(year), month \(month), day \(day)",
                next: "Use a date that exists, in the years 1 to 9999.")
        }
        daysSince1970 = Gregorian.days(year: Int64(year), month: month, day: day)
    }

    /// Creates a date from a number of days since 1970-01-01, limited to the years 1 to 9999.
    public init(clampingDays days: Int64) {
        let lowest = Gregorian.floorDivide(ClockFields.range.lowerBound, Gregorian.secondsPerDay).quotient
        let highest = Gregorian.floorDivide(ClockFields.range.upperBound, Gregorian.secondsPerDay).quotient
        daysSince1970 = days.clamped(to: lowest...highest)
    }

    /// The year, 1 to 9999.
    public var year: Int { Int(Gregorian.date(days: daysSince1970).year) }
    /// The month, 1 to 12.
    public var month: Int { Gregorian.date(days: daysSince1970).month }
    /// The day of the month, from 1.
    public var day: Int { Gregorian.date(days: daysSince1970).day }
    /// The day of the week: 0 is Sunday, 6 is Saturday.
    public var weekday: Int { Gregorian.weekday(days: daysSince1970) }

    /// Whether the first date is before the second.
    public static func < (first: Self, second: Self) -> Bool {
        first.daysSince1970 < second.daysSince1970
    }
}

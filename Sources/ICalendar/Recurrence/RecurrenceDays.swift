/// Whether a day matches the BY parts of a rule that concern days (RFC 5545 §3.3.10).
struct RecurrenceDays {
    private let rule: RecurrenceRule
    /// Whether the number in BYDAY counts within the month rather than the year.
    private let countsInMonth: Bool

    init(_ rule: RecurrenceRule) {
        self.rule = rule
        countsInMonth = rule.frequency == .monthly || !rule.months.isEmpty
    }

    /// Whether a day, in days since 1970-01-01, matches the rule.
    func contains(_ days: Int64) -> Bool {
        let date = Gregorian.date(days: days)
        if !rule.months.isEmpty, !rule.months.contains(date.month) { return false }
        if !rule.daysOfMonth.isEmpty {
            let length = Gregorian.daysInMonth(date.month, year: date.year)
            guard contains(rule.daysOfMonth, date.day, of: length) else { return false }
        }
        if !rule.daysOfYear.isEmpty {
            let index = Int(days - Gregorian.days(year: date.year, month: 1, day: 1)) + 1
            guard contains(rule.daysOfYear, index, of: Self.yearLength(date.year)) else { return false }
        }
        if !rule.weeks.isEmpty, !isInWeeks(days) { return false }
        return rule.daysOfWeek.isEmpty || isDayOfWeek(days, date)
    }

    /// Whether a number from 1 is listed, counted from the start or from the end.
    private func contains(_ list: [Int], _ index: Int, of length: Int) -> Bool {
        list.contains { $0 == index || $0 == index - length - 1 }
    }

    private func isDayOfWeek(_ days: Int64, _ date: (year: Int64, month: Int, day: Int)) -> Bool {
        let weekday = Gregorian.weekday(days: days)
        return rule.daysOfWeek.contains { wanted in
            guard wanted.weekday.rawValue == weekday else { return false }
            guard let ordinal = wanted.ordinal, rule.frequency == .monthly || rule.frequency == .yearly else {
                return true
            }
            let (index, length): (Int, Int)
            if countsInMonth {
                (index, length) = (date.day, Gregorian.daysInMonth(date.month, year: date.year))
            } else {
                index = Int(days - Gregorian.days(year: date.year, month: 1, day: 1)) + 1
                length = Self.yearLength(date.year)
            }
            return ordinal > 0 ? (index - 1) / 7 + 1 == ordinal : (length - index) / 7 + 1 == -ordinal
        }
    }

    /// Weeks start on WKST; the first one has at least four days in the year (RFC 5545 §3.3.10, ISO 8601).
    private func isInWeeks(_ days: Int64) -> Bool {
        let (year, week) = week(of: days)
        // December 28 is always in the last week.
        let last = self.week(of: Gregorian.days(year: year, month: 12, day: 28)).week
        return contains(rule.weeks, week, of: last)
    }

    private func week(of days: Int64) -> (year: Int64, week: Int) {
        let fourthDay = Self.startOfWeek(days, rule.weekStart) + 3
        let year = Gregorian.date(days: fourthDay).year
        return (year, Int(fourthDay - Gregorian.days(year: year, month: 1, day: 1)) / 7 + 1)
    }

    static func startOfWeek(_ days: Int64, _ start: RecurrenceRule.Weekday) -> Int64 {
        days - Int64((Gregorian.weekday(days: days) - start.rawValue + 7) % 7)
    }

    private static func yearLength(_ year: Int64) -> Int { Gregorian.isLeap(year) ? 366 : 365 }
}

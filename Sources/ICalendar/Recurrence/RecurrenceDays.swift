/// Whether a day matches the BY parts of a rule that concern days (RFC 5545 §3.3.10).
struct RecurrenceDays {
    /// Numbers from 1, counted from the start or, if negative, from the end.
    private struct Numbers {
        private var fromStart: [Bool]
        private var fromEnd: [Bool]
        let isEmpty: Bool

        init(_ numbers: [Int], largest: Int) {
            isEmpty = numbers.isEmpty
            fromStart = Array(repeating: false, count: largest + 1)
            fromEnd = fromStart
            for number in numbers where abs(number) <= largest {
                if number > 0 { fromStart[number] = true } else { fromEnd[-number] = true }
            }
        }

        /// Whether a number from 1 is one of them, where the last one is `length`.
        func contains(_ number: Int, of length: Int) -> Bool {
            contains(fromStart: number, fromEnd: length - number + 1)
        }

        func contains(fromStart number: Int, fromEnd other: Int) -> Bool { fromStart[number] || fromEnd[other] }
    }

    private let rule: RecurrenceRule
    private let daysOfMonth: Numbers
    private let daysOfYear: Numbers
    private let weeks: Numbers
    /// By weekday, whether every such day matches, and which ones do.
    private let isEvery: [Bool]
    private let ordinals: [Numbers]
    /// Whether the number in BYDAY counts within the month rather than the year.
    private let countsInMonth: Bool
    /// Whether every day matches.
    let isUnlimited: Bool

    /// The days after which the calendar repeats, weekdays included: 400 years.
    private static let cycle: Int64 = 146_097

    init(_ rule: RecurrenceRule) {
        self.rule = rule
        countsInMonth = rule.frequency == .monthly || !rule.months.isEmpty
        daysOfMonth = Numbers(rule.daysOfMonth, largest: 31)
        daysOfYear = Numbers(rule.daysOfYear, largest: 366)
        weeks = Numbers(rule.weeks, largest: 53)
        let hasOrdinals = rule.frequency == .monthly || rule.frequency == .yearly
        let days = RecurrenceRule.Weekday.allCases.map { day in rule.daysOfWeek.filter { $0.weekday == day } }
        isEvery = days.map { $0.contains { $0.ordinal == nil || !hasOrdinals } }
        ordinals = days.map { Numbers($0.compactMap(\.ordinal), largest: 53) }
        isUnlimited =
            rule.months.isEmpty && rule.daysOfMonth.isEmpty && rule.daysOfYear.isEmpty && rule.weeks.isEmpty
            && rule.daysOfWeek.isEmpty
    }

    /// The first day from one on that matches; nil if there is none up to a last one, or the work does not suffice.
    func next(_ day: Int64, through last: Int64, work: inout Int) -> Int64? {
        var day = day
        // What does not come within 400 years never comes.
        let last = min(last, day + Self.cycle)
        while day <= last {
            work -= 1
            guard work >= 0 else { return nil }
            if isUnlimited { return day }
            let date = Gregorian.date(days: day)
            if !rule.months.isEmpty, !rule.months.contains(date.month) {
                day += Int64(Gregorian.daysInMonth(date.month, year: date.year) - date.day + 1)
            } else if contains(day) {
                return day
            } else {
                day += 1
            }
        }
        return nil
    }

    /// Whether a day, in days since 1970-01-01, matches the rule.
    func contains(_ days: Int64) -> Bool {
        let date = Gregorian.date(days: days)
        if !rule.months.isEmpty, !rule.months.contains(date.month) { return false }
        if !daysOfMonth.isEmpty {
            let length = Gregorian.daysInMonth(date.month, year: date.year)
            guard daysOfMonth.contains(date.day, of: length) else { return false }
        }
        if !daysOfYear.isEmpty {
            let index = Int(days - Gregorian.days(year: date.year, month: 1, day: 1)) + 1
            guard daysOfYear.contains(index, of: Self.yearLength(date.year)) else { return false }
        }
        if !weeks.isEmpty, !isInWeeks(days) { return false }
        return rule.daysOfWeek.isEmpty || isDayOfWeek(days, date)
    }

    private func isDayOfWeek(_ days: Int64, _ date: (year: Int64, month: Int, day: Int)) -> Bool {
        let weekday = Gregorian.weekday(days: days)
        if isEvery[weekday] { return true }
        guard !ordinals[weekday].isEmpty else { return false }
        let (index, length): (Int, Int)
        if countsInMonth {
            (index, length) = (date.day, Gregorian.daysInMonth(date.month, year: date.year))
        } else {
            index = Int(days - Gregorian.days(year: date.year, month: 1, day: 1)) + 1
            length = Self.yearLength(date.year)
        }
        return ordinals[weekday].contains(fromStart: (index - 1) / 7 + 1, fromEnd: (length - index) / 7 + 1)
    }

    /// Weeks start on WKST; the first one has at least four days in the year (RFC 5545 §3.3.10, ISO 8601).
    private func isInWeeks(_ days: Int64) -> Bool {
        let (year, week) = week(of: days)
        // December 28 is always in the last week.
        let last = self.week(of: Gregorian.days(year: year, month: 12, day: 28)).week
        return weeks.contains(week, of: last)
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

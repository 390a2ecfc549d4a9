/// Arithmetic of the proleptic Gregorian calendar, on days counted from 1970-01-01.
enum Gregorian {
    static let secondsPerDay: Int64 = 86400

    /// Days before the first of each month in a year that begins in March, and so ends with the leap day.
    private static let daysBeforeMonth: [Int64] = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337]

    static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func daysInMonth(_ month: Int, year: Int64) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date; `month` is 1...12.
    static func days(year: Int64, month: Int, day: Int) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = floorDivide(marchYear, 400)
        let dayOfYear = daysBeforeMonth[(month + 9) % 12] + Int64(day) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The date `days` days after 1970-01-01.
    static func date(days: Int64) -> (year: Int64, month: Int, day: Int) {
        let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = Int(5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, Int(dayOfYear - daysBeforeMonth[marchMonth]) + 1)
    }

    /// 0 is Sunday.
    static func weekday(days: Int64) -> Int {
        Int(floorDivide(days + 4, 7).remainder)
    }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Year, month, day, hour, minute and second of a count of seconds since 1970-01-01T00:00:00 on any one clock.
struct ClockFields {
    /// 0001-01-01T00:00:00 to 9999-12-31T23:59:59, the range of a DATE-TIME (RFC 5545 §3.3.5).
    static let range: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int

    init(seconds: Int64) {
        let (days, secondOfDay) = Gregorian.floorDivide(seconds, Gregorian.secondsPerDay)
        let date = Gregorian.date(days: days)
        (year, month, day) = (Int(date.year), date.month, date.day)
        (hour, minute, second) = (Int(secondOfDay) / 3600, Int(secondOfDay) / 60 % 60, Int(secondOfDay) % 60)
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self {
        min(max(self, range.lowerBound), range.upperBound)
    }
}

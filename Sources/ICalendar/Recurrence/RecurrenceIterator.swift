/// The local start times of a recurrence rule, ascending (RFC 5545 §3.3.10).
///
/// DTSTART comes first, even if the rule does not match it.
///
/// The sequence ends with COUNT, UNTIL, the year 9999, or when the work limit is reached, since a rule may match
/// nothing.
public struct RecurrenceIterator: IteratorProtocol, Sequence {
    /// Whether the sequence ended because of the work limit, so that there may be more occurrences.
    public private(set) var isCutShort = false
    /// The number of dates and times that may still be examined.
    public private(set) var work: Int

    private let rule: RecurrenceRule
    private let days: RecurrenceDays
    private let start: Int64
    private let startDate: (year: Int64, month: Int, day: Int)
    private let zone: TimeZoneRules
    /// The seconds after the start of each unit in `units` at which an occurrence starts, ascending.
    private let offsets: [Int64]

    /// The matching units (days, hours, minutes or seconds, depending on FREQ) of the current period, by their first
    /// second.
    private var units: [Int64] = []
    /// The times of the period that BYSETPOS selects, by index; nil for all.
    private var chosen: [Int]?
    private var index = 0
    /// The number of intervals since the period of DTSTART.
    private var period: Int64 = 0
    private var returned = 0
    private var isDone = false
    /// The last second at which an occurrence may start.
    private var latest = ClockFields.range.upperBound

    /// Creates the sequence of a rule's local start times.
    ///
    /// - Parameters:
    ///   - rule: The recurrence rule.
    ///   - start: DTSTART, in the event's local time.
    ///   - zone: The event's time zone, needed only for an UNTIL in UTC.
    ///   - work: The maximum number of dates and times to examine.
    public init(
        _ rule: RecurrenceRule, from start: LocalDateTime, zone: TimeZoneRules = .utc, work: Int = 1_000_000
    ) {
        let rule = Self.completed(rule, start: start)
        self.rule = rule
        self.zone = zone
        self.work = work
        self.start = start.wallSeconds
        days = RecurrenceDays(rule)
        startDate = Gregorian.date(days: start.date.daysSince1970)
        offsets = Self.offsets(rule, start: start)
        units = [start.wallSeconds]
        chosen = [0]
        isAtStart = true
    }

    private var isAtStart: Bool

    /// Skips times before a wall time where that is cheap; no time at or after it is skipped.
    ///
    /// With COUNT, nothing is skipped where the number of occurrences before can only be known by finding them.
    mutating func skip(to wallSeconds: Int64) {
        guard rule.count == nil || isOnePerPeriod, wallSeconds > start else { return }
        let (from, to) = (periodNumber(of: start), periodNumber(of: wallSeconds))
        // One less, because the next step advances to the wanted period.
        period = Swift.max(0, (to - from) / Int64(clamping: rule.interval) - 1) - 1
        (units, chosen, isAtStart) = ([], nil, false)
        returned = Int(clamping: period + 1)
    }

    /// Ends the sequence after a wall time, so that a rule which matches nothing is not followed to the year 9999.
    mutating func end(after wallSeconds: Int64) { latest = Swift.min(latest, wallSeconds) }

    /// Whether each period of the rule has exactly one occurrence, DTSTART in the first.
    private var isOnePerPeriod: Bool {
        let parts = [
            rule.months, rule.weeks, rule.daysOfYear, rule.daysOfMonth, rule.hours, rule.minutes, rule.seconds,
        ]
        guard parts.allSatisfy(\.isEmpty), rule.daysOfWeek.isEmpty, rule.positions.isEmpty else { return false }
        switch rule.frequency {
        case .daily, .hourly, .minutely, .secondly: return true
        case .weekly, .monthly, .yearly: return false
        }
    }

    /// The next local start time, or nil at the end.
    public mutating func next() -> LocalDateTime? {
        while !isDone {
            let total = chosen?.count ?? units.count * timesPerUnit
            guard index < total else {
                if isAtStart { isAtStart = false } else { period += 1 }
                refill()
                continue
            }
            let time = self.time(chosen?[index] ?? index)
            index += 1
            if time < start || (time == start && !isAtStart && returned > 0) { continue }
            guard spend(1), isWithinEnd(time) else { break }
            returned += 1
            return LocalDateTime(clampingWallSeconds: time)
        }
        isDone = true
        return nil
    }

    private var timesPerUnit: Int { isAtStart ? 1 : offsets.count }

    private func time(_ index: Int) -> Int64 {
        isAtStart ? start : units[index / offsets.count] + offsets[index % offsets.count]
    }

    private func isWithinEnd(_ time: Int64) -> Bool {
        guard returned < rule.count ?? .max, time <= latest else { return false }
        switch rule.until {
        case .date(let date): return time < (date.daysSince1970 + 1) * Gregorian.secondsPerDay
        case .local(let last): return time <= last.wallSeconds
        case .utc(let last): return zone.utc(ofLocalSeconds: time).utcSeconds <= last.secondsSince1970
        case nil: return true
        }
    }

    private mutating func spend(_ amount: Int) -> Bool {
        work -= amount
        if work < 0 { isCutShort = true }
        return work >= 0
    }

    /// Computes the times of the current period; there may be none.
    private mutating func refill() {
        (index, chosen) = (0, nil)
        let interval = Int64(clamping: rule.interval)
        let (steps, isTooFar) = period.multipliedReportingOverflow(by: interval)
        guard !isTooFar, steps < 400_000_000_000 else { return isDone = true }
        switch rule.frequency {
        case .yearly: fillYear(startDate.year + steps)
        case .monthly: fillMonths(Int64(startDate.month) - 1 + steps)
        case .weekly:
            let first = RecurrenceDays.startOfWeek(
                Gregorian.floorDivide(start, Gregorian.secondsPerDay).quotient, rule.weekStart)
            fill(days: first + steps * 7..<first + steps * 7 + 7)
        case .daily:
            let day = Gregorian.floorDivide(start, Gregorian.secondsPerDay).quotient + steps
            fill(days: day..<day + 1)
        case .hourly: fillPart(of: 3600, interval)
        case .minutely: fillPart(of: 60, interval)
        case .secondly: fillPart(of: 1, interval)
        }
        if !rule.positions.isEmpty { choose() }
    }

    private mutating func fillYear(_ year: Int64) {
        guard year <= 9999 else { return isDone = true }
        guard !rule.months.isEmpty, rule.weeks.isEmpty, rule.daysOfYear.isEmpty else {
            let first = Gregorian.days(year: year, month: 1, day: 1)
            return fill(days: first..<first + (Gregorian.isLeap(year) ? 366 : 365))
        }
        units.removeAll(keepingCapacity: true)
        for month in 1...12 where rule.months.contains(month) { addMonth(year, month) }
    }

    private mutating func fillMonths(_ number: Int64) {
        let (years, month) = Gregorian.floorDivide(number, 12)
        guard startDate.year + years <= 9999 else { return isDone = true }
        units.removeAll(keepingCapacity: true)
        guard rule.months.isEmpty || rule.months.contains(Int(month) + 1) else {
            isDone = !spend(1)
            return
        }
        addMonth(startDate.year + years, Int(month) + 1)
    }

    private mutating func addMonth(_ year: Int64, _ month: Int) {
        let first = Gregorian.days(year: year, month: month, day: 1)
        add(days: first..<first + Int64(Gregorian.daysInMonth(month, year: year)))
    }

    private mutating func fill(days range: Range<Int64>) {
        units.removeAll(keepingCapacity: true)
        add(days: range)
    }

    private mutating func add(days range: Range<Int64>) {
        guard range.lowerBound * Gregorian.secondsPerDay <= latest, spend(range.count) else {
            return isDone = true
        }
        for day in range where days.contains(day) { units.append(day * Gregorian.secondsPerDay) }
    }

    /// Finds the next hour, minute or second that matches, skipping whole units that one part of the rule excludes.
    private mutating func fillPart(of unit: Int64, _ interval: Int64) {
        units.removeAll(keepingCapacity: true)
        let base = Gregorian.floorDivide(start, unit).quotient * unit
        let step = unit.multipliedReportingOverflow(by: interval)
        guard !step.overflow else { return isDone = true }
        while true {
            let offset = period.multipliedReportingOverflow(by: step.partialValue)
            guard !offset.overflow, offset.partialValue <= latest - base, spend(1) else {
                return isDone = true
            }
            let time = base + offset.partialValue
            guard let next = nextCandidate(after: time, unit) else { return units = [time] }
            period = (next - base + step.partialValue - 1) / step.partialValue
        }
    }

    /// Nil if the time matches; otherwise, the first second at which the part that excludes it may match.
    private func nextCandidate(after time: Int64, _ unit: Int64) -> Int64? {
        let (day, second) = Gregorian.floorDivide(time, Gregorian.secondsPerDay)
        if !days.contains(day) { return (day + 1) * Gregorian.secondsPerDay }
        let (hour, minute) = (Int(second) / 3600, Int(second) / 60 % 60)
        if let next = Self.next(in: rule.hours, from: hour, of: 24) {
            return time - second % 3600 + Int64(next - hour) * 3600
        }
        if unit < 3600, let next = Self.next(in: rule.minutes, from: minute, of: 60) {
            return time - second % 60 + Int64(next - minute) * 60
        }
        if unit < 60, let next = Self.next(in: rule.seconds, from: Int(second) % 60, of: 60) {
            return time - second % 60 + Int64(next)
        }
        return nil
    }

    /// The next number of a list, or the first one behind all; nil where the list is empty or has the number itself.
    private static func next(in list: [Int], from number: Int, of count: Int) -> Int? {
        guard !list.isEmpty, !list.contains(number) else { return nil }
        return list.filter { $0 > number && $0 < count }.min() ?? count
    }

    /// Applies BYSETPOS: the nth times of the period, from its start or its end (RFC 5545 §3.3.10).
    private mutating func choose() {
        let total = units.count * offsets.count
        let indices = rule.positions.map { $0 > 0 ? $0 - 1 : total + $0 }.filter { (0..<total).contains($0) }
        chosen = Set(indices).sorted()
    }

    private func periodNumber(of wallSeconds: Int64) -> Int64 {
        let day = Gregorian.floorDivide(wallSeconds, Gregorian.secondsPerDay).quotient
        let date = Gregorian.date(days: day)
        switch rule.frequency {
        case .yearly: return date.year
        case .monthly: return date.year * 12 + Int64(date.month)
        case .weekly:
            return Gregorian.floorDivide(RecurrenceDays.startOfWeek(day, rule.weekStart), 7).quotient
        case .daily: return day
        case .hourly: return Gregorian.floorDivide(wallSeconds, 3600).quotient
        case .minutely: return Gregorian.floorDivide(wallSeconds, 60).quotient
        case .secondly: return wallSeconds
        }
    }
}

extension RecurrenceIterator {
    /// The rule, with missing parts derived from DTSTART (RFC 5545 §3.3.10).
    private static func completed(_ rule: RecurrenceRule, start: LocalDateTime) -> RecurrenceRule {
        var rule = rule
        rule.interval = Swift.max(1, rule.interval)
        guard rule.daysOfWeek.isEmpty, rule.daysOfMonth.isEmpty, rule.daysOfYear.isEmpty else { return rule }
        switch rule.frequency {
        case .yearly where !rule.weeks.isEmpty, .weekly:
            rule.daysOfWeek = RecurrenceRule.Weekday(rawValue: start.date.weekday).map { [.init($0)] } ?? []
        case .yearly:
            if rule.months.isEmpty { rule.months = [start.date.month] }
            rule.daysOfMonth = [start.date.day]
        case .monthly: rule.daysOfMonth = [start.date.day]
        case .daily, .hourly, .minutely, .secondly: break
        }
        return rule
    }

    /// All times within a unit, in seconds after its start.
    private static func offsets(_ rule: RecurrenceRule, start: LocalDateTime) -> [Int64] {
        var (hours, minutes, seconds) = ([0], [0], [0])
        switch rule.frequency {
        case .yearly, .monthly, .weekly, .daily:
            hours = rule.hours.isEmpty ? [start.hour] : rule.hours
            minutes = rule.minutes.isEmpty ? [start.minute] : rule.minutes
            seconds = rule.seconds.isEmpty ? [start.second] : rule.seconds
        case .hourly:
            minutes = rule.minutes.isEmpty ? [start.minute] : rule.minutes
            seconds = rule.seconds.isEmpty ? [start.second] : rule.seconds
        case .minutely: seconds = rule.seconds.isEmpty ? [start.second] : rule.seconds
        case .secondly: break
        }
        var offsets: Set<Int64> = []
        for hour in Set(hours) {
            for minute in Set(minutes) {
                // A leap second is treated as the second before it.
                for second in Set(seconds) { offsets.insert(Int64(hour * 3600 + minute * 60 + Swift.min(second, 59))) }
            }
        }
        return offsets.sorted()
    }
}

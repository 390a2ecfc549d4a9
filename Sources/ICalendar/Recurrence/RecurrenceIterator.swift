/// The wall times at which a rule lets an event start, ascending: DTSTART first, whether the rule has it or not.
///
/// It ends with COUNT, UNTIL or the year 9999, and after a bounded amount of work: a rule may have no occurrence for ever.
public struct RecurrenceIterator: IteratorProtocol, Sequence {
    /// Whether it ended for too much work, so that there may be more occurrences.
    public private(set) var isCutShort = false
    /// How many days and times it may look at still.
    public private(set) var work: Int

    private let rule: RecurrenceRule
    private let days: RecurrenceDays
    private let start: Int64
    private let startDate: (year: Int64, month: Int, day: Int)
    private let zone: TimeZoneRules
    /// Seconds after the start of each unit in `units` at which an occurrence starts, ascending.
    private let offsets: [Int64]

    /// The units (days, hours, minutes or seconds, as the rule has them) of the period at hand, by their first second.
    private var units: [Int64] = []
    /// What is chosen by BYSETPOS among the times of the period; nil where all are.
    private var chosen: [Int]?
    private var place = 0
    /// Periods since that of DTSTART, counted in intervals.
    private var period: Int64 = 0
    private var given = 0
    private var isDone = false

    /// The occurrences of a rule.
    ///
    /// - Parameters:
    ///   - rule: Which days and times.
    ///   - start: DTSTART on the clock of the event.
    ///   - zone: That clock, which only an UNTIL in UTC needs.
    ///   - work: How many days and times may be looked at.
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

    /// Passes over what lies before a wall time, as far as that is cheap; nothing at or after it is lost.
    ///
    /// With COUNT everything must be counted, and so nothing is passed over.
    mutating func skip(to wallSeconds: Int64) {
        guard rule.count == nil, wallSeconds > start else { return }
        let (from, to) = (periodNumber(of: start), periodNumber(of: wallSeconds))
        // One less: the next step goes on to the period wanted.
        period = Swift.max(0, (to - from) / Int64(clamping: rule.interval) - 1) - 1
        (units, chosen, isAtStart) = ([], nil, false)
    }

    /// The next wall time; nil at the end.
    public mutating func next() -> LocalDateTime? {
        while !isDone {
            let total = chosen?.count ?? units.count * timesPerUnit
            guard place < total else {
                if isAtStart { isAtStart = false } else { period += 1 }
                refill()
                continue
            }
            let time = self.time(chosen?[place] ?? place)
            place += 1
            if time < start || (time == start && !isAtStart && given > 0) { continue }
            guard spend(1), isWithinEnd(time) else { break }
            given += 1
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
        guard given < rule.count ?? .max, time <= ClockFields.range.upperBound else { return false }
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

    /// The times of the period at hand; empty where the rule has none in it.
    private mutating func refill() {
        (place, chosen) = (0, nil)
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
        guard range.lowerBound * Gregorian.secondsPerDay <= ClockFields.range.upperBound, spend(range.count) else {
            return isDone = true
        }
        for day in range where days.contains(day) { units.append(day * Gregorian.secondsPerDay) }
    }

    /// The next hour, minute or second that the rule lets through; others are passed over as far as one part rules them out.
    private mutating func fillPart(of unit: Int64, _ interval: Int64) {
        units.removeAll(keepingCapacity: true)
        let base = Gregorian.floorDivide(start, unit).quotient * unit
        let step = unit.multipliedReportingOverflow(by: interval)
        guard !step.overflow else { return isDone = true }
        while true {
            let offset = period.multipliedReportingOverflow(by: step.partialValue)
            guard !offset.overflow, offset.partialValue <= ClockFields.range.upperBound - base, spend(1) else {
                return isDone = true
            }
            let time = base + offset.partialValue
            guard let next = nextCandidate(after: time, unit) else { return units = [time] }
            period = (next - base + step.partialValue - 1) / step.partialValue
        }
    }

    /// Nil where the time is let through, else the first second that what rules it out can let through.
    private func nextCandidate(after time: Int64, _ unit: Int64) -> Int64? {
        let (day, second) = Gregorian.floorDivide(time, Gregorian.secondsPerDay)
        if !days.contains(day) { return (day + 1) * Gregorian.secondsPerDay }
        if !rule.hours.isEmpty, !rule.hours.contains(Int(second) / 3600) { return time - second % 3600 + 3600 }
        if unit < 3600, !rule.minutes.isEmpty, !rule.minutes.contains(Int(second) / 60 % 60) {
            return time - second % 60 + 60
        }
        if unit < 60, !rule.seconds.isEmpty, !rule.seconds.contains(Int(second) % 60) { return time + 1 }
        return nil
    }

    /// BYSETPOS: the nth times of the period, from its start or its end (RFC 5545 §3.3.10).
    private mutating func choose() {
        let total = units.count * offsets.count
        let places = rule.positions.map { $0 > 0 ? $0 - 1 : total + $0 }.filter { (0..<total).contains($0) }
        chosen = Set(places).sorted()
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
    /// The rule with what DTSTART says where the rule says nothing (RFC 5545 §3.3.10, “derived from DTSTART”).
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

    /// All times within a unit, as seconds after its first one.
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
                // A leap second is taken for the one before.
                for second in Set(seconds) { offsets.insert(Int64(hour * 3600 + minute * 60 + Swift.min(second, 59))) }
            }
        }
        return offsets.sorted()
    }
}

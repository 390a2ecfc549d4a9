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
    /// The periods of a rule that repeats daily or more often; nil for any other.
    private let periods: RecurrencePeriods?
    private let start: Int64
    private let startDate: (year: Int64, month: Int, day: Int)
    private let zone: TimeZoneRules
    /// The seconds after the start of each unit in `units` at which an occurrence starts, ascending.
    private let offsets: [Int64]

    /// The first and the last wall time that are wanted.
    private var first = Int64.min
    private var last = ClockFields.range.upperBound

    /// The matching units (days, hours, minutes or seconds, depending on FREQ) of the current period, by their first
    /// second.
    private var units: [Int64] = []
    /// The times of the period that BYSETPOS selects, by index; nil for all.
    private var chosen: [Int]?
    private var index = 0
    /// The number of intervals since the period of DTSTART.
    private var period: Int64 = 0
    /// The number of periods without a time since the last one that had one.
    private var emptyPeriods = 0
    private var returned = 0
    private var isAtStart = true
    private var isDone = false

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
        let rule = rule.completed(start: start)
        self.rule = rule
        self.zone = zone
        self.start = start.wallSeconds
        days = RecurrenceDays(rule)
        startDate = Gregorian.date(days: start.date.daysSince1970)
        let times = rule.timesWithinUnit(start: start)
        let isAffordable = work >= times.count
        offsets = isAffordable ? times.offsets() : [0]
        periods = isAffordable ? RecurrencePeriods(rule, start: start.wallSeconds) : nil
        self.work = work - times.count - (periods?.size ?? 0)
        if self.work < 0 { (isCutShort, isDone) = (true, true) }
        units = [start.wallSeconds]
        chosen = [0]
    }

    /// Leaves out the times before a wall time, and those after another one, without visiting most of them.
    ///
    /// With COUNT, those before are counted: period by period, or day by day for a rule that repeats daily or more often, and by
    /// arithmetic where every day matches.
    mutating func restrict(from first: Int64 = .min, through last: Int64) {
        self.last = Swift.min(last, self.last)
        guard first > start, !isDone else { return }
        self.first = first
        let interval = Int64(clamping: rule.interval)
        let target = (periodNumber(of: first) - periodNumber(of: start)) / interval
        isAtStart = false
        if rule.count == nil {
            period = target
        } else {
            returned = 1
            count(before: target)
        }
        // The next step advances to the period.
        period -= 1
        (units, chosen, index) = ([], nil, 0)
    }

    /// The next local start time, or nil at the end.
    public mutating func next() -> LocalDateTime? {
        while !isDone {
            guard index < total else {
                advance()
                continue
            }
            let time = self.time(index)
            index += 1
            guard spend(1), isWithinEnd(time) else { break }
            returned += 1
            return LocalDateTime(clampingWallSeconds: time)
        }
        isDone = true
        return nil
    }

    /// The number of times of the current period.
    private var total: Int { chosen?.count ?? units.count * (isAtStart ? 1 : offsets.count) }

    private func time(_ index: Int) -> Int64 {
        if isAtStart { return start }
        let index = chosen?[index] ?? index
        return units[index / offsets.count] + offsets[index % offsets.count]
    }

    /// The index of the first time of the current period that is not before another one.
    private func index(of wallSeconds: Int64) -> Int {
        var (low, high) = (0, total)
        while low < high {
            let middle = (low + high) / 2
            if time(middle) < wallSeconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func isWithinEnd(_ time: Int64) -> Bool {
        guard returned < rule.count ?? .max, time <= last else { return false }
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
}

// MARK: Periods

extension RecurrenceIterator {
    /// Advances to the next period, and to its first time that is wanted.
    private mutating func advance() {
        if isAtStart { isAtStart = false } else { period += 1 }
        refill()
        guard !isDone else { return }
        // Before DTSTART there is nothing, and DTSTART itself comes only once.
        let begin = index(of: returned > 0 ? start + 1 : start)
        index = Swift.max(begin, index(of: first))
        returned = returned.saturatingAdd(index - begin)
    }

    /// Computes the times of the current period, or of a later one if there are none for certain.
    private mutating func refill() {
        (index, chosen) = (0, nil)
        units.removeAll(keepingCapacity: true)
        fill()
        if !rule.positions.isEmpty { choose() }
        emptyPeriods = total == 0 ? emptyPeriods + 1 : 0
        if emptyPeriods > periodsOfCycle { isDone = true }
    }

    /// The number of periods after which none has a time if these have none: 400 years, after which the calendar repeats.
    private var periodsOfCycle: Int {
        switch rule.frequency {
        case .yearly: 400
        case .monthly: 4800
        case .weekly: 20_871
        // Only BYSETPOS leaves such a period without a time, and then each.
        case .daily, .hourly, .minutely, .secondly: 0
        }
    }

    private mutating func fill() {
        if let periods { return fill(periods) }
        let (steps, isTooFar) = period.multipliedReportingOverflow(by: Int64(clamping: rule.interval))
        guard !isTooFar, steps < 400_000_000_000 else { return isDone = true }
        switch rule.frequency {
        case .yearly: fillYear(startDate.year + steps)
        case .monthly: fillMonth(Int64(startDate.month) - 1 + steps)
        case .weekly:
            let first = RecurrenceDays.startOfWeek(
                Gregorian.floorDivide(start, Gregorian.secondsPerDay).quotient, rule.weekStart)
            add(days: first + steps * 7..<first + steps * 7 + 7)
        case .daily, .hourly, .minutely, .secondly: isDone = true
        }
    }

    private mutating func fillYear(_ year: Int64) {
        guard year <= 9999 else { return isDone = true }
        guard !rule.months.isEmpty, rule.weeks.isEmpty, rule.daysOfYear.isEmpty else {
            let first = Gregorian.days(year: year, month: 1, day: 1)
            return add(days: first..<first + (Gregorian.isLeap(year) ? 366 : 365))
        }
        for month in 1...12 where rule.months.contains(month) { addMonth(year, month) }
    }

    private mutating func fillMonth(_ number: Int64) {
        let (years, month) = Gregorian.floorDivide(number, 12)
        guard startDate.year + years <= 9999 else { return isDone = true }
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

    private mutating func add(days range: Range<Int64>) {
        guard range.lowerBound * Gregorian.secondsPerDay <= last, spend(range.count) else {
            // An earlier month of the same year may have days that are wanted.
            isDone = units.isEmpty
            return
        }
        for day in range where days.contains(day) { units.append(day * Gregorian.secondsPerDay) }
    }

    /// Finds the next period that matches, from the current one on.
    private mutating func fill(_ periods: RecurrencePeriods) {
        while spend(1), let next = periods.next(period), let time = periods.start(of: next), time <= last {
            period = next
            let day = Gregorian.floorDivide(time, Gregorian.secondsPerDay).quotient
            guard let match = nextDay(day) else { break }
            guard match > day else { return units.append(time) }
            period = periods.first(atOrAfter: match * Gregorian.secondsPerDay)
        }
        isDone = true
    }

    private mutating func nextDay(_ day: Int64) -> Int64? {
        let last = Gregorian.floorDivide(last, Gregorian.secondsPerDay).quotient
        let match = days.next(day, through: last, work: &work)
        if work < 0 { isCutShort = true }
        return match
    }

    /// Applies BYSETPOS: the nth times of the period, from its start or its end (RFC 5545 §3.3.10).
    private mutating func choose() {
        let total = units.count * offsets.count
        let indices = rule.positions.map { $0 > 0 ? $0 - 1 : total + $0 }.filter { (0..<total).contains($0) }
        chosen = Set(indices).sorted()
    }

    // MARK: COUNT

    /// Counts the times of the periods before one; afterwards, that is the current one.
    private mutating func count(before target: Int64) {
        while period < target, !isDone, returned < rule.count ?? .max {
            refill()
            guard !isDone, period < target else { break }
            returned = returned.saturatingAdd(total - index(of: start + 1))
            period += 1
            if let periods, period < target { countByArithmetic(periods, before: target) }
        }
        if returned >= rule.count ?? .max { isDone = true }
    }

    /// Counts the times of periods of which each has as many as the current one.
    private mutating func countByArithmetic(_ periods: RecurrencePeriods, before target: Int64) {
        let timesOfEach = total
        guard !days.isUnlimited else {
            add(periods.count(period..<target), timesOfEach)
            period = target
            return
        }
        while period < target, !isDone, returned < rule.count ?? .max {
            guard let time = periods.start(of: period) else { return isDone = true }
            let day = Gregorian.floorDivide(time, Gregorian.secondsPerDay).quotient
            guard let match = nextDay(day) else { return isDone = true }
            let from = Swift.max(period, periods.first(atOrAfter: match * Gregorian.secondsPerDay))
            period = Swift.min(target, periods.first(atOrAfter: (match + 1) * Gregorian.secondsPerDay))
            if from < period { add(periods.count(from..<period), timesOfEach) }
        }
    }

    private mutating func add(_ periods: Int64, _ timesOfEach: Int) {
        let (times, isTooMany) = Int(clamping: periods).multipliedReportingOverflow(by: timesOfEach)
        returned = isTooMany ? .max : returned.saturatingAdd(times)
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

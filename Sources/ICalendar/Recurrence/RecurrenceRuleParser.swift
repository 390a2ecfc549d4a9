/// Parses a value of type RECUR (RFC 5545 §3.3.10).
struct RecurrenceRuleParser {
    let isStrict: Bool

    /// Enough for every minute of a day, and more than any rule needs.
    private static let mostValues = 1500
    private var seen: Set<String> = []

    init(isStrict: Bool) {
        self.isStrict = isStrict
    }

    mutating func rule(_ text: String) throws(ICalendarError) -> RecurrenceRule {
        var frequency: RecurrenceRule.Frequency?
        var parts: [(name: String, value: Substring)] = []
        for part in text.split(separator: ";", omittingEmptySubsequences: !isStrict) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { throw malformed("a part without “=”") }
            let name = halves[0].uppercased()
            guard seen.insert(name).inserted || !isStrict else { throw malformed("\(Token.printable(name)) twice") }
            if name == "FREQ" { frequency = .init(rawValue: halves[1].uppercased()) }
            parts.append((name, halves[1]))
        }
        guard let frequency else { throw malformed("no valid FREQ") }
        var rule = RecurrenceRule(frequency)
        for part in parts { try read(part.name, part.value, into: &rule) }
        if isStrict { try check(rule) }
        return rule
    }

    private func read(
        _ name: String, _ value: Substring, into rule: inout RecurrenceRule
    ) throws(ICalendarError) {
        switch name {
        case "FREQ": break
        case "UNTIL": rule.until = try until(value)
        case "COUNT": rule.count = try number(value, 1...Int.max, of: name)
        case "INTERVAL": rule.interval = try number(value, 1...Int.max, of: name)
        case "BYSECOND": rule.seconds = try numbers(value, 0...60, of: name)
        case "BYMINUTE": rule.minutes = try numbers(value, 0...59, of: name)
        case "BYHOUR": rule.hours = try numbers(value, 0...23, of: name)
        case "BYDAY": rule.daysOfWeek = try days(value)
        case "BYMONTHDAY": rule.daysOfMonth = try signedNumbers(value, 31, of: name)
        case "BYYEARDAY": rule.daysOfYear = try signedNumbers(value, 366, of: name)
        case "BYWEEKNO": rule.weeks = try signedNumbers(value, 53, of: name)
        case "BYMONTH": rule.months = try numbers(value, 1...12, of: name)
        case "BYSETPOS": rule.positions = try signedNumbers(value, 366, of: name)
        case "WKST":
            guard let day = RecurrenceRule.Weekday(value.uppercased()) else {
                throw malformed("a WKST that is not a weekday")
            }
            rule.weekStart = day
        default:
            // A part that changes the meaning, such as RSCALE (RFC 7529), must not be ignored.
            guard !isStrict, name.hasPrefix("X-") else { throw malformed("an unsupported part") }
        }
    }

    /// Checks for combinations of parts that RFC 5545 §3.3.10 does not allow.
    private func check(_ rule: RecurrenceRule) throws(ICalendarError) {
        let isLong = rule.frequency == .monthly || rule.frequency == .yearly
        if rule.count != nil, rule.until != nil { throw malformed("both COUNT and UNTIL") }
        if rule.daysOfWeek.contains(where: { $0.ordinal != nil }), !isLong || !rule.weeks.isEmpty {
            throw malformed("a number in BYDAY that FREQ or BYWEEKNO does not allow")
        }
        if !rule.daysOfMonth.isEmpty, rule.frequency == .weekly { throw malformed("BYMONTHDAY with FREQ=WEEKLY") }
        if !rule.daysOfYear.isEmpty, [.daily, .weekly, .monthly].contains(rule.frequency) {
            throw malformed("BYYEARDAY with FREQ=DAILY, WEEKLY or MONTHLY")
        }
        if !rule.weeks.isEmpty, rule.frequency != .yearly { throw malformed("BYWEEKNO without FREQ=YEARLY") }
        let isChosen =
            [
                rule.seconds, rule.minutes, rule.hours, rule.daysOfMonth, rule.daysOfYear, rule.weeks, rule.months,
            ].contains { !$0.isEmpty } || !rule.daysOfWeek.isEmpty
        if !rule.positions.isEmpty, !isChosen { throw malformed("BYSETPOS without another BY part") }
    }

    private func until(_ value: Substring) throws(ICalendarError) -> RecurrenceRule.Until {
        let bytes = Array(value.utf8)
        if let date = Times.date(bytes.span) { return .date(date) }
        switch Times.dateTime(bytes.span) {
        case .utc(let instant): return .utc(instant)
        case .local(let time): return .local(time)
        case nil: throw malformed("an UNTIL that is neither a date nor a time")
        }
    }

    private func days(_ value: Substring) throws(ICalendarError) -> [RecurrenceRule.DayOfWeek] {
        var days: [RecurrenceRule.DayOfWeek] = []
        for item in try items(value, of: "BYDAY") {
            guard let day = RecurrenceRule.Weekday(item.suffix(2).uppercased()) else {
                throw malformed("a BYDAY that is not a weekday")
            }
            let ordinal = item.dropLast(2)
            days.append(
                .init(day, ordinal: ordinal.isEmpty ? nil : try signedNumbers(ordinal, 53, of: "BYDAY").first))
        }
        return days
    }

    private func signedNumbers(
        _ value: Substring, _ largest: Int, of name: String
    ) throws(ICalendarError) -> [Int] {
        let numbers = try numbers(value, -largest...largest, of: name)
        guard !numbers.contains(0) else { throw malformed("0 in \(name)") }
        return numbers
    }

    private func numbers(
        _ value: Substring, _ range: ClosedRange<Int>, of name: String
    ) throws(ICalendarError) -> [Int] {
        var numbers: [Int] = []
        for item in try items(value, of: name) { numbers.append(try number(item, range, of: name)) }
        return numbers
    }

    private func items(_ value: Substring, of name: String) throws(ICalendarError) -> [Substring] {
        if value.isEmpty, !isStrict { return [] }
        let items = value.split(separator: ",", omittingEmptySubsequences: false)
        guard items.count <= Self.mostValues else { throw malformed("\(items.count) values in \(name)") }
        return items
    }

    private func number(
        _ text: Substring, _ range: ClosedRange<Int>, of name: String
    ) throws(ICalendarError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw malformed("a value of \(name) that is not in \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func malformed(_ problem: String) -> ICalendarError {
        ICalendarError(
            code: .malformedValue, location: "recurrence rule", problem: problem,
            next: "See RFC 5545 §3.3.10.")
    }
}

/// The rule by which an event recurs: RRULE, of type RECUR (RFC 5545 §3.3.10).
public struct RecurrenceRule: Hashable, Sendable {
    /// The unit of time in which occurrences come, FREQ.
    public enum Frequency: String, Hashable, Sendable, CaseIterable {
        /// Within each second named.
        case secondly = "SECONDLY"
        /// Within each minute named.
        case minutely = "MINUTELY"
        /// Within each hour named.
        case hourly = "HOURLY"
        /// Within each day named.
        case daily = "DAILY"
        /// Within each week named.
        case weekly = "WEEKLY"
        /// Within each month named.
        case monthly = "MONTHLY"
        /// Within each year named.
        case yearly = "YEARLY"
    }

    /// A day of the week.
    public enum Weekday: Int, Hashable, Sendable, CaseIterable {
        /// The days, numbered as by ``CivilDate/weekday``.
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday

        /// The two letters of RFC 5545.
        var text: String { Self.texts[rawValue] }

        init?(_ text: some StringProtocol) {
            guard let place = Self.texts.firstIndex(where: { $0 == text }) else { return nil }
            self.init(rawValue: place)
        }

        private static let texts = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
    }

    /// A part of BYDAY: each such day, or the nth of them within month or year.
    public struct DayOfWeek: Hashable, Sendable {
        /// The nth from the start, or from the end when negative; nil for each one.
        public let ordinal: Int?
        /// The day.
        public let weekday: Weekday

        /// Each such day, or the nth.
        public init(_ weekday: Weekday, ordinal: Int? = nil) {
            self.ordinal = ordinal
            self.weekday = weekday
        }
    }

    /// The last time at which an occurrence can start, UNTIL.
    public enum Until: Hashable, Sendable {
        /// On that day still.
        case date(CivilDate)
        /// At that instant still.
        case utc(UTCDateTime)
        /// At that wall time still, for events that float.
        case local(LocalDateTime)
    }

    /// The unit of time.
    public var frequency: Frequency
    /// Every how many units; at least 1.
    public var interval = 1
    /// How many occurrences there are at most.
    public var count: Int?
    /// When the last one can start.
    public var until: Until?
    /// Seconds 0 to 60.
    public var seconds: [Int] = []
    /// Minutes 0 to 59.
    public var minutes: [Int] = []
    /// Hours 0 to 23.
    public var hours: [Int] = []
    /// Days of the week.
    public var daysOfWeek: [DayOfWeek] = []
    /// Days of the month, 1 to 31 or from its end -31 to -1.
    public var daysOfMonth: [Int] = []
    /// Days of the year, 1 to 366 or from its end -366 to -1.
    public var daysOfYear: [Int] = []
    /// Weeks of the year, 1 to 53 or from its end -53 to -1; week 1 has at least four days in the year.
    public var weeks: [Int] = []
    /// Months, 1 is January.
    public var months: [Int] = []
    /// Which of the occurrences within one unit are meant, 1 to 366 or from the end -366 to -1.
    public var positions: [Int] = []
    /// The day on which a week starts.
    public var weekStart = Weekday.monday

    /// A rule that has nothing but a unit.
    public init(_ frequency: Frequency) {
        self.frequency = frequency
    }

    /// A rule from its text, such as `FREQ=MONTHLY;BYDAY=-1FR;COUNT=6`.
    ///
    /// - Parameter text: A value of type RECUR by the letter of RFC 5545 §3.3.10.
    /// - Throws: ``ICalendarError`` with code `malformed-value` for anything else.
    public init(_ text: String) throws(ICalendarError) {
        var parser = RecurrenceRuleParser(isStrict: true)
        self = try parser.rule(text)
    }

    /// A rule as it can be met: both COUNT and UNTIL, parts that mean nothing with this FREQ, empty and unknown `X-` parts.
    init(lenient text: String) throws(ICalendarError) {
        var parser = RecurrenceRuleParser(isStrict: false)
        self = try parser.rule(text)
    }

    /// The value of type RECUR, FREQ first.
    public var text: String {
        parts.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
    }

    /// All parts that say something, in their order.
    public var parts: [(name: String, value: String)] {
        var parts = [("FREQ", frequency.rawValue)]
        if let until { parts.append(("UNTIL", until.text)) }
        if let count { parts.append(("COUNT", String(count))) }
        if interval != 1 { parts.append(("INTERVAL", String(interval))) }
        let days = daysOfWeek.map { day in (day.ordinal.map { String($0) } ?? "") + day.weekday.text }
        let numbers: [(String, [Int])] = [
            ("BYSECOND", seconds), ("BYMINUTE", minutes), ("BYHOUR", hours), ("BYMONTHDAY", daysOfMonth),
            ("BYYEARDAY", daysOfYear), ("BYWEEKNO", weeks), ("BYMONTH", months), ("BYSETPOS", positions),
        ]
        if !days.isEmpty { parts.append(("BYDAY", days.joined(separator: ","))) }
        for (name, values) in numbers where !values.isEmpty {
            parts.append((name, values.map { String($0) }.joined(separator: ",")))
        }
        if weekStart != .monday { parts.append(("WKST", weekStart.text)) }
        return parts
    }
}

extension RecurrenceRule.Until {
    var text: String {
        var bytes: [UInt8] = []
        switch self {
        case .date(let date): bytes.appendDate(ClockFields(seconds: date.daysSince1970 * Gregorian.secondsPerDay))
        case .utc(let instant): bytes.append(instant)
        case .local(let time): bytes.appendDateTime(ClockFields(seconds: time.wallSeconds))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

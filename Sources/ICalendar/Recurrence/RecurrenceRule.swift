/// A recurrence rule: the value of RRULE, of type RECUR (RFC 5545 §3.3.10).
public struct RecurrenceRule: Hashable, Sendable {
    /// The unit of repetition, FREQ.
    public enum Frequency: String, Hashable, Sendable, CaseIterable {
        /// Every second.
        case secondly = "SECONDLY"
        /// Every minute.
        case minutely = "MINUTELY"
        /// Every hour.
        case hourly = "HOURLY"
        /// Every day.
        case daily = "DAILY"
        /// Every week.
        case weekly = "WEEKLY"
        /// Every month.
        case monthly = "MONTHLY"
        /// Every year.
        case yearly = "YEARLY"
    }

    /// A day of the week.
    public enum Weekday: Int, Hashable, Sendable, CaseIterable {
        /// A day, numbered as in ``CivilDate/weekday``.
        case sunday, monday, tuesday, wednesday, thursday, friday, saturday

        /// The two-letter abbreviation of RFC 5545.
        var text: String { Self.texts[rawValue] }

        init?(_ text: some StringProtocol) {
            guard let index = Self.texts.firstIndex(where: { $0 == text }) else { return nil }
            self.init(rawValue: index)
        }

        private static let texts = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
    }

    /// An element of BYDAY: every such weekday, or the nth one within the month or year.
    public struct DayOfWeek: Hashable, Sendable {
        /// The number from the start or, if negative, from the end; nil for every such day.
        public let ordinal: Int?
        /// The weekday.
        public let weekday: Weekday

        /// Creates an element for every such weekday, or for the nth one.
        public init(_ weekday: Weekday, ordinal: Int? = nil) {
            self.ordinal = ordinal
            self.weekday = weekday
        }
    }

    /// The latest start of an occurrence, inclusive: UNTIL.
    public enum Until: Hashable, Sendable {
        /// A date.
        case date(CivilDate)
        /// An instant.
        case utc(UTCDateTime)
        /// A local time, for floating events.
        case local(LocalDateTime)
    }

    /// The unit of repetition, FREQ.
    public var frequency: Frequency
    /// The interval in units, at least 1.
    public var interval = 1
    /// The maximum number of occurrences, COUNT.
    public var count: Int?
    /// The latest start, UNTIL.
    public var until: Until?
    /// BYSECOND: 0 to 60.
    public var seconds: [Int] = []
    /// BYMINUTE: 0 to 59.
    public var minutes: [Int] = []
    /// BYHOUR: 0 to 23.
    public var hours: [Int] = []
    /// BYDAY: the days of the week.
    public var daysOfWeek: [DayOfWeek] = []
    /// BYMONTHDAY: 1 to 31, or -31 to -1 from the end of the month.
    public var daysOfMonth: [Int] = []
    /// BYYEARDAY: 1 to 366, or -366 to -1 from the end of the year.
    public var daysOfYear: [Int] = []
    /// BYWEEKNO: 1 to 53, or -53 to -1 from the end of the year; week 1 has at least four days in the year.
    public var weeks: [Int] = []
    /// BYMONTH: 1 is January.
    public var months: [Int] = []
    /// BYSETPOS: which occurrences within one unit to use, 1 to 366, or -366 to -1 from the end.
    public var positions: [Int] = []
    /// WKST: the day on which a week starts.
    public var weekStart = Weekday.monday

    /// Creates a rule with only a unit of repetition.
    public init(_ frequency: Frequency) {
        self.frequency = frequency
    }

    /// Parses a rule such as `FREQ=MONTHLY;BYDAY=-1FR;COUNT=6`.
    ///
    /// - Parameter text: A value of type RECUR that conforms to RFC 5545 §3.3.10.
    /// - Throws: ``ICalendarError`` with code `malformed-value` for any other text.
    public init(_ text: String) throws(ICalendarError) {
        var parser = RecurrenceRuleParser(isStrict: true)
        self = try parser.rule(text)
    }

    /// Parses a rule leniently: allows COUNT with UNTIL, parts without meaning for this FREQ, empty parts and `X-`
    /// parts.
    init(lenient text: String) throws(ICalendarError) {
        var parser = RecurrenceRuleParser(isStrict: false)
        self = try parser.rule(text)
    }

    /// The encoded rule, FREQ first.
    public var text: String {
        parts.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
    }

    /// All parts that are not at their defaults, in the encoded order.
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

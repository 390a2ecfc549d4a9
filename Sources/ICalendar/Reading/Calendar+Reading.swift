extension Calendar {
    /// The result of lenient reading.
    public struct Reading: Hashable, Sendable {
        /// Everything that could be read.
        public let calendar: Calendar
        /// The first problems, in the order of the lines; ``ReaderLimits/problems`` says how many.
        public let problems: [ICalendarError]
        /// The number of all problems, including those not in `problems`.
        public let problemCount: Int
        /// Whether there is a BEGIN:VCALENDAR, and an END:VCALENDAR for the last one.
        ///
        /// Whatever follows it, a calendar without its end was cut off on the way.
        public let isWhole: Bool
    }

    /// Reads a calendar that must conform to RFC 5545.
    ///
    /// - Parameters:
    ///   - bytes: One complete calendar object.
    ///   - limits: The maximum size of the calendar and its parts.
    /// - Throws: ``ICalendarError`` with a line number, at the first violation.
    public init(strict bytes: some Collection<UInt8>, limits: ReaderLimits = ReaderLimits()) throws(ICalendarError) {
        self = try Self.read(bytes, .strict, limits: limits, isKnown: nil).calendar
    }

    /// Reads as much as possible of a calendar that may violate RFC 5545.
    ///
    /// Several calendars are merged into one, with the properties of the first.
    ///
    /// - Parameters:
    ///   - bytes: Any bytes.
    ///   - limits: The maximum size of the calendar and its parts.
    ///   - isKnown: Whether a TZID has rules without its VTIMEZONE. If it is given, a TZID that two of several calendars define
    ///     differently means in each what that one says: the later one is renamed. METHOD is then in the events of each calendar.
    /// - Returns: The calendar and the problems.
    /// - Throws: ``ICalendarError`` only if there are more components than the limit.
    public static func lenient(
        _ bytes: some Collection<UInt8>, limits: ReaderLimits = ReaderLimits(), isKnown: ((String) -> Bool)? = nil
    ) throws(ICalendarError) -> Reading {
        try read(bytes, .lenient, limits: limits, isKnown: isKnown)
    }

    private static func read(
        _ bytes: some Collection<UInt8>, _ mode: Reader.Mode, limits: ReaderLimits, isKnown: ((String) -> Bool)?
    ) throws(ICalendarError) -> Reading {
        var reader = Reader(mode, limits: limits)
        reader.append(bytes)
        reader.finish()
        var component = Component(.calendar)
        var starts: [Int] = []
        var methods: [Property?] = []
        while let part = try reader.next() {
            if component.components.isEmpty { component.properties = reader.header }
            while starts.count < reader.calendarOfLast {
                starts.append(component.components.count)
                methods.append(reader.header.first(.method))
            }
            component.components.append(part)
        }
        if starts.count > 1, let isKnown {
            ZoneScopes.separate(&component.components, starts, isKnown)
            keepMethods(methods, starts, in: &component)
        }
        // For a single calendar, include properties that came after its components.
        if reader.calendarCount == 1 || component.components.isEmpty { component.properties = reader.header }
        guard mode == .lenient || reader.calendarCount == 1, let calendar = Calendar(component) else {
            throw ICalendarError(
                code: .unbalanced, location: "calendar",
                problem: "\(reader.calendarCount) calendars where one is expected",
                next: "Use a Reader to read several.")
        }
        return Reading(
            calendar: calendar, problems: reader.problems, problemCount: reader.problemCount,
            isWhole: reader.isWhole)
    }

    /// Puts the METHOD of each of several calendars into its events: one may cancel what another has published.
    private static func keepMethods(_ methods: [Property?], _ starts: [Int], in calendar: inout Component) {
        calendar.properties.set(.method, nil)
        for (number, method) in methods.enumerated() {
            guard let method else { continue }
            let end = number + 1 < starts.count ? starts[number + 1] : calendar.components.count
            for index in starts[number]..<end
            where calendar.components[index].name == .event
                && calendar.components[index].properties.first(.method) == nil
            {
                calendar.components[index].properties.replace(.method, with: [method])
            }
        }
    }
}

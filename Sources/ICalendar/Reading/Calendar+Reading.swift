extension Calendar {
    /// What a lenient reader made of some bytes.
    public struct Reading: Hashable, Sendable {
        /// What could be understood.
        public let calendar: Calendar
        /// What was wrong, in the order of the lines: the first few.
        public let problems: [ICalendarError]
        /// How much was wrong, what is not in `problems` included.
        public let problemCount: Int
    }

    /// The calendar that some bytes are by the letter of RFC 5545.
    ///
    /// - Parameters:
    ///   - bytes: One whole calendar object.
    ///   - limits: How much is let in.
    /// - Throws: ``ICalendarError`` with its line, at the first broken rule.
    public init(strict bytes: some Collection<UInt8>, limits: ReaderLimits = ReaderLimits()) throws(ICalendarError) {
        self = try Self.read(bytes, .strict, limits: limits).calendar
    }

    /// What can be understood of some bytes as a calendar; several calendars become one, with the first one's properties.
    ///
    /// - Parameters:
    ///   - bytes: Anything.
    ///   - limits: How much is let in.
    /// - Returns: The calendar, and what was wrong.
    /// - Throws: ``ICalendarError`` only for more components than the limits let in.
    public static func lenient(
        _ bytes: some Collection<UInt8>, limits: ReaderLimits = ReaderLimits()
    ) throws(ICalendarError) -> Reading {
        try read(bytes, .lenient, limits: limits)
    }

    private static func read(
        _ bytes: some Collection<UInt8>, _ mode: Reader.Mode, limits: ReaderLimits
    ) throws(ICalendarError) -> Reading {
        var reader = Reader(mode, limits: limits)
        reader.append(bytes)
        reader.finish()
        var component = Component(.calendar)
        while let part = try reader.next() {
            if component.components.isEmpty { component.properties = reader.header }
            component.components.append(part)
        }
        // Of a single calendar also what came after its components.
        if reader.calendarCount == 1 || component.components.isEmpty { component.properties = reader.header }
        guard mode == .lenient || reader.calendarCount == 1, let calendar = Calendar(component) else {
            throw ICalendarError(
                code: .unbalanced, place: "calendar", found: "\(reader.calendarCount) calendars where one is due",
                next: "Read several with a Reader.")
        }
        return Reading(calendar: calendar, problems: reader.problems, problemCount: reader.problemCount)
    }
}

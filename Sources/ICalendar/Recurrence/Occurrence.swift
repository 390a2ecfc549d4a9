/// An event as it takes place once.
public struct Occurrence: Hashable, Sendable {
    /// What holds for this occurrence: the event itself, or what replaces it here (RECURRENCE-ID).
    public let event: Event
    /// When it was to start by the rules, which names it among the others; nil for an event that does not recur.
    public let recurrenceID: EventTime?
    /// When it starts, as the event says it.
    public let time: EventTime
    /// When it starts.
    public let start: UTCDateTime
    /// When it ends, exclusive; the start for an event without length.
    public let end: UTCDateTime
}

/// How much is done to find occurrences in events that anyone may have written.
public struct OccurrenceLimits: Hashable, Sendable {
    /// How many occurrences are given.
    public var occurrences = 100_000
    /// How many days and times are looked at for all events together; a million takes some hundredths of a second.
    public var work = 20_000_000

    /// Limits that no honest feed meets.
    public init() {}
}

/// What takes place within a window of time: all events with their rules, dates and exceptions (RFC 5545 §3.8.5).
public struct Occurrences: Hashable, Sendable {
    /// What was found, by start, and at one start by UID.
    public let found: [Occurrence]
    /// What kept events or parts of them from being understood.
    public let problems: [ICalendarError]
    /// Whether everything was looked at; if not, ``OccurrenceLimits`` stood in the way.
    public let isComplete: Bool

    /// Finds what overlaps a window.
    ///
    /// - Parameters:
    ///   - events: All events of a calendar, replacements of single occurrences among them.
    ///   - timeZones: The calendar's VTIMEZONE components, for zones that `zones` does not know.
    ///   - window: What starts before its end and ends after its start is found.
    ///   - floating: The zone in which whole days and times without a zone are taken.
    ///   - limits: How much is done.
    ///   - zones: The rules of a TZID; nil where it is not known. It is asked once for each.
    public init(
        of events: [Event], timeZones: [Component] = [], in window: Range<UTCDateTime>, floating: TimeZoneRules,
        limits: OccurrenceLimits = OccurrenceLimits(), zones: (String) -> TimeZoneRules?
    ) {
        var finder = OccurrenceFinder(
            window: window.lowerBound.secondsSince1970..<window.upperBound.secondsSince1970, limits: limits,
            clocks: Clocks(floating: floating, components: timeZones))
        finder.find(events, zones)
        found = finder.sorted()
        problems = finder.problems
        isComplete = finder.isComplete
    }
}

extension Calendar {
    /// What takes place within a window of time.
    ///
    /// - Parameters:
    ///   - window: What starts before its end and ends after its start is found.
    ///   - floating: The zone in which whole days and times without a zone are taken.
    ///   - limits: How much is done.
    ///   - zones: The rules of a TZID; where it gives nil, a VTIMEZONE of the calendar is taken.
    /// - Returns: What was found, and what kept events from being understood.
    public func occurrences(
        in window: Range<UTCDateTime>, floating: TimeZoneRules, limits: OccurrenceLimits = OccurrenceLimits(),
        zones: (String) -> TimeZoneRules?
    ) -> Occurrences {
        Occurrences(
            of: events, timeZones: components.filter { $0.name == .timeZone }, in: window, floating: floating,
            limits: limits, zones: zones)
    }
}

/// One occurrence of an event.
public struct Occurrence: Hashable, Sendable {
    /// The event, or the event that overrides it for this occurrence (RFC 5545 §3.8.4.4).
    public let event: Event
    /// The position of ``event`` among the events whose occurrences were looked for.
    public let position: Int
    /// The original start according to the recurrence rules, which identifies the occurrence; nil for a single event.
    public let recurrenceID: EventTime?
    /// That original start as an instant, the same in whatever zone or form ``recurrenceID`` states it; nil for a single event.
    public let original: UTCDateTime?
    /// The start, in the form in which the event states it.
    public let time: EventTime
    /// The start.
    public let start: UTCDateTime
    /// The end, exclusive; equal to the start for an event without duration.
    public let end: UTCDateTime
}

/// An event that could not be interpreted.
public struct EventProblem: Hashable, Sendable {
    /// The event; of a series, the one that has the problem.
    public let event: Event
    /// The problem.
    public let error: ICalendarError
}

/// Limits for expanding the recurrences of untrusted events.
///
/// An event that exceeds one of them is refused as a whole, and the other events are not affected. Legitimate events do not come near them.
public struct OccurrenceLimits: Hashable, Sendable {
    /// The maximum number of occurrences of all events together.
    ///
    /// Above it, recurring events are refused, beginning with the one that has the most occurrences.
    public var occurrences = 100_000
    /// The maximum number of occurrences of one event, with its overrides.
    public var occurrencesOfEvent = 10_000
    /// The maximum number of dates and times that one event lists: RDATE and EXDATE; one a day makes 10,000 in 27 years.
    public var statedTimesOfEvent = 10_000
    /// The maximum number of dates and times to examine for all events together; a million take some hundredths of a
    /// second.
    public var work = 20_000_000
    /// The maximum number of dates and times to examine for one event.
    public var workOfEvent = 500_000
    /// The maximum number of dates and times to examine for the rules of one VTIMEZONE; all of them together may need ten times as many.
    public var workOfTimeZone = 500_000
    /// The earliest year in which a rule of an event may begin: 1, or that from which on a caller takes dates seriously.
    public var earliestYear = 1

    /// Creates limits that legitimate feeds do not reach.
    public init() {}
}

/// The occurrences of events within a time window, with their rules, dates and exceptions applied (RFC 5545 §3.8.5).
public struct Occurrences: Hashable, Sendable {
    /// The occurrences, sorted by start and then by UID.
    public let elements: [Occurrence]
    /// The events that could not be interpreted, wholly or in part, and why.
    public let eventProblems: [EventProblem]
    /// Whether all events were expanded that are not among the problems; false if there are more events than
    /// ``OccurrenceLimits/occurrences``.
    public let isComplete: Bool

    /// What could not be interpreted.
    public var problems: [ICalendarError] { eventProblems.map(\.error) }

    /// Finds the occurrences that overlap a window.
    ///
    /// - Parameters:
    ///   - events: All events of a calendar, including those that override single occurrences.
    ///   - timeZones: The calendar's VTIMEZONE components, used for zones for which `zones` returns nil.
    ///   - window: The time window; an occurrence overlaps it if it starts before its end and ends after its start.
    ///   - floating: The zone of whole days and floating times.
    ///   - limits: The maximum number of occurrences and amount of work.
    ///   - zones: Returns the rules for a TZID, or nil if there are none. It is called once per TZID.
    public init(
        of events: [Event], timeZones: [Component] = [], in window: Range<UTCDateTime>, floating: TimeZoneRules,
        limits: OccurrenceLimits = OccurrenceLimits(), zones: (String) -> TimeZoneRules?
    ) {
        var finder = OccurrenceFinder(
            window: window.lowerBound.secondsSince1970..<window.upperBound.secondsSince1970, limits: limits,
            clocks: Clocks(floating: floating, components: timeZones, work: limits.workOfTimeZone))
        finder.find(events, zones)
        elements = finder.sorted()
        eventProblems = finder.problems()
        isComplete = finder.isComplete
    }
}

extension Calendar {
    /// Finds the occurrences that overlap a window (RFC 5545 §3.8.5).
    ///
    /// - Parameters:
    ///   - window: The time window; an occurrence overlaps it if it starts before its end and ends after its start.
    ///   - floating: The zone of whole days and floating times.
    ///   - limits: The maximum number of occurrences and amount of work.
    ///   - zones: Returns the rules for a TZID; if it returns nil, the calendar's VTIMEZONE is used.
    /// - Returns: The occurrences, and the problems with events that could not be interpreted.
    public func occurrences(
        in window: Range<UTCDateTime>, floating: TimeZoneRules, limits: OccurrenceLimits = OccurrenceLimits(),
        zones: (String) -> TimeZoneRules?
    ) -> Occurrences {
        Occurrences(
            of: events, timeZones: components.filter { $0.name == .timeZone }, in: window, floating: floating,
            limits: limits, zones: zones)
    }
}

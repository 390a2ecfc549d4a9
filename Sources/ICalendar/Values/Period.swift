/// A PERIOD: a start with an end or a duration (RFC 5545 §3.3.9).
public struct Period: Hashable, Sendable {
    /// A time of a period, in UTC or local.
    public enum Time: Hashable, Sendable {
        /// An instant.
        case utc(UTCDateTime)
        /// A local time in the zone named by the property's TZID.
        case local(LocalDateTime)
    }

    /// The end of a period.
    public enum End: Hashable, Sendable {
        /// At a time after the start, in the same form.
        case time(Time)
        /// A duration after the start; not negative.
        case duration(CalendarDuration)
    }

    /// The start.
    public let start: Time
    /// The end.
    public let end: End

    /// Creates a period from its start and end.
    public init(start: Time, end: End) {
        self.start = start
        self.end = end
    }
}

/// A span of time from a start until an end, or for a duration (RFC 5545 §3.3.9).
public struct Period: Hashable, Sendable {
    /// An instant, or a wall time in the zone that TZID of the property names.
    public enum Time: Hashable, Sendable {
        /// An instant.
        case utc(UTCDateTime)
        /// A wall time.
        case local(LocalDateTime)
    }

    /// How a period says when it ends.
    public enum End: Hashable, Sendable {
        /// At a time of the same form as the start, later than it.
        case time(Time)
        /// So long after the start; not negative.
        case duration(CalendarDuration)
    }

    /// When it starts.
    public let start: Time
    /// When it ends.
    public let end: End

    /// A period by its start and its end.
    public init(start: Time, end: End) {
        self.start = start
        self.end = end
    }
}

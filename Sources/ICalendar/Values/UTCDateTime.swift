/// An instant, to the second: a DATE-TIME in UTC (RFC 5545 §3.3.5, form 2).
///
/// It is within the years 1 to 9999. Leap seconds are not counted, as in POSIX time.
public struct UTCDateTime: Hashable, Sendable, Comparable {
    /// The earliest instant: 0001-01-01T00:00:00Z.
    public static let earliest = UTCDateTime(clamping: .min)
    /// The latest instant: 9999-12-31T23:59:59Z.
    public static let latest = UTCDateTime(clamping: .max)

    /// Seconds since 1970-01-01T00:00:00Z.
    public let secondsSince1970: Int64

    /// Creates an instant from seconds since 1970-01-01T00:00:00Z.
    ///
    /// - Parameter secondsSince1970: POSIX time, without leap seconds.
    /// - Throws: ``ICalendarError`` outside the years 1 to 9999.
    public init(secondsSince1970: Int64) throws(ICalendarError) {
        guard ClockFields.range.contains(secondsSince1970) else {
            throw ICalendarError(
                code: .outOfRange, location: "UTC date-time", problem: "\(secondsSince1970) seconds since 1970",
                next: "Use an instant in the years 1 to 9999.")
        }
        self.secondsSince1970 = secondsSince1970
    }

    /// Creates an instant from seconds since 1970, limited to the years 1 to 9999.
    public init(clamping secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970.clamped(to: ClockFields.range)
    }

    /// Whether the first instant is before the second.
    public static func < (first: Self, second: Self) -> Bool {
        first.secondsSince1970 < second.secondsSince1970
    }
}

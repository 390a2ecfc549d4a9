/// A local date and time, to the second: a DATE-TIME without `Z` (RFC 5545 §3.3.5, forms 1 and 3).
///
/// It denotes an instant only together with a time zone. It is within the years 1 to 9999.
public struct LocalDateTime: Hashable, Sendable, Comparable {
    /// Seconds since 1970-01-01T00:00:00 on the same clock.
    public let wallSeconds: Int64

    /// Creates a local time from wall seconds, limited to the years 1 to 9999.
    ///
    /// - Parameter wallSeconds: Seconds since 1970-01-01T00:00:00 on that clock: UTC seconds + seconds east of UTC.
    public init(clampingWallSeconds wallSeconds: Int64) {
        self.wallSeconds = wallSeconds.clamped(to: ClockFields.range)
    }

    /// Creates a local time from date, hour, minute and second.
    ///
    /// - Parameters:
    ///   - date: The date on that clock.
    ///   - hour: 0 to 23.
    ///   - minute: 0 to 59.
    ///   - second: 0 to 59.
    /// - Throws: ``ICalendarError`` if the time of day does not exist.
    public init(_ date: CivilDate, hour: Int, minute: Int, second: Int = 0) throws(ICalendarError) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else {
            throw ICalendarError(
                code: .outOfRange, location: "time of day", problem: "hour \(hour), minute \(minute), second \(second)",
                next: "Use hours 0 to 23, minutes and seconds 0 to 59.")
        }
        wallSeconds = date.daysSince1970 * Gregorian.secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
    }

    /// The date.
    public var date: CivilDate {
        CivilDate(clampingDays: Gregorian.floorDivide(wallSeconds, Gregorian.secondsPerDay).quotient)
    }
    /// The hour, 0 to 23.
    public var hour: Int { ClockFields(seconds: wallSeconds).hour }
    /// The minute, 0 to 59.
    public var minute: Int { ClockFields(seconds: wallSeconds).minute }
    /// The second, 0 to 59.
    public var second: Int { ClockFields(seconds: wallSeconds).second }

    /// Whether the first time is before the second on the same clock.
    public static func < (first: Self, second: Self) -> Bool {
        first.wallSeconds < second.wallSeconds
    }
}

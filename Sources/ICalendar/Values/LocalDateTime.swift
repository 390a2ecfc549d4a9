/// What a clock on the wall shows, to the second: a DATE-TIME without `Z` (RFC 5545 §3.3.5, forms 1 and 3).
///
/// It is an instant only together with a time zone. It lies in the years 1 to 9999.
public struct LocalDateTime: Hashable, Sendable, Comparable {
    /// Seconds since 1970-01-01T00:00:00 on the same clock.
    public let wallSeconds: Int64

    /// The wall time nearest to the seconds given that can be written.
    ///
    /// - Parameter wallSeconds: Seconds since 1970-01-01T00:00:00 on that clock: UTC seconds + seconds east of UTC.
    public init(clampingWallSeconds wallSeconds: Int64) {
        self.wallSeconds = wallSeconds.clamped(to: ClockFields.range)
    }

    /// A wall time by day, hour, minute and second.
    ///
    /// - Parameters:
    ///   - date: The day on that clock.
    ///   - hour: 0 to 23.
    ///   - minute: 0 to 59.
    ///   - second: 0 to 59.
    /// - Throws: ``ICalendarError`` where there is no such time of day.
    public init(_ date: CivilDate, hour: Int, minute: Int, second: Int = 0) throws(ICalendarError) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else {
            throw ICalendarError(
                code: .outOfRange, place: "time of day", found: "hour \(hour), minute \(minute), second \(second)",
                next: "Give hours 0 to 23, minutes and seconds 0 to 59.")
        }
        wallSeconds = date.daysSince1970 * Gregorian.secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
    }

    /// The day.
    public var date: CivilDate {
        CivilDate(clampingDays: Gregorian.floorDivide(wallSeconds, Gregorian.secondsPerDay).quotient)
    }
    /// The hour, 0 to 23.
    public var hour: Int { ClockFields(seconds: wallSeconds).hour }
    /// The minute, 0 to 59.
    public var minute: Int { ClockFields(seconds: wallSeconds).minute }
    /// The second, 0 to 59.
    public var second: Int { ClockFields(seconds: wallSeconds).second }

    /// Whether the first time is before the second, on one clock.
    public static func < (first: Self, second: Self) -> Bool {
        first.wallSeconds < second.wallSeconds
    }
}

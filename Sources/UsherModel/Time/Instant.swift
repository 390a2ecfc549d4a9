/// A point in time: whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
///
/// Years 1 to 9999 only, so that each has an RFC 3339 and an iCalendar spelling.
public struct Instant: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z; negative before.
    public let secondsSince1970: Int64

    /// The first instant: 0001-01-01T00:00:00Z.
    public static let distantPast = Instant(secondsSince1970: -62_135_596_800)
    /// The last instant: 9999-12-31T23:59:59Z.
    public static let distantFuture = Instant(secondsSince1970: 253_402_300_799)

    /// Creates an instant; seconds outside the years 1 to 9999 become the nearest instant inside.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = min(max(secondsSince1970, -62_135_596_800), 253_402_300_799)
    }

    /// Decodes a whole number of seconds since 1970 UTC.
    public init(from decoder: any Decoder) throws {
        self.init(secondsSince1970: try decoder.singleValueContainer().decode(Int64.self))
    }

    /// Encodes the whole number of seconds since 1970 UTC.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(secondsSince1970)
    }

    /// Earlier instants order first.
    public static func < (left: Instant, right: Instant) -> Bool { left.secondsSince1970 < right.secondsSince1970 }

    /// The instant a duration later; fractions of a second are cut off.
    public static func + (left: Instant, right: Duration) -> Instant {
        let (sum, overflow) = left.secondsSince1970.addingReportingOverflow(right.components.seconds)
        guard !overflow else { return right < .zero ? .distantPast : .distantFuture }
        return Instant(secondsSince1970: sum)
    }

    /// The instant a duration earlier; fractions of a second are cut off.
    public static func - (left: Instant, right: Duration) -> Instant { left + (.zero - right) }

    /// The time from the right instant to the left one, in whole seconds.
    public static func - (left: Instant, right: Instant) -> Duration {
        .seconds(left.secondsSince1970 - right.secondsSince1970)
    }

    /// RFC 3339 in UTC: `2026-12-09T14:00:00Z`.
    public var description: String { CivilTime(self).description + "Z" }
}

/// What a clock in a zone differs by from UTC, for some time.
public struct TimeZoneOffset: Hashable, Sendable {
    /// Seconds that the clock is ahead of UTC; negative west of Greenwich.
    public let secondsEastOfUTC: Int
    /// Whether the tz database calls it daylight saving time.
    ///
    /// Ireland's is in winter, and negative.
    public let isDaylight: Bool
    /// `CET`, or `+03` where no letters are in use.
    public let abbreviation: String

    /// An offset from UTC and how it is called.
    public init(secondsEastOfUTC: Int, isDaylight: Bool, abbreviation: String) {
        self.secondsEastOfUTC = secondsEastOfUTC
        self.isDaylight = isDaylight
        self.abbreviation = abbreviation
    }
}

/// Which instants a wall time can mean.
///
/// All are UTC seconds since 1970.
public enum LocalResolution: Hashable, Sendable {
    /// Just one.
    case unique(Int64)
    /// Clocks were put back: the wall time comes twice.
    case ambiguous(first: Int64, second: Int64)
    /// Clocks were put forward over it: the instant by the offset in force before (RFC 5545 §3.3.5).
    case gap(Int64)

    /// The one that RFC 5545 §3.3.5 takes: the first, and in a gap the one by the offset before.
    public var utcSeconds: Int64 {
        switch self {
        case .unique(let instant), .ambiguous(first: let instant, second: _), .gap(let instant): instant
        }
    }
}

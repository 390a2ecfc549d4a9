/// A zone's offset from UTC during some period.
public struct TimeZoneOffset: Hashable, Sendable {
    /// Seconds ahead of UTC; negative west of Greenwich.
    public let secondsEastOfUTC: Int
    /// Whether the tz database counts it as daylight saving time.
    ///
    /// For Ireland that is winter time, with a negative saving.
    public let isDaylight: Bool
    /// The abbreviation: `CET`, or `+03` for zones without one in letters.
    public let abbreviation: String

    /// Creates an offset with its abbreviation.
    public init(secondsEastOfUTC: Int, isDaylight: Bool, abbreviation: String) {
        self.secondsEastOfUTC = secondsEastOfUTC
        self.isDaylight = isDaylight
        self.abbreviation = abbreviation
    }
}

/// The instants that a local time can denote, in UTC seconds since 1970.
public enum LocalResolution: Hashable, Sendable {
    /// Exactly one.
    case unique(Int64)
    /// Two: the local time repeats because the clocks were set back.
    case ambiguous(first: Int64, second: Int64)
    /// None, because the clocks were set forward past it.
    ///
    /// The value uses the offset before the gap (RFC 5545 §3.3.5).
    case gap(Int64)

    /// The instant according to RFC 5545 §3.3.5: the first of two, and in a gap the one with the offset before it.
    public var utcSeconds: Int64 {
        switch self {
        case .unique(let instant), .ambiguous(first: let instant, second: _), .gap(let instant): instant
        }
    }
}

/// A DURATION (RFC 5545 §3.3.6): nominal days, which follow the local clock, and exact seconds.
public struct CalendarDuration: Hashable, Sendable {
    /// Whether the duration is negative; false if it is zero.
    public let isNegative: Bool
    /// Nominal days, which may last 23 or 25 hours when the clocks change.
    ///
    /// A week counts as seven days.
    public let days: UInt
    /// Exact seconds in addition to the days.
    public let seconds: UInt

    /// Creates a duration from days and seconds with the same sign.
    public init(days: UInt = 0, seconds: UInt = 0, isNegative: Bool = false) {
        self.days = days
        self.seconds = seconds
        self.isNegative = isNegative && (days > 0 || seconds > 0)
    }

    /// Creates a duration of exact seconds: `.seconds(-900)` is 15 minutes before.
    public static func seconds(_ count: Int) -> CalendarDuration {
        CalendarDuration(seconds: count.magnitude, isNegative: count < 0)
    }

    /// Creates a duration of nominal days; a negative count means before.
    public static func days(_ count: Int) -> CalendarDuration {
        CalendarDuration(days: count.magnitude, isNegative: count < 0)
    }
}

/// A DURATION (RFC 5545 §3.3.6): whole days, which follow the clock on the wall, and seconds, which are exact.
public struct CalendarDuration: Hashable, Sendable {
    /// Whether it points backwards in time; never so for a duration of nothing.
    public let isNegative: Bool
    /// Nominal days, which may last 23 or 25 hours where clocks change.
    ///
    /// A week is seven of them.
    public let days: UInt
    /// Exact seconds on top of the days.
    public let seconds: UInt

    /// A duration of days and seconds that point the same way.
    public init(days: UInt = 0, seconds: UInt = 0, isNegative: Bool = false) {
        self.days = days
        self.seconds = seconds
        self.isNegative = isNegative && (days > 0 || seconds > 0)
    }

    /// Exact seconds, backwards when negative: `.seconds(-900)` is a quarter of an hour before.
    public static func seconds(_ count: Int) -> CalendarDuration {
        CalendarDuration(seconds: count.magnitude, isNegative: count < 0)
    }

    /// Nominal days, backwards when negative.
    public static func days(_ count: Int) -> CalendarDuration {
        CalendarDuration(days: count.magnitude, isNegative: count < 0)
    }
}

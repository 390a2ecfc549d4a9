/// The past and future offsets of one time zone from UTC, as in the tz database (RFC 9636).
///
/// Any number of seconds is allowed; outside the range of the data, the first or last rule applies.
public struct TimeZoneRules: Hashable, Sendable {
    /// Coordinated Universal Time, which needs no database.
    public static let utc = TimeZoneRules(
        transitions: [], offsets: [],
        first: TimeZoneOffset(secondsEastOfUTC: 0, isDaylight: false, abbreviation: "UTC"), footer: nil)

    /// Larger than any offset that ``init(tzif:)`` accepts; the distance to search around a wall time.
    private static let widestOffset: Int64 = 93_600
    /// The span in which changes decide what one wall time means.
    static let nearby = 2 * widestOffset
    /// The limit for instants, so that sums of seconds cannot overflow.
    ///
    /// It is far beyond the year 9999.
    private static let horizon: Int64 = 1 << 58

    /// UTC seconds at which the offset changes, ascending.
    let transitions: [Int64]
    /// The offset from each transition on.
    let offsets: [TimeZoneOffset]
    /// The offset before the first transition (RFC 9636 §3.2).
    let first: TimeZoneOffset
    /// The rule from the last transition on, or for all times if there are no transitions (RFC 9636 §3.3).
    let footer: PosixRules?

    init(transitions: [Int64], offsets: [TimeZoneOffset], first: TimeZoneOffset, footer: PosixRules?) {
        self.transitions = transitions
        self.offsets = offsets
        self.first = first
        self.footer = footer
    }

    /// The offset at an instant in UTC seconds since 1970.
    public func offset(at utcSeconds: Int64) -> TimeZoneOffset {
        let instant = Self.bounded(utcSeconds)
        if let footer, instant >= transitions.last ?? .min { return footer.offset(at: instant) }
        let next = firstTransition(after: instant)
        return next == 0 ? first : offsets[next - 1]
    }

    /// The local time at an instant.
    public func local(at instant: UTCDateTime) -> LocalDateTime {
        let east = offset(at: instant.secondsSince1970).secondsEastOfUTC
        return LocalDateTime(clampingWallSeconds: instant.secondsSince1970 + Int64(east))
    }

    /// The instants that a local time can denote, given in seconds since 1970-01-01T00:00:00 on the local clock.
    public func utc(ofLocalSeconds wallSeconds: Int64) -> LocalResolution {
        let wall = Self.bounded(wallSeconds)
        let from = wall - Self.widestOffset
        let changes = changes(after: from, through: wall + Self.widestOffset)
        let starts = [from] + changes
        var instants: [Int64] = []
        var beforeGap = wall - Int64(offset(at: from).secondsEastOfUTC)
        for (index, start) in starts.enumerated() {
            let instant = wall - Int64(offset(at: start).secondsEastOfUTC)
            let isStarted = instant >= start
            if isStarted { beforeGap = instant }
            if isStarted, index == changes.count || instant < changes[index] { instants.append(instant) }
        }
        switch instants.count {
        case 0: return .gap(beforeGap)
        case 1: return .unique(instants[0])
        default: return .ambiguous(first: instants[0], second: instants[1])
        }
    }

    /// The instant of a local time according to RFC 5545 §3.3.5: the first of two, and in a gap the one with the offset
    /// before it.
    public func utc(of time: LocalDateTime) -> UTCDateTime {
        UTCDateTime(clamping: utc(ofLocalSeconds: time.wallSeconds).utcSeconds)
    }

    /// The UTC seconds of the transitions after `from` up to and including `to`, ascending; use for a few years at
    /// most.
    func changes(after from: Int64, through to: Int64) -> [Int64] {
        let listed = transitions[firstTransition(after: from)...].prefix { $0 <= to }
        guard let footer else { return Array(listed) }
        let lastListed = max(from, transitions.last ?? .min)
        return listed + footer.changes(after: lastListed, through: to)
    }

    /// The index of the first transition after an instant, or their count.
    private func firstTransition(after instant: Int64) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func bounded(_ seconds: Int64) -> Int64 {
        seconds.clamped(to: -horizon...horizon)
    }
}

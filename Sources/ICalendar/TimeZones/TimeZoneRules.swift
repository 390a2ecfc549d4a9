/// The offsets of one time zone from UTC, past and to come, as the tz database has them (RFC 9636).
///
/// Every number may be asked for: far outside the years people live in, the answers follow the last or first rule known.
public struct TimeZoneRules: Hashable, Sendable {
    /// Coordinated Universal Time, which needs no database.
    public static let utc = TimeZoneRules(
        transitions: [], offsets: [],
        first: TimeZoneOffset(secondsEastOfUTC: 0, isDaylight: false, abbreviation: "UTC"), footer: nil)

    /// Larger than any offset that ``init(tzif:)`` lets in, for looking around a wall time.
    private static let widestOffset: Int64 = 93_600
    /// No instant beyond this is looked up, so that sums of seconds cannot overflow.
    ///
    /// It is far more than all years told.
    private static let horizon: Int64 = 1 << 58

    /// UTC seconds at which the offset changes, ascending.
    let transitions: [Int64]
    /// What holds from each transition on.
    let offsets: [TimeZoneOffset]
    /// What holds before the first transition (RFC 9636 §3.2).
    let first: TimeZoneOffset
    /// What holds from the last transition on, or always where there is none (RFC 9636 §3.3).
    let footer: PosixRules?

    init(transitions: [Int64], offsets: [TimeZoneOffset], first: TimeZoneOffset, footer: PosixRules?) {
        self.transitions = transitions
        self.offsets = offsets
        self.first = first
        self.footer = footer
    }

    /// The offset in force at an instant, given in UTC seconds since 1970.
    public func offset(at utcSeconds: Int64) -> TimeZoneOffset {
        let instant = Self.bounded(utcSeconds)
        if let footer, instant >= transitions.last ?? .min { return footer.offset(at: instant) }
        let next = firstTransition(after: instant)
        return next == 0 ? first : offsets[next - 1]
    }

    /// What the clock on the wall shows at an instant.
    public func local(at instant: UTCDateTime) -> LocalDateTime {
        let east = offset(at: instant.secondsSince1970).secondsEastOfUTC
        return LocalDateTime(clampingWallSeconds: instant.secondsSince1970 + Int64(east))
    }

    /// The instants that a wall time can mean, given in seconds since 1970-01-01T00:00:00 on that clock.
    public func utc(ofLocalSeconds wallSeconds: Int64) -> LocalResolution {
        let wall = Self.bounded(wallSeconds)
        let from = wall - Self.widestOffset
        let changes = changes(after: from, through: wall + Self.widestOffset)
        let starts = [from] + changes
        var found: [Int64] = []
        var beforeGap = wall - Int64(offset(at: from).secondsEastOfUTC)
        for (place, start) in starts.enumerated() {
            let instant = wall - Int64(offset(at: start).secondsEastOfUTC)
            let isStarted = instant >= start
            if isStarted { beforeGap = instant }
            if isStarted, place == changes.count || instant < changes[place] { found.append(instant) }
        }
        switch found.count {
        case 0: return .gap(beforeGap)
        case 1: return .unique(found[0])
        default: return .ambiguous(first: found[0], second: found[1])
        }
    }

    /// The instant that RFC 5545 §3.3.5 gives to a wall time: the first of two, and in a gap by the offset before it.
    public func utc(of time: LocalDateTime) -> UTCDateTime {
        UTCDateTime(clamping: utc(ofLocalSeconds: time.wallSeconds).utcSeconds)
    }

    /// UTC seconds at which something changes, ascending: after `from` until `to`, a few years at most.
    func changes(after from: Int64, through to: Int64) -> [Int64] {
        let listed = transitions[firstTransition(after: from)...].prefix { $0 <= to }
        guard let footer else { return Array(listed) }
        let known = max(from, transitions.last ?? .min)
        return listed + footer.changes(after: known, through: to)
    }

    /// Where in `transitions` the first one after an instant lies, or their count.
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

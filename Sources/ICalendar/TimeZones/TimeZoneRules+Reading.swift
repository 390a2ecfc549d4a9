extension TimeZoneRules {
    /// The end of the year 2199, up to which rules without an end are expanded.
    private static let end: Int64 = 7_258_118_400
    /// The maximum number of changes, which no real zone reaches.
    private static let mostChanges = 20_000
    /// The maximum number of changes that can decide what one local time means; a real zone has two of them in the same week.
    private static let mostChangesNearby = 16

    /// Creates the rules of a VTIMEZONE, up to the end of the year 2199 (RFC 5545 §3.6.5).
    ///
    /// - Parameter zone: A VTIMEZONE component.
    /// - Throws: ``ICalendarError`` if it is another component, or an observance lacks a required property.
    public init(_ zone: Component) throws(ICalendarError) {
        var work = OccurrenceLimits().workOfTimeZone
        try self.init(zone, work: &work)
    }

    /// Creates the rules of a VTIMEZONE with a limited amount of work.
    ///
    /// - Parameters:
    ///   - zone: A VTIMEZONE component.
    ///   - work: The number of dates and times that may be examined; what is left of it afterwards.
    /// - Throws: ``ICalendarError`` as ``init(_:)`` does, or if the work does not suffice.
    init(_ zone: Component, work: inout Int) throws(ICalendarError) {
        guard !zone.isCutShort else { throw Self.broken(zone, "more parts than the limit") }
        var changes: [(onset: Int64, before: TimeZoneOffset, after: TimeZoneOffset)] = []
        for part in zone.components where part.name == .standard || part.name == .daylight {
            let before = try Self.offset(part, .tzoffsetfrom)
            let after = try Self.offset(part, .tzoffsetto)
            for wall in try Self.onsets(part, before, work: &work) {
                changes.append((wall - Int64(before.secondsEastOfUTC), before, after))
            }
            guard changes.count <= Self.mostChanges else {
                throw Self.broken(part, "more changes than a zone can have")
            }
        }
        changes.sort { $0.onset < $1.onset }
        guard zone.name == .timeZone, let first = changes.first else {
            throw Self.broken(zone, "no STANDARD or DAYLIGHT component")
        }
        var (transitions, offsets): ([Int64], [TimeZoneOffset]) = ([], [])
        for change in changes {
            if transitions.last == change.onset {
                offsets[offsets.count - 1] = change.after
            } else {
                transitions.append(change.onset)
                offsets.append(change.after)
            }
        }
        for (one, other) in zip(transitions, transitions.dropFirst(Self.mostChangesNearby))
        where other - one <= Self.nearby {
            throw Self.broken(zone, "more changes within days than a zone can have")
        }
        self.init(transitions: transitions, offsets: offsets, first: first.before, footer: nil)
    }

    private static func offset(_ part: Component, _ name: PropertyName) throws(ICalendarError) -> TimeZoneOffset {
        guard case .utcOffset(let seconds)? = part.properties.first(name)?.value, abs(seconds) < 86_400 else {
            throw broken(part, "no valid \(name.text)")
        }
        return TimeZoneOffset(
            secondsEastOfUTC: seconds, isDaylight: part.name == .daylight,
            abbreviation: part.properties.text(.tzname) ?? "")
    }

    /// The wall seconds at which an observance begins, from DTSTART, RRULE and RDATE.
    private static func onsets(
        _ part: Component, _ before: TimeZoneOffset, work: inout Int
    ) throws(ICalendarError) -> [Int64] {
        guard let start = part.properties.first(.dtstart).flatMap({ localTime($0.value) }) else {
            throw broken(part, "no DTSTART in local time")
        }
        var onsets = [start.wallSeconds]
        for property in part.properties.all(.rdate) {
            for value in property.value.each {
                if let time = localTime(value) { onsets.append(time.wallSeconds) }
            }
        }
        work -= onsets.count
        let clock = TimeZoneRules(transitions: [], offsets: [], first: before, footer: nil)
        for property in part.properties.all(.rrule) {
            guard case .recurrence(let rule) = property.value else {
                throw broken(part, "an RRULE that cannot be parsed")
            }
            var times = RecurrenceIterator(rule, from: start, zone: clock, work: work)
            times.restrict(through: end - 1)
            while let time = times.next(), onsets.count <= mostChanges {
                onsets.append(time.wallSeconds)
            }
            work = times.work
            if times.isCutShort { throw broken(part, "an RRULE that takes more dates and times than the limit") }
        }
        return onsets
    }

    /// The local time of an onset; a date, which RFC 5545 §3.6.5 does not allow, is its midnight.
    private static func localTime(_ value: Value) -> LocalDateTime? {
        switch value {
        case .localDateTime(let time): time
        case .date(let date): LocalDateTime(clampingWallSeconds: date.daysSince1970 * Gregorian.secondsPerDay)
        case .text, .textList, .uri, .calendarAddress, .utcDateTime, .duration, .period, .recurrence, .integer, .float,
            .coordinates,
            .boolean, .binary, .utcOffset, .list, .raw:
            nil
        }
    }

    private static func broken(_ component: Component, _ problem: String) -> ICalendarError {
        ICalendarError(
            code: .brokenRule, location: component.name.text, problem: problem,
            next: "See RFC 5545 §3.6.5.")
    }
}

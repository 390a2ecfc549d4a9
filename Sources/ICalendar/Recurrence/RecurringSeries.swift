/// An event with everything that says when it takes place: rules, dates, exceptions, replacements (RFC 5545 §3.8.5).
struct RecurringSeries {
    /// A start beside those of the rules.
    private struct Extra {
        let time: EventTime
        let clock: TimeZoneRules
        let start: Int64
        let period: Period?
    }

    /// What replaces an occurrence, or this one and all later ones (RFC 5545 §3.2.13).
    private struct Replacement {
        let id: EventTime
        let start: Int64
        let by: OccurrenceFinder.Anchored
    }

    let base: OccurrenceFinder.Anchored
    private let rules: [RecurrenceRule]
    private var extras: [Extra] = []
    private var single: [Replacement] = []
    private var future: [Replacement] = []
    /// UTC seconds that are excluded, and days on the event's clock.
    private var excludedStarts: Set<Int64> = []
    private var excludedDays: Set<Int64> = []

    /// - Throws: ``ICalendarError`` for an RRULE that could not be read: without it, when the event takes place is unknown.
    init(_ base: OccurrenceFinder.Anchored) throws(ICalendarError) {
        self.base = base
        var rules: [RecurrenceRule] = []
        for property in base.event.properties.all(.rrule) {
            guard case .recurrence(let rule) = property.value else {
                throw ICalendarError(
                    code: .malformedValue, place: "event “\(Token.printable(base.event.uid ?? ""))”",
                    found: "an RRULE that cannot be read", next: "Write it as RFC 5545 §3.3.10 says.")
            }
            rules.append(rule)
        }
        self.rules = rules
    }

    var isRecurring: Bool {
        !rules.isEmpty || !extras.isEmpty || !single.isEmpty || !future.isEmpty || !excludedStarts.isEmpty
            || !excludedDays.isEmpty
    }

    mutating func exclude(_ time: EventTime, _ clock: TimeZoneRules) {
        if time.isDate || base.time.isDate {
            excludedDays.insert(Gregorian.floorDivide(time.wallSeconds, Gregorian.secondsPerDay).quotient)
        } else {
            excludedStarts.insert(clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds)
        }
    }

    mutating func include(_ time: EventTime, _ clock: TimeZoneRules, period: Period?) {
        extras.append(
            Extra(
                time: time, clock: clock, start: clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds, period: period)
        )
    }

    mutating func replace(
        _ id: EventTime, _ clock: TimeZoneRules, by other: OccurrenceFinder.Anchored, isForFuture: Bool
    ) {
        var start = clock.utc(ofLocalSeconds: id.wallSeconds).utcSeconds
        if id.isDate, !base.time.isDate {
            // The day alone, where a time was due: the occurrence on that day, at the time of the first one.
            let timeOfDay = Gregorian.floorDivide(base.time.wallSeconds, Gregorian.secondsPerDay).remainder
            start = base.clock.utc(ofLocalSeconds: id.wallSeconds + timeOfDay).utcSeconds
        }
        let replacement = Replacement(id: id, start: start, by: other)
        if isForFuture {
            future.append(replacement)
            future.sort { $0.start < $1.start }
        } else {
            single.append(replacement)
        }
    }

    /// Gives every occurrence that can touch a window, and perhaps some more; false where too much work stopped it.
    mutating func expand(
        in window: Range<Int64>, work: inout Int, _ give: (Occurrence) -> Bool
    ) -> Bool {
        for replacement in single where !isExcluded(replacement) {
            let (wall, start) = (replacement.by.time.wallSeconds, replacement.by.start)
            let occurrence = Occurrence(
                event: replacement.by.event, recurrenceID: replacement.id, time: replacement.by.time,
                start: UTCDateTime(clamping: start),
                end: UTCDateTime(clamping: replacement.by.end(atWall: wall, start: start)))
            guard give(occurrence) else { return true }
        }
        var seen = Set(single.map(\.start))
        for extra in extras where seen.insert(extra.start).inserted {
            guard giveExtra(extra, give) else { return true }
        }
        if rules.isEmpty, seen.insert(base.start).inserted { _ = giveRegular(base.time.wallSeconds, give) }
        for rule in rules {
            guard expand(rule, in: window, work: &work, seen: &seen, give) else { return false }
        }
        return true
    }

    private func expand(
        _ rule: RecurrenceRule, in window: Range<Int64>, work: inout Int, seen: inout Set<Int64>,
        _ give: (Occurrence) -> Bool
    ) -> Bool {
        let margin = reach
        var starts = RecurrenceIterator(
            rule, from: LocalDateTime(clampingWallSeconds: base.time.wallSeconds), zone: base.clock, work: work)
        starts.skip(to: window.lowerBound.saturatingAdd(-margin))
        defer { work = starts.work }
        let last = window.upperBound.saturatingAdd(margin)
        while let time = starts.next(), time.wallSeconds <= last {
            let start = base.clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds
            guard seen.insert(start).inserted else { continue }
            guard giveRegular(time.wallSeconds, give) else { return true }
        }
        return !starts.isCutShort
    }

    /// How far an occurrence can lie from where the rule has it: its length, what moves it, and the offset of its clock.
    private var reach: Int64 {
        let span = base.span(atWall: base.time.wallSeconds)
        var reach = (span.end - span.start).clamped(to: 0...ClockFields.range.upperBound)
        for replacement in future {
            let by = replacement.by
            let length = by.end(atWall: by.time.wallSeconds, start: by.start) - by.start
            reach = max(
                reach,
                length.clamped(to: 0...ClockFields.range.upperBound).saturatingAdd(abs(by.start - replacement.start)))
        }
        return reach.saturatingAdd(4 * Gregorian.secondsPerDay)
    }

    private func isExcluded(_ replacement: Replacement) -> Bool { excludedStarts.contains(replacement.start) }

    private func isExcluded(wall: Int64, start: Int64) -> Bool {
        excludedStarts.contains(start)
            || (!excludedDays.isEmpty
                && excludedDays.contains(Gregorian.floorDivide(wall, Gregorian.secondsPerDay).quotient))
    }

    private func giveRegular(_ wall: Int64, _ give: (Occurrence) -> Bool) -> Bool {
        let span = base.span(atWall: wall)
        guard !isExcluded(wall: wall, start: span.start) else { return true }
        let id = base.time.moved(to: wall)
        guard let replacement = future.last(where: { $0.start <= span.start }) else {
            return give(
                Occurrence(
                    event: base.event, recurrenceID: id, time: id, start: UTCDateTime(clamping: span.start),
                    end: UTCDateTime(clamping: span.end)))
        }
        // RFC 5545 §3.8.4.4: the others move as far as the one that is named, by the clock on the wall.
        let by = replacement.by
        let original = by.clock.offset(at: replacement.start).secondsEastOfUTC
        let moved = by.time.wallSeconds - (replacement.start + Int64(original))
        let offset = by.clock.offset(at: span.start).secondsEastOfUTC
        let newWall = span.start + Int64(offset) + moved
        let newSpan = by.span(atWall: newWall)
        return give(
            Occurrence(
                event: by.event, recurrenceID: id, time: by.time.moved(to: newWall),
                start: UTCDateTime(clamping: newSpan.start), end: UTCDateTime(clamping: newSpan.end)))
    }

    private func giveExtra(_ extra: Extra, _ give: (Occurrence) -> Bool) -> Bool {
        let wall = extra.time.wallSeconds
        guard !isExcluded(wall: wall, start: extra.start) else { return true }
        var end = base.end(
            atWall: base.clock.local(at: UTCDateTime(clamping: extra.start)).wallSeconds, start: extra.start)
        switch extra.period?.end {
        case .time(.utc(let instant)): end = instant.secondsSince1970
        case .time(.local(let time)): end = extra.clock.utc(of: time).secondsSince1970
        case .duration(let duration):
            let days = Int64(clamping: duration.days).clamped(to: 0...4_000_000) * Gregorian.secondsPerDay
            end = extra.clock.utc(ofLocalSeconds: wall + days).utcSeconds.saturatingAdd(
                Int64(clamping: duration.seconds))
        case nil: break
        }
        return give(
            Occurrence(
                event: base.event, recurrenceID: extra.time, time: extra.time,
                start: UTCDateTime(clamping: extra.start),
                end: UTCDateTime(clamping: max(end, extra.start))))
    }
}

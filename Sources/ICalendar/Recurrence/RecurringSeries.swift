/// A recurring event with its rules, dates, exceptions and overrides (RFC 5545 §3.8.5).
struct RecurringSeries {
    /// A start in addition to those of the rules (RDATE).
    private struct Extra {
        let time: EventTime
        let clock: TimeZoneRules
        let start: Int64
        let period: Period?
    }

    /// An override of one occurrence, or of one and all later ones (RFC 5545 §3.2.13).
    private struct Replacement {
        let id: EventTime
        let start: Int64
        let by: AnchoredEvent
    }

    let base: AnchoredEvent
    private let rules: [RecurrenceRule]
    /// EXRULE of RFC 2445 §4.8.5.2, which RFC 5545 has dropped: what it gives does not take place.
    private let exclusions: [RecurrenceRule]
    private var extras: [Extra] = []
    private var single: [Replacement] = []
    /// The positions in `single`, by start.
    private var singleIndex: [Int64: Int] = [:]
    /// In the order of their starts, once they are expanded.
    private var future: [Replacement] = []
    /// The excluded starts in UTC seconds, and the excluded days on the event's clock.
    private var excludedStarts: Set<Int64> = []
    private var excludedDays: Set<Int64> = []

    /// - Throws: ``ICalendarError`` for an RRULE that could not be parsed, because without it the occurrences are
    ///   unknown.
    init(_ base: AnchoredEvent) throws(ICalendarError) {
        self.base = base
        var rules: [RecurrenceRule] = []
        for property in base.event.properties.all(.rrule) {
            guard case .recurrence(let rule) = property.value else {
                throw ICalendarError(
                    code: .malformedValue, location: "event “\(Token.printable(base.event.uid ?? ""))”",
                    problem: "an RRULE that cannot be parsed", next: "See RFC 5545 §3.3.10.")
            }
            rules.append(rule)
        }
        self.rules = rules
        var exclusions: [RecurrenceRule] = []
        for property in base.event.properties where property.name.text == "EXRULE" {
            switch property.value {
            case .raw(let text, type: _), .text(let text): exclusions.append(try RecurrenceRule(lenient: text))
            case .textList, .uri, .calendarAddress, .utcDateTime, .localDateTime, .date, .duration, .period,
                .recurrence,
                .integer, .float, .coordinates, .boolean, .binary, .utcOffset, .list:
                continue
            }
        }
        self.exclusions = exclusions
    }

    /// Whether it has a rule, and so may have very many occurrences.
    var hasRule: Bool { !rules.isEmpty }

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
        _ id: EventTime, _ clock: TimeZoneRules, by other: AnchoredEvent, isForFuture: Bool
    ) {
        let replacement = Replacement(id: id, start: base.instant(of: id, on: clock), by: other)
        guard !isForFuture else { return future.append(replacement) }
        // One occurrence may be overridden twice, under an id in UTC and under one in a zone.
        guard let index = singleIndex[replacement.start] else {
            singleIndex[replacement.start] = single.count
            return single.append(replacement)
        }
        if other.event.isNewer(than: single[index].by.event) { single[index] = replacement }
    }

    /// Emits every occurrence that overlaps a window, and possibly others; false if the work limit was reached.
    ///
    /// It stops when `emit` returns false.
    mutating func expand(
        in window: Range<Int64>, work: inout Int, _ emit: (Occurrence) -> Bool
    ) -> Bool {
        future.sort { $0.start < $1.start }
        guard expandExclusions(in: window, work: &work) else { return false }
        for replacement in single where !isExcluded(replacement) {
            let (wall, start) = (replacement.by.time.wallSeconds, replacement.by.start)
            let occurrence = Occurrence(
                event: replacement.by.event, position: replacement.by.position, recurrenceID: replacement.id,
                original: UTCDateTime(clamping: replacement.start), time: replacement.by.time,
                start: UTCDateTime(clamping: start),
                end: UTCDateTime(clamping: replacement.by.end(atWall: wall, start: start)))
            guard emit(occurrence) else { return true }
        }
        var seen = Set(single.map(\.start))
        for extra in extras where seen.insert(extra.start).inserted {
            guard emitExtra(extra, emit) else { return true }
        }
        if rules.isEmpty, seen.insert(base.start).inserted { _ = emitRegular(base.time.wallSeconds, emit) }
        let reach = reach
        for rule in rules {
            guard expand(rule, in: window, reach: reach, work: &work, seen: &seen, emit) else { return false }
        }
        return true
    }

    private mutating func expandExclusions(in window: Range<Int64>, work: inout Int) -> Bool {
        let margin = reach
        for rule in exclusions {
            var starts = RecurrenceIterator(
                rule, from: LocalDateTime(clampingWallSeconds: base.time.wallSeconds), zone: base.clock, work: work)
            starts.restrict(
                from: window.lowerBound.saturatingAdd(-margin), through: window.upperBound.saturatingAdd(margin))
            defer { work = starts.work }
            while let time = starts.next() {
                excludedStarts.insert(base.clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds)
            }
            guard !starts.isCutShort else { return false }
        }
        return true
    }

    private func expand(
        _ rule: RecurrenceRule, in window: Range<Int64>, reach margin: Int64, work: inout Int, seen: inout Set<Int64>,
        _ emit: (Occurrence) -> Bool
    ) -> Bool {
        var starts = RecurrenceIterator(
            rule, from: LocalDateTime(clampingWallSeconds: base.time.wallSeconds), zone: base.clock, work: work)
        starts.restrict(
            from: window.lowerBound.saturatingAdd(-margin), through: window.upperBound.saturatingAdd(margin))
        defer { work = starts.work }
        while let time = starts.next() {
            let start = base.clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds
            guard seen.insert(start).inserted else { continue }
            guard emitRegular(time.wallSeconds, emit) else { return true }
        }
        return !starts.isCutShort
    }

    /// The maximum distance of an occurrence from the rule's time: its duration, how far an override moves it, and the
    /// offset of its zone.
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

    private func emitRegular(_ wall: Int64, _ emit: (Occurrence) -> Bool) -> Bool {
        let span = base.span(atWall: wall)
        guard !isExcluded(wall: wall, start: span.start) else { return true }
        let id = base.time.moved(to: wall)
        guard let replacement = replacement(at: span.start) else {
            return emit(
                Occurrence(
                    event: base.event, position: base.position, recurrenceID: id,
                    original: UTCDateTime(clamping: span.start), time: id,
                    start: UTCDateTime(clamping: span.start), end: UTCDateTime(clamping: span.end)))
        }
        // RFC 5545 §3.8.4.4: the later occurrences move by the same local time difference as the one identified.
        let by = replacement.by
        let original = by.clock.offset(at: replacement.start).secondsEastOfUTC
        let moved = by.time.wallSeconds - (replacement.start + Int64(original))
        let offset = by.clock.offset(at: span.start).secondsEastOfUTC
        let newWall = span.start + Int64(offset) + moved
        let newSpan = by.span(atWall: newWall)
        return emit(
            Occurrence(
                event: by.event, position: by.position, recurrenceID: id, original: UTCDateTime(clamping: span.start),
                time: by.time.moved(to: newWall), start: UTCDateTime(clamping: newSpan.start),
                end: UTCDateTime(clamping: newSpan.end)))
    }

    /// The last override of all later occurrences that begins at or before a start.
    private func replacement(at start: Int64) -> Replacement? {
        var (low, high) = (0, future.count)
        while low < high {
            let middle = (low + high) / 2
            if future[middle].start <= start { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? future[low - 1] : nil
    }

    private func emitExtra(_ extra: Extra, _ emit: (Occurrence) -> Bool) -> Bool {
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
        return emit(
            Occurrence(
                event: base.event, position: base.position, recurrenceID: extra.time,
                original: UTCDateTime(clamping: extra.start),
                time: extra.time, start: UTCDateTime(clamping: extra.start),
                end: UTCDateTime(clamping: max(end, extra.start))))
    }
}

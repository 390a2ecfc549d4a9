/// Computes the occurrences of events, one UID at a time.
struct OccurrenceFinder {
    /// The duration of an event.
    ///
    /// RFC 5545 §3.8.5.3: with DTEND, the exact duration of each occurrence is the same; with DURATION, the nominal
    /// one.
    enum Length {
        case exact(Int64)
        case nominal(CalendarDuration)
    }

    /// An event with its start and the rules of its time zone.
    struct Anchored {
        let event: Event
        let time: EventTime
        let clock: TimeZoneRules
        let start: Int64
        let length: Length

        /// The start and end, in UTC seconds, of an occurrence with this local start.
        func span(atWall wall: Int64) -> (start: Int64, end: Int64) {
            let start = clock.utc(ofLocalSeconds: wall).utcSeconds
            return (start, end(atWall: wall, start: start))
        }

        /// The instant of a RECURRENCE-ID, in UTC seconds.
        ///
        /// A date where a time is expected is the occurrence on that day, at this event's time of day.
        func instant(of id: EventTime, on clock: TimeZoneRules) -> Int64 {
            guard id.isDate, !time.isDate else { return clock.utc(ofLocalSeconds: id.wallSeconds).utcSeconds }
            let timeOfDay = Gregorian.floorDivide(time.wallSeconds, Gregorian.secondsPerDay).remainder
            return self.clock.utc(ofLocalSeconds: id.wallSeconds + timeOfDay).utcSeconds
        }

        func end(atWall wall: Int64, start: Int64) -> Int64 {
            switch length {
            case .exact(let seconds): return start.saturatingAdd(seconds)
            case .nominal(let duration):
                guard !duration.isNegative else { return start }
                let days = Int64(clamping: duration.days).clamped(to: 0...4_000_000)
                let seconds = Int64(clamping: duration.seconds)
                let end =
                    days == 0 ? start : clock.utc(ofLocalSeconds: wall + days * Gregorian.secondsPerDay).utcSeconds
                return end.saturatingAdd(seconds)
            }
        }
    }

    let window: Range<Int64>
    let limits: OccurrenceLimits
    var clocks: Clocks
    private(set) var problems: [EventProblem] = []
    private(set) var isComplete = true
    private var occurrences: [Occurrence] = []
    private var work: Int

    init(window: Range<Int64>, limits: OccurrenceLimits, clocks: Clocks) {
        self.window = window
        self.limits = limits
        self.clocks = clocks
        work = limits.work
    }

    mutating func find(_ events: [Event], _ zones: (String) -> TimeZoneRules?) {
        for group in Self.groups(events) where isComplete {
            do throws(ICalendarError) {
                try findOccurrences(of: group, zones)
            } catch {
                note(error, group.first { $0.recurrenceID == nil } ?? group[0])
            }
        }
    }

    func sorted() -> [Occurrence] {
        occurrences.enumerated().sorted { first, second in
            let (one, other) = (first.element, second.element)
            if one.start != other.start { return one.start < other.start }
            let (uid, otherUID) = (one.event.uid ?? "", other.event.uid ?? "")
            return (uid, first.offset) < (otherUID, second.offset)
        }.map(\.element)
    }

    /// Groups events by UID; events without a UID are groups of their own.
    private static func groups(_ events: [Event]) -> [[Event]] {
        var groups: [[Event]] = []
        var indices: [String: Int] = [:]
        for event in events {
            if let uid = event.uid, let index = indices[uid] {
                groups[index].append(event)
            } else {
                if let uid = event.uid { indices[uid] = groups.count }
                groups.append([event])
            }
        }
        return groups
    }

    private mutating func findOccurrences(
        of group: [Event], _ zones: (String) -> TimeZoneRules?
    ) throws(ICalendarError) {
        var series: RecurringSeries?
        var replacements: [(id: EventTime, event: Event)] = []
        noteTwins(group)
        for event in newest(group.filter { reads($0, .recurrenceID) }) {
            if let id = event.recurrenceID {
                replacements.append((id, event))
            } else {
                series = try RecurringSeries(try anchor(event, zones))
            }
        }
        guard var series else {
            for (id, event) in replacements {
                do throws(ICalendarError) {
                    let by = try anchor(event, zones)
                    let id = id.onClock(of: by.time)
                    add(by, id: id, original: by.instant(of: id, on: try clocks.rules(of: id, zones)))
                } catch {
                    note(error, event)
                }
            }
            return
        }
        for (id, event) in replacements {
            do throws(ICalendarError) {
                let id = id.onClock(of: series.base.time)
                let clock = try clocks.rules(of: id, zones)
                series.replace(
                    id, clock, by: try anchor(event, zones, series: series.base.time), isForFuture: event.isForFuture)
            } catch {
                note(error, event)
            }
        }
        for property in series.base.event.properties.all(.exdate) { exclude(property, from: &series, zones) }
        for property in series.base.event.properties.all(.rdate) { include(property, in: &series, zones) }
        expand(series)
    }

    /// Notes a second event with the UID of another one that is no other version of it (RFC 5546 §2.1.5).
    private mutating func noteTwins(_ group: [Event]) {
        let events = group.filter { !$0.isOverride }
        guard events.count > 1 else { return }
        for (one, other) in zip(events, events.dropFirst())
        where one.start != other.start && one.sequence ?? 0 == other.sequence ?? 0 {
            note(.twin(of: one), one)
        }
    }

    /// Of several versions of an event, the one with the highest SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5).
    private func newest(_ group: [Event]) -> [Event] {
        guard group.count > 1 else { return group }
        var kept: [Event] = []
        var indices: [EventTime?: Int] = [:]
        for event in group {
            let id = event.recurrenceID
            guard let index = indices[id] else {
                indices[id] = kept.count
                kept.append(event)
                continue
            }
            if event.isNewer(than: kept[index]) { kept[index] = event }
        }
        return kept
    }

    /// Reads the times of an event; `series` is the start of the series that it overrides an occurrence of.
    private mutating func anchor(
        _ event: Event, _ zones: (String) -> TimeZoneRules?, series: EventTime? = nil
    ) throws(ICalendarError) -> Anchored {
        guard var time = event.start else {
            throw ICalendarError(
                code: .brokenRule, location: "event “\(Token.printable(event.uid ?? ""))”",
                problem: "no DTSTART with a date or time",
                next: "Add one (RFC 5545 §3.6.1).")
        }
        // A time without a zone is on the clock of the other times of the same event.
        for other in [event.end, series].compactMap({ $0 }) { time = time.onClock(of: other) }
        let clock = try clocks.rules(of: time, zones)
        let start = clock.utc(ofLocalSeconds: time.wallSeconds).utcSeconds
        var length = Length.nominal(time.isDate ? .days(1) : .seconds(0))
        if let duration = event.duration {
            length = .nominal(duration)
        } else if let end = event.end?.onClock(of: time) {
            if time.isDate, end.isDate {
                let days = (end.wallSeconds - time.wallSeconds) / Gregorian.secondsPerDay
                length = .nominal(.days(Int(max(days, 0))))
            } else {
                let endClock = end.isDate ? clock : try clocks.rules(of: end, zones)
                let seconds = endClock.utc(ofLocalSeconds: end.wallSeconds).utcSeconds - start
                length = .exact(max(0, seconds))
            }
        }
        return Anchored(event: event, time: time, clock: clock, start: start, length: length)
    }

    private mutating func exclude(
        _ property: Property, from series: inout RecurringSeries, _ zones: (String) -> TimeZoneRules?
    ) {
        var isUnreadable = false
        for value in property.readValues {
            guard let time = EventTime(value, zone: property.parameter(.tzid))?.onClock(of: series.base.time) else {
                isUnreadable = true
                continue
            }
            do throws(ICalendarError) {
                series.exclude(time, try clocks.rules(of: time, zones))
            } catch {
                note(error, series.base.event)
                // An occurrence that may have been excluded is not announced.
                series.exclude(time, series.base.clock)
            }
        }
        if isUnreadable { note(.unreadable(property.name, of: series.base.event), series.base.event) }
    }

    private mutating func include(
        _ property: Property, in series: inout RecurringSeries, _ zones: (String) -> TimeZoneRules?
    ) {
        let zone = property.parameter(.tzid)
        var isUnreadable = false
        for value in property.readValues {
            var (start, period): (Value, Period?) = (value, nil)
            if case .period(let value) = value { (start, period) = (value.start.value, value) }
            guard let time = EventTime(start, zone: zone)?.onClock(of: series.base.time) else {
                isUnreadable = true
                continue
            }
            do throws(ICalendarError) {
                series.include(time, try clocks.rules(of: time, zones), period: period)
            } catch {
                note(error, series.base.event)
            }
        }
        if isUnreadable { note(.unreadable(property.name, of: series.base.event), series.base.event) }
    }

    /// Whether an event has no such property, or one that is a time; notes it otherwise.
    ///
    /// An override of an occurrence that is unknown must not take the place of the whole series.
    private mutating func reads(_ event: Event, _ name: PropertyName) -> Bool {
        guard let property = event.properties.first(name), EventTime(property) == nil else { return true }
        note(.unreadable(name, of: event), event)
        return false
    }

    /// Adds the occurrences of a series: all of them, or none where there are too many.
    private mutating func expand(_ series: RecurringSeries) {
        guard series.isRecurring else { return add(series.base, id: nil, original: nil) }
        var series = series
        let budget = min(work, limits.workOfEvent)
        let before = occurrences.count
        var left = budget
        var isTooMany = false
        let isWhole = series.expand(in: window, work: &left) { occurrence in
            isTooMany = occurrences.count - before >= limits.occurrencesOfEvent && overlaps(occurrence)
            return !isTooMany && add(occurrence)
        }
        work -= budget - left
        guard isComplete, isTooMany || !isWhole else { return }
        occurrences.removeLast(occurrences.count - before)
        isComplete = work > 0
        let problem =
            isTooMany
            ? "more than \(limits.occurrencesOfEvent) occurrences in the window"
            : "its rules require examining more than \(budget) dates and times"
        note(limit(problem, series.base.event), series.base.event)
    }

    private mutating func add(_ anchored: Anchored, id: EventTime?, original: Int64?) {
        _ = add(
            Occurrence(
                event: anchored.event, recurrenceID: id, original: original.map { UTCDateTime(clamping: $0) },
                time: anchored.time,
                start: UTCDateTime(clamping: anchored.start),
                end: UTCDateTime(clamping: anchored.end(atWall: anchored.time.wallSeconds, start: anchored.start))))
    }

    /// Keeps an occurrence that overlaps the window; false if the limit is reached.
    private mutating func add(_ occurrence: Occurrence) -> Bool {
        guard overlaps(occurrence) else { return true }
        guard occurrences.count < limits.occurrences else {
            if isComplete {
                note(limit("more than \(limits.occurrences) occurrences", occurrence.event), occurrence.event)
            }
            isComplete = false
            return false
        }
        occurrences.append(occurrence)
        return true
    }

    private func overlaps(_ occurrence: Occurrence) -> Bool {
        let (start, end) = (occurrence.start.secondsSince1970, occurrence.end.secondsSince1970)
        return start < window.upperBound && (end > window.lowerBound || (start == end && start >= window.lowerBound))
    }

    private mutating func note(_ error: ICalendarError, _ event: Event) {
        problems.append(EventProblem(event: event, error: error.of(event)))
    }

    private func limit(_ problem: String, _ event: Event) -> ICalendarError {
        ICalendarError(
            code: .tooLarge, location: "event “\(Token.printable(event.uid ?? ""))”", problem: problem,
            next: "It is left out; let it recur less often.")
    }
}

extension Event {
    /// Whether it takes the place of another version: by SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5); of equal ones, the later in the calendar.
    public func isNewer(than other: Event) -> Bool {
        (sequence ?? 0, stamp ?? .earliest) >= (other.sequence ?? 0, other.stamp ?? .earliest)
    }
}

extension Period.Time {
    var value: Value {
        switch self {
        case .utc(let instant): .utcDateTime(instant)
        case .local(let time): .localDateTime(time)
        }
    }
}

extension Int64 {
    /// The sum, limited to the range of the type.
    func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}

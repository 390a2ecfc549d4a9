extension OccurrenceFinder {
    /// Computes the occurrences of the events of one UID.
    ///
    /// - Throws: ``ICalendarError`` where the series cannot be interpreted, or exceeds a limit.
    mutating func findOccurrences(
        of group: [Numbered], _ zones: (String) -> TimeZoneRules?
    ) throws(ICalendarError) {
        var series: RecurringSeries?
        var replacements: [(id: EventTime, event: Numbered)] = []
        for item in group where item.event.component.isCutShort {
            throw limit("more lines, or more octets, than an event may have", item.event)
        }
        noteTwins(group.map(\.event))
        for item in newest(group.filter { reads($0.event, .recurrenceID) }) {
            if let id = item.event.recurrenceID {
                replacements.append((id, item))
            } else {
                series = try RecurringSeries(try anchor(item, zones))
            }
        }
        guard var series else {
            for (id, event) in replacements {
                do throws(ICalendarError) {
                    let by = try anchor(event, zones)
                    let id = id.onClock(of: by.time)
                    add(by, id: id, original: by.instant(of: id, on: try clocks.rules(of: id, zones)))
                } catch {
                    note(error, event.event)
                }
            }
            return try checkCount()
        }
        for (id, event) in replacements {
            do throws(ICalendarError) {
                let id = id.onClock(of: series.base.time)
                let clock = try clocks.rules(of: id, zones)
                series.replace(
                    id, clock, by: try anchor(event, zones, series: series.base.time),
                    isForFuture: event.event.isForFuture)
            } catch {
                note(error, event.event)
            }
        }
        var stated = 0
        for property in series.base.event.properties.all(.exdate) {
            exclude(try values(property, of: series, &stated), property, from: &series, zones)
        }
        for property in series.base.event.properties.all(.rdate) {
            include(try values(property, of: series, &stated), property, in: &series, zones)
        }
        try expand(series)
    }

    /// The values of RDATE or EXDATE.
    ///
    /// - Throws: ``ICalendarError`` if the event lists more of them than the limit.
    private func values(
        _ property: Property, of series: RecurringSeries, _ stated: inout Int
    ) throws(ICalendarError) -> [Value] {
        let values = property.readValues
        stated += values.count
        guard stated <= limits.statedTimesOfEvent else {
            throw limit("more than \(limits.statedTimesOfEvent) dates in RDATE and EXDATE", series.base.event)
        }
        return values
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
    private func newest(_ group: [Numbered]) -> [Numbered] {
        guard group.count > 1 else { return group }
        var kept: [Numbered] = []
        var indices: [EventTime?: Int] = [:]
        for item in group {
            let id = item.event.recurrenceID
            guard let index = indices[id] else {
                indices[id] = kept.count
                kept.append(item)
                continue
            }
            if item.event.isNewer(than: kept[index].event) { kept[index] = item }
        }
        return kept
    }

    /// Reads the times of an event; `series` is the start of the series that it overrides an occurrence of.
    private mutating func anchor(
        _ item: Numbered, _ zones: (String) -> TimeZoneRules?, series: EventTime? = nil
    ) throws(ICalendarError) -> AnchoredEvent {
        let event = item.event
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
        var length = AnchoredEvent.Length.nominal(time.isDate ? .days(1) : .seconds(0))
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
        return AnchoredEvent(
            event: event, position: item.position, time: time, clock: clock, start: start, length: length)
    }

    private mutating func exclude(
        _ values: [Value], _ property: Property, from series: inout RecurringSeries, _ zones: (String) -> TimeZoneRules?
    ) {
        var isUnreadable = false
        for value in values {
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
        _ values: [Value], _ property: Property, in series: inout RecurringSeries, _ zones: (String) -> TimeZoneRules?
    ) {
        let zone = property.parameter(.tzid)
        var isUnreadable = false
        for value in values {
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

    private mutating func expand(_ series: RecurringSeries) throws(ICalendarError) {
        guard series.isRecurring else { return add(series.base, id: nil, original: nil) }
        let event = series.base.event
        let year = ClockFields(seconds: series.base.time.wallSeconds).year
        guard !series.hasRule || year >= limits.earliestYear else {
            throw limit("a rule that begins in the year \(year)", event)
        }
        var (series, left) = (series, work)
        let isWhole = series.expand(in: window, work: &left) { occurrence in add(occurrence) }
        work = max(0, left)
        try checkCount()
        guard isWhole else {
            current.isExhausted = true
            throw limit("rules of which too many dates and times must be examined (\(limits.workOfEvent))", event)
        }
    }

    private func checkCount() throws(ICalendarError) {
        guard current.occurrences.count > limits.occurrencesOfEvent else { return }
        throw limit("more than \(limits.occurrencesOfEvent) occurrences", current.main)
    }

    private mutating func add(_ anchored: AnchoredEvent, id: EventTime?, original: Int64?) {
        _ = add(
            Occurrence(
                event: anchored.event, position: anchored.position, recurrenceID: id,
                original: original.map { UTCDateTime(clamping: $0) },
                time: anchored.time,
                start: UTCDateTime(clamping: anchored.start),
                end: UTCDateTime(clamping: anchored.end(atWall: anchored.time.wallSeconds, start: anchored.start))))
    }

    /// Keeps an occurrence that overlaps the window; false if there are too many.
    private mutating func add(_ occurrence: Occurrence) -> Bool {
        let (start, end) = (occurrence.start.secondsSince1970, occurrence.end.secondsSince1970)
        guard start < window.upperBound, end > window.lowerBound || (start == end && start >= window.lowerBound) else {
            return true
        }
        current.occurrences.append(occurrence)
        return current.occurrences.count <= limits.occurrencesOfEvent
    }

    private mutating func note(_ error: ICalendarError, _ event: Event) {
        current.problems.append(EventProblem(event: event, error: error.of(event)))
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

extension FixedWidthInteger {
    /// The sum, limited to the range of the type.
    func saturatingAdd(_ other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}

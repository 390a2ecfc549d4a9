/// A change of a zone's offset, which begins an observance of a VTIMEZONE (RFC 5545 §3.6.5).
private struct Observance: Hashable {
    /// UTC seconds of the change.
    let onset: Int64
    let before: TimeZoneOffset
    let after: TimeZoneOffset

    /// The local time before the change, which is the DTSTART of the observance (RFC 5545 §3.6.5).
    var wall: LocalDateTime { LocalDateTime(clampingWallSeconds: onset + Int64(before.secondsEastOfUTC)) }

    /// DAYLIGHT for the clock that is ahead, even where the tz database has a negative saving, as for Ireland.
    var name: Component.Name {
        let isSeasonal = before.isDaylight || after.isDaylight
        return isSeasonal && after.secondsEastOfUTC > before.secondsEastOfUTC ? .daylight : .standard
    }

    func component(rule: RecurrenceRule? = nil) -> Component {
        var component = Component(name)
        component.properties.set(.dtstart, .localDateTime(wall))
        component.properties.set(.tzoffsetfrom, .utcOffset(seconds: before.secondsEastOfUTC))
        component.properties.set(.tzoffsetto, .utcOffset(seconds: after.secondsEastOfUTC))
        component.properties.set(.tzname, .text(after.abbreviation))
        component.properties.set(.rrule, rule.map(Value.recurrence))
        return component
    }
}

extension TimeZoneRules {
    /// Creates a VTIMEZONE that is exact for every instant of a span (RFC 5545 §3.6.5).
    ///
    /// If the zone changes its clocks by a yearly rule, the component has an RRULE that begins in the year before the
    /// span and has no end. Each other change within the span is an observance of its own: several programs read an observance with an RDATE
    /// without its DTSTART (RFC 5545 §3.6.5 counts both).
    ///
    /// - Parameters:
    ///   - id: The TZID, usually an IANA name.
    ///   - span: From the start of the first event to the end of the last one.
    /// - Returns: A VTIMEZONE component.
    public func component(id: String, covering span: ClosedRange<UTCDateTime>) -> Component {
        let (from, to) = (span.lowerBound.secondsSince1970, span.upperBound.secondsSince1970)
        let regular = regularObservances(from: from, to: to)
        var listed = observances(after: from, through: to)
        if let start = regular.map(\.observance.onset).min() { listed = listed.filter { $0.onset < start } }
        if !regular.contains(where: { $0.observance.onset <= from }) { listed.insert(initial(at: from), at: 0) }
        var zone = Component(.timeZone)
        zone.properties.set(.tzid, .text(id))
        zone.components = listed.map { $0.component() } + regular.map { $0.observance.component(rule: $0.rule) }
        return zone
    }

    private func observances(after from: Int64, through to: Int64) -> [Observance] {
        changes(after: from, through: to).map(observance).filter {
            $0.before.secondsEastOfUTC != $0.after.secondsEastOfUTC
        }
    }

    private func observance(_ onset: Int64) -> Observance {
        Observance(onset: onset, before: offset(at: onset - 1), after: offset(at: onset))
    }

    /// The offset in effect when the span begins, as one that always was.
    ///
    /// Some programs take a zone for UTC that agrees with it in the years before.
    private func initial(at from: Int64) -> Observance {
        let offset = offset(at: from)
        let wall = Gregorian.days(year: from < 0 ? 1601 : 1970, month: 1, day: 1) * Gregorian.secondsPerDay
        return Observance(onset: wall - Int64(offset.secondsEastOfUTC), before: offset, after: offset)
    }

    /// The two yearly changes, if from some year until the end of the span there are no others.
    private func regularObservances(
        from: Int64, to: Int64
    ) -> [(observance: Observance, rule: RecurrenceRule)] {
        guard let footer, let daylight = footer.daylight, let start = daylight.start.recurrence,
            let end = daylight.end.recurrence, let first = firstRegularYear(footer, from: from, to: to)
        else { return [] }
        let onset = { (change: PosixRules.Change, before: TimeZoneOffset) in
            change.wallSeconds(in: first) - Int64(before.secondsEastOfUTC)
        }
        let both = [
            (observance(onset(daylight.start, footer.standard)), start),
            (observance(onset(daylight.end, daylight.offset)), end),
        ]
        return both.sorted { $0.0.onset < $1.0.onset }.map { (observance: $0.0, rule: $0.1) }
    }

    /// The first year, at the earliest the one before the span, from which on only the rule changes the clocks.
    private func firstRegularYear(_ footer: PosixRules, from: Int64, to: Int64) -> Int64? {
        let last = ClockFields(seconds: to).year
        var first: Int64?
        // Two more years: locally the span may end in the next year, and the rule must hold for some time after it.
        for year in stride(from: Int64(last) + 2, through: Int64(ClockFields(seconds: from).year) - 1, by: -1) {
            guard isRegular(year, footer) else { break }
            first = year
        }
        guard let first, first <= last else { return nil }
        return first
    }

    private func isRegular(_ year: Int64, _ footer: PosixRules) -> Bool {
        let start = Gregorian.days(year: year, month: 1, day: 1) * Gregorian.secondsPerDay - 1
        let end = Gregorian.days(year: year + 1, month: 1, day: 1) * Gregorian.secondsPerDay - 1
        let expected = footer.changes(after: start, through: end).filter {
            footer.offset(at: $0 - 1).secondsEastOfUTC != footer.offset(at: $0).secondsEastOfUTC
        }
        let actual = observances(after: start, through: end)
        return expected.count == 2 && actual.map(\.onset) == expected
            && actual.allSatisfy {
                footer.offset(at: $0.onset - 1).secondsEastOfUTC == $0.before.secondsEastOfUTC
                    && footer.offset(at: $0.onset) == $0.after
            }
    }
}

extension PosixRules.Change {
    /// The same change as a yearly rule; nil if RRULE cannot express it.
    ///
    /// Hours outside of the day, which some zones use, move it to another day.
    var recurrence: RecurrenceRule? {
        var rule = RecurrenceRule(.yearly)
        let shift = Int(Gregorian.floorDivide(seconds, Gregorian.secondsPerDay).quotient)
        switch day {
        case .weekday(let month, let week, let weekday):
            guard let day = RecurrenceRule.Weekday(rawValue: (weekday + shift + 7 * 7) % 7) else { return nil }
            rule.months = [month]
            if shift == 0 {
                rule.daysOfWeek = [.init(day, ordinal: week == 5 ? -1 : week)]
                return rule
            }
            rule.daysOfWeek = [.init(day)]
            let first = (week == 5 ? -7 : week * 7 - 6) + shift
            let shortest = Gregorian.daysInMonth(month, year: 1970)
            guard week == 5 ? shift < 0 && first >= -shortest : first >= 1 && first + 6 <= shortest else { return nil }
            rule.daysOfMonth = Array(first...first + 6)
        case .julian(let number):
            // Day 60 is March 1 in every year.
            guard (1...365).contains(number + shift), (number < 60) == (number + shift < 60) else { return nil }
            let date = Gregorian.date(days: Int64(number + shift) - 1)
            (rule.months, rule.daysOfMonth) = ([date.month], [date.day])
        case .ordinal(let number):
            guard (1...365).contains(number + 1 + shift) else { return nil }
            rule.daysOfYear = [number + 1 + shift]
        }
        return rule
    }
}

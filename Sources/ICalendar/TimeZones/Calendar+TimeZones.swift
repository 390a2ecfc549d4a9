extension Calendar {
    /// The VTIMEZONE components, in order.
    ///
    /// Setting them puts them before all other components.
    ///
    /// RFC 5545 §3.6.5 requires only that the zone is in the object, but some readers require it before the events.
    public var timeZones: [Component] {
        get { components.filter { $0.name == .timeZone } }
        set { components = newValue + components.filter { $0.name != .timeZone } }
    }

    /// Replaces the VTIMEZONE components with one for each zone that the calendar uses (RFC 5545 §3.2.19).
    ///
    /// - Parameters:
    ///   - horizon: The time up to which events that recur without an end must be exact.
    ///   - rules: Returns the rules of a TZID.
    /// - Throws: The error of `rules`; the calendar is then unchanged.
    public mutating func embedTimeZones<Failure: Error>(
        through horizon: UTCDateTime, _ rules: (String) throws(Failure) -> TimeZoneRules
    ) throws(Failure) {
        var spans = ZoneSpans()
        for component in components where component.name != .timeZone { spans.add(component, horizon: horizon) }
        var zones: [Component] = []
        for (id, span) in spans.sorted() {
            let rules = try rules(id)
            // A wall time is at most a day and a few hours away from its instant.
            let (from, to) = (
                span.lowerBound - 2 * Gregorian.secondsPerDay, span.upperBound + 2 * Gregorian.secondsPerDay
            )
            zones.append(rules.component(id: id, covering: UTCDateTime(clamping: from)...UTCDateTime(clamping: to)))
        }
        timeZones = zones
    }
}

/// The first and last use of each zone in a calendar, in wall seconds.
private struct ZoneSpans {
    private var spans: [String: ClosedRange<Int64>] = [:]

    mutating func add(_ component: Component, horizon: UTCDateTime) {
        let recurs = component.properties.first(.rrule) != nil
        for property in component.properties {
            guard let zone = property.parameter(.tzid) else { continue }
            for value in property.value.each {
                guard let wall = EventTime(value, zone: zone)?.wallSeconds else { continue }
                let length = component.properties.duration(.duration).map {
                    Int64(clamping: $0.days).clamped(to: 0...4_000_000) * Gregorian.secondsPerDay
                }
                widen(zone, to: wall, through: max(wall + (length ?? 0), recurs ? horizon.secondsSince1970 : wall))
            }
        }
        for inner in component.components { add(inner, horizon: horizon) }
    }

    private mutating func widen(_ zone: String, to start: Int64, through end: Int64) {
        guard let span = spans[zone] else { return spans[zone] = start...end }
        spans[zone] = min(span.lowerBound, start)...max(span.upperBound, end)
    }

    /// Sorted by name, so that equal calendars encode to equal bytes.
    func sorted() -> [(key: String, value: ClosedRange<Int64>)] {
        spans.sorted { $0.key < $1.key }
    }
}

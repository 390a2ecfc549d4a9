extension Calendar {
    /// The time zones, in their order; to set them puts them before all other components.
    ///
    /// A zone must come before the events that use it (RFC 5545 §3.6.5 asks for it in the object; some readers for it first).
    public var timeZones: [Component] {
        get { components.filter { $0.name == .timeZone } }
        set { components = newValue + components.filter { $0.name != .timeZone } }
    }

    /// Puts in the VTIMEZONE of every zone that the calendar names, in place of those that are there (RFC 5545 §3.2.19).
    ///
    /// - Parameters:
    ///   - horizon: Until when events that recur without an end are to be exact.
    ///   - rules: The rules of a TZID.
    /// - Throws: What `rules` throws; then nothing has changed.
    public mutating func embedTimeZones<Failure: Error>(
        through horizon: UTCDateTime, _ rules: (String) throws(Failure) -> TimeZoneRules
    ) throws(Failure) {
        var spans = ZoneSpans()
        for component in components where component.name != .timeZone { spans.add(component, horizon: horizon) }
        var zones: [Component] = []
        for (id, span) in spans.sorted() {
            let rules = try rules(id)
            // A wall time is at most a day and some hours from the instant it means.
            let (from, to) = (
                span.lowerBound - 2 * Gregorian.secondsPerDay, span.upperBound + 2 * Gregorian.secondsPerDay
            )
            zones.append(rules.component(id: id, covering: UTCDateTime(clamping: from)...UTCDateTime(clamping: to)))
        }
        timeZones = zones
    }
}

/// From when until when the zones of a calendar are used, in wall seconds.
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
        guard let known = spans[zone] else { return spans[zone] = start...end }
        spans[zone] = min(known.lowerBound, start)...max(known.upperBound, end)
    }

    /// By name, so that equal calendars give equal bytes.
    func sorted() -> [(key: String, value: ClosedRange<Int64>)] {
        spans.sorted { $0.key < $1.key }
    }
}

/// The clocks that the times of a calendar are told by.
struct Clocks {
    private let floating: TimeZoneRules
    private let components: [Component]
    private var known: [String: TimeZoneRules?] = [:]

    init(floating: TimeZoneRules, components: [Component]) {
        self.floating = floating
        self.components = components
    }

    /// The clock of a time.
    ///
    /// - Throws: ``ICalendarError`` with code `unknown-zone`.
    mutating func rules(
        of time: EventTime, _ zones: (String) -> TimeZoneRules?
    ) throws(ICalendarError) -> TimeZoneRules {
        switch time {
        case .utc: return .utc
        case .floating, .date: return floating
        case .zoned(_, let id):
            let rules = known[id] ?? resolve(id, zones)
            known[id] = .some(rules)
            guard let rules else {
                throw ICalendarError(
                    code: .unknownZone, place: "time zone “\(Token.printable(id))”", found: "no rules for it",
                    next: "Use an IANA name, or put its VTIMEZONE into the calendar.")
            }
            return rules
        }
    }

    private func resolve(_ id: String, _ zones: (String) -> TimeZoneRules?) -> TimeZoneRules? {
        if let rules = zones(id) { return rules }
        for component in components where component.properties.text(.tzid) == id {
            do throws(ICalendarError) {
                return try TimeZoneRules(component)
            } catch {
                // A zone that cannot be read is one that nobody knows: the caller is told so.
                return nil
            }
        }
        return nil
    }
}

extension EventTime {
    /// Seconds since 1970 on the clock that the time is told by; the midnight of a whole day.
    var wallSeconds: Int64 {
        switch self {
        case .utc(let instant): instant.secondsSince1970
        case .zoned(let time, zone: _), .floating(let time): time.wallSeconds
        case .date(let date): date.daysSince1970 * Gregorian.secondsPerDay
        }
    }

    /// Another time of the same form.
    func moved(to wallSeconds: Int64) -> EventTime {
        switch self {
        case .utc: .utc(UTCDateTime(clamping: wallSeconds))
        case .zoned(_, let zone): .zoned(LocalDateTime(clampingWallSeconds: wallSeconds), zone: zone)
        case .floating: .floating(LocalDateTime(clampingWallSeconds: wallSeconds))
        case .date:
            .date(CivilDate(clampingDays: Gregorian.floorDivide(wallSeconds, Gregorian.secondsPerDay).quotient))
        }
    }

    var isDate: Bool {
        if case .date = self { true } else { false }
    }
}

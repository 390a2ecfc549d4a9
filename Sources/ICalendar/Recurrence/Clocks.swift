/// Looks up the time zone rules for the times of a calendar.
struct Clocks {
    private let floating: TimeZoneRules
    /// The VTIMEZONE components by TZID, the first of each.
    private let components: [String: Component]
    private var cache: [String: Result<TimeZoneRules, ICalendarError>] = [:]
    /// The dates and times that may be examined for one component, and for all that follow.
    private let workOfEach: Int
    private var work: Int

    /// How many components may need the work of one in full.
    private static let zonesInFull = 10

    init(floating: TimeZoneRules, components: [Component], work: Int) {
        self.floating = floating
        (workOfEach, self.work) = (work, work > .max / Self.zonesInFull ? .max : work * Self.zonesInFull)
        let named = components.compactMap { zone in zone.properties.text(.tzid).map { ($0, zone) } }
        self.components = Dictionary(named) { first, _ in first }
    }

    /// The time zone rules for a time.
    ///
    /// - Throws: ``ICalendarError`` with code `unknown-zone`.
    mutating func rules(
        of time: EventTime, _ zones: (String) -> TimeZoneRules?
    ) throws(ICalendarError) -> TimeZoneRules {
        switch time {
        case .utc: return .utc
        case .floating, .date: return floating
        case .zoned(_, let id):
            if let rules = cache[id] { return try rules.get() }
            do throws(ICalendarError) {
                let rules = try resolve(id, zones)
                cache[id] = .success(rules)
                return rules
            } catch {
                cache[id] = .failure(error)
                throw error
            }
        }
    }

    private mutating func resolve(
        _ id: String, _ zones: (String) -> TimeZoneRules?
    ) throws(ICalendarError) -> TimeZoneRules {
        if let rules = zones(id) { return rules }
        guard let component = components[id] else {
            guard let rules = Self.statedOffset(id) else { throw Self.unknown(id, "its rules are not available") }
            return rules
        }
        let budget = min(workOfEach, work)
        var left = budget
        defer { work -= budget - max(0, left) }
        do throws(ICalendarError) {
            return try TimeZoneRules(component, work: &left)
        } catch {
            throw Self.unknown(id, "its VTIMEZONE has \(error.problem)")
        }
    }

    private static func unknown(_ id: String, _ problem: String) -> ICalendarError {
        ICalendarError(
            code: .unknownZone, location: "time zone “\(Token.printable(id))”", problem: problem,
            next: "Use an IANA name, or add its VTIMEZONE to the calendar.")
    }

    /// The rules of a name that is an offset itself: `GMT+05:30`, as Java names such zones; nil for any other.
    private static func statedOffset(_ id: String) -> TimeZoneRules? {
        let text = id.uppercased()
        guard text.hasPrefix("GMT") || text.hasPrefix("UTC"), text.utf8.count == 9 else { return nil }
        let digits = Array(text.utf8.dropFirst(3))
        guard let seconds = Times.offset(digits.span, isStrict: false) else { return nil }
        let offset = TimeZoneOffset(secondsEastOfUTC: seconds, isDaylight: false, abbreviation: text)
        return TimeZoneRules(transitions: [], offsets: [], first: offset, footer: nil)
    }
}

extension EventTime {
    /// Seconds since 1970 on the clock of this time; midnight for a whole day.
    var wallSeconds: Int64 {
        switch self {
        case .utc(let instant): instant.secondsSince1970
        case .zoned(let time, zone: _), .floating(let time): time.wallSeconds
        case .date(let date): date.daysSince1970 * Gregorian.secondsPerDay
        }
    }

    /// Another time in the same form.
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

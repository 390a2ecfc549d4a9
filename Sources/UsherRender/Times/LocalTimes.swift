internal import Foundation
internal import ICalendar
internal import UsherModel

/// Formats instants for a person: in their zone and their language.
///
/// Offsets come from the tz database on this machine, names of days and months and their order from the locale data of Foundation.
struct LocalTimes: Sendable {
    private let zones: TimeZoneDatabase
    private let words: WordSet

    init(zones: TimeZoneDatabase, words: WordSet) { (self.zones, self.words) = (zones, words) }

    /// Start and end of a session on the clock of a zone, in the words of a language.
    ///
    /// `startsIn` counts from `now`; nil leaves it out.
    func times(
        start: Instant, end: Instant, zone: ZoneID, language: LanguageTag, now: Instant?
    ) throws(RenderError) -> SessionTimes {
        let from = try offset(start, zone)
        let to = try offset(end, zone)
        let dates = DateWords(language: language)
        let (first, last) = (
            CivilTime(start, secondsEastOfUTC: from.seconds), CivilTime(end, secondsEastOfUTC: to.seconds)
        )
        let isOneDay = (first.year, first.month, first.day) == (last.year, last.month, last.day)
        return SessionTimes(
            date: dates.long(first), shortDate: dates.short(first), day: String(first.day), month: dates.month(first),
            weekday: dates.weekday(first), start: dates.time(first), end: dates.time(last),
            endDate: isOneDay ? nil : dates.long(last), zone: zone.name, zoneName: from.name,
            offset: Self.utc(from.seconds), startUTC: Self.clock(CivilTime(start)) + " UTC",
            startISO: Self.iso(first, from.seconds), endISO: Self.iso(last, to.seconds),
            startsIn: now.flatMap { words[language].duration(start - $0) })
    }

    private func offset(_ instant: Instant, _ zone: ZoneID) throws(RenderError) -> (seconds: Int, name: String) {
        do throws(TimeZoneError) {
            let offset = try zones.rules(for: zone.name).offset(at: instant.secondsSince1970)
            let isWord =
                !offset.abbreviation.isEmpty && offset.abbreviation.utf8.allSatisfy { (97...122).contains($0 | 32) }
            return (offset.secondsEastOfUTC, isWord ? offset.abbreviation : Self.utc(offset.secondsEastOfUTC))
        } catch {
            throw RenderError(code: .missingValue, location: error.location, problem: error.problem, next: error.next)
        }
    }

    private static func utc(_ seconds: Int) -> String { "UTC" + signed(seconds) }

    private static func signed(_ seconds: Int) -> String {
        let minutes = abs(seconds) / 60
        return "\(seconds < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }

    private static func clock(_ civil: CivilTime) -> String { "\(two(civil.hour)):\(two(civil.minute))" }
    private static func iso(_ civil: CivilTime, _ seconds: Int) -> String { civil.description + signed(seconds) }
    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Dates and times of day in a language.
struct DateWords: Sendable {
    private let style: Date.FormatStyle

    init(language: LanguageTag) {
        var gregorian = Foundation.Calendar(identifier: .gregorian)
        gregorian.timeZone = .gmt
        style = Date.FormatStyle(locale: Locale(identifier: language.text), calendar: gregorian, timeZone: .gmt)
    }

    /// `Wednesday, December 9, 2026`.
    func long(_ civil: CivilTime) -> String { text(civil, style.weekday(.wide).day().month(.wide).year()) }
    /// `Dec 9, 2026`.
    func short(_ civil: CivilTime) -> String { text(civil, style.day().month(.abbreviated).year()) }
    /// `3:00 PM`.
    func time(_ civil: CivilTime) -> String { text(civil, style.hour().minute()) }
    /// `Dec`.
    func month(_ civil: CivilTime) -> String { text(civil, style.month(.abbreviated)) }
    /// `Wed`.
    func weekday(_ civil: CivilTime) -> String { text(civil, style.weekday(.abbreviated)) }

    private func text(_ civil: CivilTime, _ style: Date.FormatStyle) -> String {
        Date(timeIntervalSince1970: Double(civil.secondsOnClock)).formatted(style)
    }
}

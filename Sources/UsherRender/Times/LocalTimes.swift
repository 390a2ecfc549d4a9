internal import Foundation
internal import ICalendar
internal import UsherModel

/// Instants as a person reads them: in their zone, in their language.
///
/// The clock reading comes from the tz database on this machine; only the words and their order come from the locale data.
struct LocalTimes: Sendable {
    private let zones: TimeZoneDatabase
    private let words: WordSet

    init(zones: TimeZoneDatabase, words: WordSet) { (self.zones, self.words) = (zones, words) }

    /// The keys of `time` in docs/templates.md; `startsIn` is null without `now`.
    func values(
        start: Instant, end: Instant, zone: ZoneID, language: LanguageTag, now: Instant?
    ) throws(RenderError) -> [String: TemplateValue] {
        let from = try offset(start, zone)
        let to = try offset(end, zone)
        let dates = DateWords(language: language)
        let (first, last) = (
            CivilTime(start, secondsEastOfUTC: from.seconds), CivilTime(end, secondsEastOfUTC: to.seconds)
        )
        let isOneDay = (first.year, first.month, first.day) == (last.year, last.month, last.day)
        return [
            "date": .text(dates.long(first)), "shortDate": .text(dates.short(first)), "start": .text(dates.time(first)),
            "end": .text(dates.time(last)), "endDate": isOneDay ? .null : .text(dates.long(last)),
            "zone": .text(zone.name), "zoneName": .text(from.name), "offset": .text(Self.utc(from.seconds)),
            "startUtc": .text(Self.clock(CivilTime(start)) + " UTC"),
            "startIso": .text(Self.iso(first, from.seconds)), "endIso": .text(Self.iso(last, to.seconds)),
            "day": .text(String(first.day)), "month": .text(dates.month(first)), "weekday": .text(dates.weekday(first)),
            "startsIn": .optional(now.flatMap { words[language].duration(start - $0) }),
        ]
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

/// Dates and times of day in the words of a language.
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

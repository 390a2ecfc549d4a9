internal import Foundation
internal import ICalendar
internal import Synchronization
internal import UsherModel

/// Instants as a person reads them: in their zone, in their language.
///
/// The clock reading comes from the tz database on this machine; only the words and their order come from the locale data.
struct LocalTimes: Sendable {
    private let zones: TimeZoneDatabase

    init(zones: TimeZoneDatabase) { self.zones = zones }

    /// The keys of `time` in docs/templates.md; `startsIn` is null without `now`.
    func values(
        start: Instant, end: Instant, zone: ZoneID, language: LanguageTag, now: Instant?
    ) throws(RenderError) -> [String: TemplateValue] {
        let from = try offset(start, zone)
        let to = try offset(end, zone)
        let words = DateWords(language: language)
        let (first, last) = (
            CivilTime(start, secondsEastOfUTC: from.seconds), CivilTime(end, secondsEastOfUTC: to.seconds)
        )
        let isOneDay = (first.year, first.month, first.day) == (last.year, last.month, last.day)
        return [
            "date": .text(words.long(first)), "shortDate": .text(words.short(first)), "start": .text(words.time(first)),
            "end": .text(words.time(last)), "endDate": isOneDay ? .null : .text(words.long(last)),
            "zone": .text(zone.name), "zoneName": .text(from.name), "offset": .text(Self.utc(from.seconds)),
            "startUtc": .text(Self.clock(CivilTime(start)) + " UTC"),
            "startIso": .text(Self.iso(first, from.seconds)), "endIso": .text(Self.iso(last, to.seconds)),
            "day": .text(String(first.day)), "month": .text(words.month(first)), "weekday": .text(words.weekday(first)),
            "startsIn": .optional(now.flatMap { DurationWords.text(start - $0, language) }),
        ]
    }

    /// The date of an instant in a zone, for grouping by day.
    func civil(_ instant: Instant, in zone: ZoneID) throws(RenderError) -> CivilTime {
        CivilTime(instant, secondsEastOfUTC: try offset(instant, zone).seconds)
    }

    private func offset(_ instant: Instant, _ zone: ZoneID) throws(RenderError) -> (seconds: Int, name: String) {
        do throws(TimeZoneError) {
            let offset = try zones.rules(for: zone.name).offset(at: instant.secondsSince1970)
            let isWord =
                !offset.abbreviation.isEmpty && offset.abbreviation.utf8.allSatisfy { (97...122).contains($0 | 32) }
            return (offset.secondsEastOfUTC, isWord ? offset.abbreviation : Self.utc(offset.secondsEastOfUTC))
        } catch {
            throw RenderError(code: .missingValue, location: error.place, problem: error.found, next: error.next)
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

/// How long until something, in words: `15 minutes`, `24 hours`, `2 days`.
enum DurationWords {
    private static let words: [String: [(one: String, many: String)]] = [
        "en": [("day", "days"), ("hour", "hours"), ("minute", "minutes")],
        "de": [("Tag", "Tagen"), ("Stunde", "Stunden"), ("Minute", "Minuten")],
        "fr": [("jour", "jours"), ("heure", "heures"), ("minute", "minutes")],
    ]

    /// Nil once nothing is left, and in languages without a table.
    static func text(_ duration: Duration, _ language: LanguageTag) -> String? {
        guard let table = words[String(language.text.prefix { $0 != "-" })], duration > .zero else { return nil }
        let minutes = Int((duration.components.seconds + 30) / 60)
        let (count, unit): (Int, Int) =
            switch minutes {
            case ..<1: (1, 2)
            case ..<90: (minutes, 2)
            case ..<(36 * 60): ((minutes + 30) / 60, 1)
            default: ((minutes + 720) / 1440, 0)
            }
        return "\(count) \(count == 1 ? table[unit].one : table[unit].many)"
    }
}

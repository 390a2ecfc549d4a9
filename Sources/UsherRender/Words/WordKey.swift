/// A label of the program's own in calendars and feeds.
enum Label: String, CaseIterable, Sendable {
    case canceled = "calendar.canceled"
    case conferenceID = "calendar.conferenceId"
    case join = "calendar.join"
    case meetingID = "calendar.meetingId"
    case passcode = "calendar.passcode"
    case phone = "calendar.phone"
    case presenters = "calendar.presenters"

    /// The name that templates use, behind `words.`: `join`.
    var variable: String { String(rawValue.drop { $0 != "." }.dropFirst()) }
}

/// A unit in which the time until a start is counted.
enum DurationUnit: String, CaseIterable, Sendable {
    case days, hours, minutes
}

/// A key of a word file.
enum WordKey: Hashable, Sendable {
    case label(Label)
    case plural(PluralCategory)
    case duration(DurationUnit, PluralCategory)

    /// All keys that a word file may have; `other` has no rule, because it is what remains.
    static let all: [WordKey] =
        Label.allCases.map { .label($0) } + PluralCategory.allCases.filter { $0 != .other }.map { .plural($0) }
        + DurationUnit.allCases.flatMap { unit in PluralCategory.allCases.map { .duration(unit, $0) } }

    private static let byText = Dictionary(uniqueKeysWithValues: all.map { ($0.text, $0) })

    /// Reads a key; nil if there is no such key.
    init?(_ text: String) {
        guard let key = Self.byText[text] else { return nil }
        self = key
    }

    /// The key as a word file has it: `duration.days.one`.
    var text: String {
        switch self {
        case .label(let label): label.rawValue
        case .plural(let category): "plural.\(category.rawValue)"
        case .duration(let unit, let category): "duration.\(unit.rawValue).\(category.rawValue)"
        }
    }
}

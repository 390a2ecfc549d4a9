/// Which names a template may use, and what they are: a template that uses another is refused when it is loaded.
indirect enum Vocabulary: Hashable, Sendable {
    case value
    case list(Vocabulary)
    case object([String: Vocabulary])

    private static func object(_ values: String, _ others: [String: Vocabulary] = [:]) -> Vocabulary {
        let names = values.split(separator: " ").map { (String($0), Vocabulary.value) }
        return .object(others.merging(names) { first, _ in first })
    }

    private static let times =
        "date shortDate start end endDate zone zoneName offset startUtc startIso endIso day month weekday startsIn"

    /// What messages may use: docs/templates.md.
    static let message = object(
        "language",
        [
            "session": object(
                "id eventId subject eventName details joinUrl meetingId passcode conferenceId onDemandUrl kind isWebinar isTownhall "
                    + "status audience mailsAttendees "
                    + "isCanceled hasOwnSubject revision durationMinutes",
                [
                    "detailLines": .list(object("text")), "dialIns": .list(object("number isTollFree")),
                    "presenters": .list(object("name jobTitle company")),
                ]),
            "time": object(times), "previous": object(times + " subject joinUrl"),
            "change": object("isTime isSubject isLink isRestored"),
            "attendee": object(
                "email firstName lastName name language zone registrationId calendarUrl",
                ["answers": .list(object("question answer"))]),
            "moment": object("kind isRegistration rule dueIso"), "sender": object("name email"),
            "unsubscribe": object("url"),
            "job": object("name"), "message": object("id"), "diverted": object("from"),
            "event": object("type timestamp"),
        ])

    /// What the page may use: docs/templates.md.
    static let page = object(
        "language title description hasSessions calendarUrl webcalUrl googleUrl outlookUrl",
        [
            "feeds": .list(object("title url format")),
            "days": .list(
                object(
                    "date iso",
                    [
                        "sessions": .list(
                            object(
                                "id subject eventName hasOwnSubject startIso endIso start end zone zoneName isCanceled joinUrl details "
                                    + "icsName kind",
                                ["presenters": .list(object("name jobTitle company"))]))
                    ])),
        ])

    /// The inside of a list or an object, as a section enters it; nothing more where it is a plain value.
    var entered: Vocabulary? {
        switch self {
        case .value: nil
        case .list(let item): item
        case .object: self
        }
    }

    subscript(name: String) -> Vocabulary? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// All names at this level, for suggestions.
    var names: [String] {
        guard case .object(let members) = self else { return [] }
        return members.keys.sorted()
    }
}

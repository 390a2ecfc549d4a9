internal import ICalendar
internal import UsherModel

extension ICSReader {
    /// What the occurrences of one event have in common, read once: an event may have very many of them.
    struct EventFacts {
        /// The title, or else the UID.
        let title: String
        let subject: Line
        let details: String
        let link: JoinURL?
        let isCanceled: Bool
        /// Whether it is an override with a list of its own.
        let listsPeople: Bool
        /// The people of such an override.
        let people: [Person]
    }

    /// The facts of the event that an occurrence is of.
    func facts(of item: Named, _ contents: inout FeedContents) -> EventFacts {
        if let facts = contents.facts[item.position] { return facts }
        let event = item.occurrence.event
        let listsPeople = event.isOverride && !event.attendees.isEmpty
        let facts = EventFacts(
            title: event.summary ?? event.uid ?? "", subject: Line(cleaning: event.summary ?? ""),
            details: Self.details(of: event), link: links.find(in: event), isCanceled: isCanceled(event, contents),
            listsPeople: listsPeople, people: listsPeople ? people(of: event) : [])
        contents.facts[item.position] = facts
        return facts
    }

    private static func details(of event: ICalendar.Event) -> String {
        let lines = (event.description ?? "").split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return PlainText.prefix(
            PlainText.trimmed(lines.map { Line(cleaning: String($0)).text }), bytes: Limits.detailsBytes)
    }

    // MARK: Budgets

    /// Refuses the events whose occurrences are too much together, though each of them is within its limits.
    func refuseOversized(
        _ named: [Named], _ contents: inout FeedContents, _ location: String, known: Set<SessionKey>
    ) {
        var bytes: [String: Int] = [:]
        var invitations: [String: Int] = [:]
        for item in named {
            guard let key = item.key else { continue }
            let facts = facts(of: item, &contents)
            guard facts.link != nil || known.contains(key) else { continue }
            bytes[key.event.rawValue, default: 0] += facts.details.utf8.count
            invitations[key.event.rawValue, default: 0] += facts.people.count
        }
        for (uid, count) in bytes.sorted(by: { $0.key < $1.key }) where count > Limits.seriesBytes {
            refuse(
                uid, "more than \(Limits.seriesBytes) octets of description in all its occurrences", &contents, location
            )
        }
        for (uid, count) in invitations.sorted(by: { $0.key < $1.key }) where count > Limits.seriesInvitations {
            refuse(uid, Self.tooManyInvitations, &contents, location)
        }
    }

    static let tooManyInvitations = "more than \(Limits.seriesInvitations) invitations to single occurrences"

    /// Refuses a whole event: none of its occurrences is listed.
    func refuse(_ uid: String, _ problem: String, _ contents: inout FeedContents, _ location: String) {
        guard contents.refused.insert(uid).inserted else { return }
        contents.listing.problems.append(
            RecordProblem(
                location: "event \"\(Line(cleaning: String(uid.prefix(80))).text)\" of \(location)", problem: problem,
                effect: .refused, event: EventID(rawValue: uid),
                next:
                    "Correct the event, or remove it from the calendar; it is left out, and the others are not affected"
            ))
    }
}

internal import ICalendar
internal import UsherModel

extension ICSReader {
    /// The people of each event, with the occurrences that they are invited to.
    ///
    /// An override lists the people of its occurrence, in place of the series' list. Where it lists no one, it says nothing of people.
    func people(
        of calendar: ICalendar.Calendar, _ named: [Named], _ contents: inout FeedContents, _ location: String,
        remembered: [SessionMemory]
    ) -> [EventID: [Person]] {
        // An event that invites no one is an event of the source, too.
        var series: [EventID: ICalendar.Event?] = [:]
        for event in calendar.events {
            guard let id = event.uid.map({ EventID(rawValue: $0) }) else { continue }
            let before = series[id] ?? nil
            guard !event.isOverride else {
                series[id] = .some(before)
                continue
            }
            series[id] = .some(before.map { event.isNewer(than: $0) ? event : $0 } ?? event)
        }
        var sessions: [EventID: Set<SessionID>] = [:]
        for memory in remembered { sessions[memory.session.key.event, default: []].insert(memory.session.key.session) }
        var overrides: [EventID: [(session: SessionID, people: [Person])]] = [:]
        for item in named {
            guard let key = item.key, !contents.refused.contains(key.event.rawValue) else { continue }
            sessions[key.event, default: []].insert(key.session)
            let facts = facts(of: item, &contents)
            guard facts.listsPeople else { continue }
            overrides[key.event, default: []].append((key.session, facts.people))
        }
        var result: [EventID: [Person]] = [:]
        for (id, event) in series {
            var invitations = Invitations(event.map { people(of: $0) } ?? [])
            for override in overrides[id] ?? [] { invitations.add(override.people, to: override.session) }
            let invited = invitations.people(sessions[id] ?? [])
            if invited == nil { refuse(id.rawValue, Self.tooManyInvitations, &contents, location) }
            result[id] = invited ?? []
        }
        return result
    }
}

/// Who is invited to which occurrences of one event.
private struct Invitations {
    private var people: [ICSReader.Person]
    private var index: [String: Int] = [:]
    /// The people of the series.
    private let count: Int
    /// By occurrence, the answer of each person who is invited to it.
    private var overrides: [SessionID: [String: AttendeeStatus]] = [:]

    init(_ series: [ICSReader.Person]) {
        (people, count) = (series, series.count)
        for (position, person) in series.enumerated() { index[person.address.identity] = position }
    }

    /// Adds an occurrence that has a list of its own.
    mutating func add(_ invited: [ICSReader.Person], to session: SessionID) {
        var answers: [String: AttendeeStatus] = [:]
        for person in invited {
            answers[person.address.identity] = person.status
            guard index[person.address.identity] == nil else { continue }
            index[person.address.identity] = people.count
            people.append(person)
        }
        overrides[session] = answers
    }

    /// Everyone, with the sessions that they have.
    ///
    /// - Parameter sessions: All sessions of the event that are known: one that is not listed has the people of the series.
    /// - Returns: The people of the series in their order, then those of single occurrences; nil if there are too many invitations.
    func people(_ sessions: Set<SessionID>) -> [ICSReader.Person]? {
        var own: [String: [SessionID]] = [:]
        for (session, answers) in overrides {
            for (identity, answer) in answers where answer == .registered { own[identity, default: []].append(session) }
        }
        let others = sessions.filter { overrides[$0] == nil }.sorted()
        var invitations = 0
        var result: [ICSReader.Person] = []
        for (position, person) in people.enumerated() {
            let own = own[person.address.identity] ?? []
            var person = person
            if position < count, person.status == .registered {
                if own.count < overrides.count { person.sessions = own.isEmpty ? others : (others + own).sorted() }
            } else if !own.isEmpty {
                // Whoever declined everything has given up the seat; so has a guest who declined.
                (person.status, person.sessions) = (.registered, own.sorted())
            }
            invitations += person.sessions?.count ?? 0
            guard invitations <= Limits.seriesInvitations else { return nil }
            result.append(person)
        }
        return result
    }
}

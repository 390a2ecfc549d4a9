internal import ICalendar
internal import UsherModel

extension ICSReader {
    /// The people of each event, with the occurrences that they are invited to.
    ///
    /// An override lists the people of its occurrence, in place of the series' list. Where it lists no one, it says nothing of people.
    func people(
        of calendar: ICalendar.Calendar, _ named: [Named], remembered: [SessionMemory]
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
        for (occurrence, key) in named {
            guard let key else { continue }
            sessions[key.event, default: []].insert(key.session)
            guard occurrence.event.isOverride, !occurrence.event.attendees.isEmpty else { continue }
            overrides[key.event, default: []].append((key.session, people(of: occurrence.event)))
        }
        return series.reduce(into: [:]) { result, entry in
            var invitations = Invitations(entry.value.map { people(of: $0) } ?? [])
            for override in overrides[entry.key] ?? [] { invitations.add(override.people, to: override.session) }
            result[entry.key] = invitations.people(sessions[entry.key] ?? [])
        }
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
    /// - Returns: The people of the series in their order, then those of single occurrences.
    func people(_ sessions: Set<SessionID>) -> [ICSReader.Person] {
        people.enumerated().map { position, person in
            let identity = person.address.identity
            let isOfSeries = position < count && person.status == .registered
            let own = overrides.filter { $0.value[identity] == .registered }.keys
            var result = person
            if isOfSeries {
                guard own.count < overrides.count else { return person }
                result.sessions = sessions.filter { overrides[$0] == nil || own.contains($0) }.sorted()
            } else {
                // Whoever declined everything has given up the seat; so has a guest who declined.
                guard !own.isEmpty else { return result }
                (result.status, result.sessions) = (.registered, own.sorted())
            }
            return result
        }
    }
}

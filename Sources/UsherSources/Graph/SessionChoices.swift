internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Finds out which sessions of an event each person chose (`registrations/{id}/sessions`), with as few requests as can be.
///
/// Graph has no list of all choices: each person's is one request. A choice that is known is asked for again only if the registration has
/// changed, if the event has a session that was not known, and otherwise for one person in 53, each minute others. What cannot be read proves
/// nothing: a known choice stays, and a person whose choice was never known is left out until it is.
///
/// | answer | known choice | taken |
/// |---|---|---|
/// | sessions | any | these |
/// | none | sessions | as before: people do not unchoose everything and keep their seat |
/// | none | none yet | nothing in this run; all sessions if the next one finds the same |
/// | error, or not there | any | as before |
/// | error, or not there | none yet | the person is left out |
struct SessionChoices {
    private let client: GraphClient
    private let known: AttendeeMemory
    private let asksEveryone: Bool
    private let minute: Int64
    private var unread = 0
    private var firstError: GraphError?
    private var emptied = 0
    private var awaited = 0
    /// Whether Graph refuses the endpoint as such: the permission is missing, and asking for everyone is of no use.
    private var isRefused = false

    /// One in so many known choices is asked for again; a prime, so that whatever the time between two runs, everyone has a turn.
    static let sample: Int64 = 53

    init(_ client: GraphClient, _ known: AttendeeMemory, asksEveryone: Bool, minute: Int64) {
        (self.client, self.known, self.asksEveryone, self.minute) = (client, known, asksEveryone, minute)
    }

    /// Sets the chosen sessions of everyone on a page who holds a seat; takes out whose choice is not known.
    mutating func choose(for page: inout AttendeePage, at path: GraphPath) async throws(GraphError) {
        let before = await known.attendees(page.attendees.map(\.registration))
        for index in page.attendees.indices {
            page.attendees[index].sessions = before[page.attendees[index].registration]?.sessions
        }
        let asked = page.attendees.indices.filter { index in
            let attendee = page.attendees[index]
            return attendee.status == .registered && isAsked(attendee, before[attendee.registration])
        }
        let refusal = firstError
        let answers =
            isRefused
            ? asked.compactMap { _ in refusal.map { .failure($0) } }
            : await client.getAll(
                asked.map { path.appending(page.attendees[$0].registration.rawValue, "sessions") })
        isRefused = isRefused || !answers.isEmpty && answers.allSatisfy { Self.isRefusal($0) }
        var unknown: Set<Int> = []
        for (index, answer) in zip(asked, answers) {
            let earlier = before[page.attendees[index].registration]
            do throws(GraphError) {
                page.attendees[index].sessions = chosen(try await sessions(in: try answer.get()), earlier)
            } catch {
                guard error.code != .canceled else { throw error }
                unread += 1
                firstError = firstError ?? error
                if earlier == nil { unknown.insert(index) }
            }
        }
        page.attendees = page.attendees.indices.filter { !unknown.contains($0) }.map { page.attendees[$0] }
    }

    private static func isRefusal(_ answer: Result<JSONValue, GraphError>) -> Bool {
        if case .failure(let error) = answer { error.code == .refusedCredentials } else { false }
    }

    private func isAsked(_ attendee: Attendee, _ before: Attendee?) -> Bool {
        // Nil may mean that the event had one session when the person was last listed.
        guard !asksEveryone, let before, before.sessions?.isEmpty == false, before == attendee else { return true }
        let number = attendee.registration.rawValue.utf8.reduce(Int64(7)) { ($0 &* 31 &+ Int64($1)) & 0xFFFF_FFFF }
        return (number &+ minute) % Self.sample == 0
    }

    private func sessions(in first: JSONValue) async throws(GraphError) -> [SessionID] {
        var chosen: [SessionID] = []
        let pages = GraphPages(client, first: first)
        while let items = try await pages.items() {
            chosen += items.compactMap { $0["id"].text }.map { SessionID(rawValue: $0) }
        }
        return chosen
    }

    private mutating func chosen(_ answer: [SessionID], _ before: Attendee?) -> [SessionID]? {
        guard answer.isEmpty else { return answer }
        guard let before else {
            awaited += 1
            return []
        }
        // Empty the second time, or all sessions already.
        guard let sessions = before.sessions, !sessions.isEmpty else { return nil }
        emptied += 1
        return sessions
    }

    /// What could not be read, as a last page without people; nil where there is nothing to say.
    mutating func takeReport() -> AttendeePage? {
        guard unread + emptied + awaited > 0 else { return nil }
        var page = AttendeePage(attendees: [], problems: [])
        if let firstError {
            let error = SourceError(firstError)
            page.failures.append(
                SourceError(
                    error.code, location: error.location,
                    problem: "the sessions that \(people(unread)) chose could not be read: \(error.problem)",
                    next: "Known choices stay, and nobody else is told anything before theirs is known. \(error.next)"))
        }
        if emptied > 0 {
            page.remarks.append(
                "Graph says that \(people(emptied)) chose no session any more: their choices are left as they were")
        }
        if awaited > 0 {
            page.remarks.append(
                "Graph names no session that \(people(awaited)) chose: it will be taken for all of them if the next run finds the same"
            )
        }
        (unread, emptied, awaited, firstError) = (0, 0, 0, nil)
        return page
    }

    private func people(_ count: Int) -> String { count == 1 ? "1 person" : "\(count) people" }
}

internal import Synchronization
internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Finds out which sessions of an event each person chose (`registrations/{id}/sessions`), with as few requests as can be.
///
/// Graph has no list of all choices: each person's is one request. A choice that is known is asked for again only if the registration has
/// changed, if the event has a session that was not known, and otherwise for one person in 53, each minute others. What cannot be read proves
/// nothing: a known choice stays, and a person whose choice was never known is told nothing until it is.
///
/// | answer | known choice | taken |
/// |---|---|---|
/// | sessions of the event | any | these |
/// | none | sessions | as before: people do not unchoose everything and keep their seat |
/// | none | none yet | nothing in this run; all sessions if the next one finds the same |
/// | error, not there, or no session of the event | any | as before |
/// | the same | none yet | nothing |
///
/// Whoever registered while the event had one session is taken to have chosen that one. An event with one session is for everyone; only those
/// who are known to have chosen another one are asked for.
final class GraphChoices {
    private let source: GraphSource
    private let event: EventID
    /// The path of the registrations.
    private let path: GraphPath
    private let sessions: GraphSource.EventSessions
    private let known: AttendeeMemory
    private var unread = 0
    private var firstError: GraphError?
    private var emptied = 0
    private var awaited = 0
    private var hasFailed = false

    /// One in so many known choices is asked for again; a prime, so that whatever the time between two runs, everyone has a turn.
    static let sample: UInt64 = 53

    init(
        source: GraphSource, event: EventID, path: GraphPath, sessions: GraphSource.EventSessions,
        known: AttendeeMemory
    ) {
        (self.source, self.event, self.path) = (source, event, path)
        (self.sessions, self.known) = (sessions, known)
    }

    /// The digest of everything that a registration states.
    static func digest(of tree: JSONValue) -> String {
        var record = JSONObject()
        if case .object(let object) = tree.sorted {
            // What the protocol adds says nothing about the person.
            for member in object.members where !member.name.hasPrefix("@") { record.append(member.name, member.value) }
        }
        var bytes: [UInt8] = []
        JSONValue.object(record).write(to: &bytes)
        return String(Digest.hex(of: [String(decoding: bytes, as: UTF8.self)]).prefix(16))
    }

    private struct Question {
        let index: Int
        let digest: String
        let before: UsherModel.Attendee?
    }

    /// Adds the choices to the people on a page, whose `choiceDigest` is that of the registration as it is now.
    ///
    /// - Throws: ``GraphError`` where the run was asked to stop.
    func read(_ page: inout AttendeePage) async throws(GraphError) {
        let known = await known.attendees(page.attendees.map(\.registration))
        var questions: [Question] = []
        for index in page.attendees.indices {
            let attendee = page.attendees[index]
            guard let digest = attendee.choiceDigest else { continue }
            let before = known[attendee.registration]
            page.attendees[index].sessions = kept(before)
            page.attendees[index].choiceDigest = before?.choiceDigest
            guard attendee.status == .registered, isAsked(attendee.registration, before, digest) else { continue }
            questions.append(Question(index: index, digest: digest, before: before))
        }
        let width = GraphClient.batchSize * GraphClient.batchesAtOnce
        for start in stride(from: 0, to: questions.count, by: width) {
            guard !hasFailed, !source.index.withLock({ $0.hasChoicesFailed }) else { break }
            try await ask(Array(questions[start..<min(start + width, questions.count)]), &page)
        }
        page.undecided = page.attendees.count { $0.status == .registered && $0.sessions?.isEmpty == true }
    }

    // MARK: What is known

    /// The sessions of a person as they are known from before: empty where they are not, nil for all.
    private func kept(_ before: UsherModel.Attendee?) -> [SessionID]? {
        guard sessions.ids.count > 1 else { return keptForOne(before) }
        guard let before else { return [] }
        if before.sessions != nil || before.choiceDigest != nil { return before.sessions }
        // Registered when there was nothing to choose: for what there was then.
        let there = sessions.ids.union(sessions.recalled).subtracting(sessions.appeared)
        return before.status == .registered ? there.sorted() : []
    }

    /// The same where the event lists one session now, and the ledger remembers others.
    private func keptForOne(_ before: UsherModel.Attendee?) -> [SessionID]? {
        guard let chosen = before?.sessions else { return nil }
        // The list may be in error for this run.
        if sessions.ids.isEmpty { return chosen }
        if chosen.isEmpty { return sessions.missing.isEmpty ? nil : [] }
        // What a person chose stays; what was only assumed ends with the session that it was assumed for.
        return before?.choiceDigest != nil || !sessions.ids.isDisjoint(with: chosen) ? chosen : nil
    }

    private func isAsked(_ registration: RegistrationID, _ before: UsherModel.Attendee?, _ digest: String) -> Bool {
        guard sessions.ids.count > 1 else {
            let chosen = before?.sessions ?? []
            return before?.choiceDigest != nil && !chosen.isEmpty && sessions.ids.isDisjoint(with: chosen)
        }
        guard !sessions.areNew, let before, before.choiceDigest == digest, before.sessions?.isEmpty != true else {
            return true
        }
        // FNV-1a: the same in every run.
        let hash = registration.rawValue.utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        return hash % Self.sample == UInt64(max(0, source.client.minute)) % Self.sample
    }

    // MARK: What Graph says

    private func ask(_ questions: [Question], _ page: inout AttendeePage) async throws(GraphError) {
        let people = questions.map { page.attendees[$0.index].registration.rawValue }
        let answers = await source.client.getAll(people.map { path.appending($0, "sessions") })
        for (question, answer) in zip(questions, answers) {
            do throws(GraphError) {
                let chosen = try await chosen(try answer.get())
                take(chosen, question, &page.attendees[question.index])
            } catch {
                guard error.code != .canceled else { throw error }
                unread += 1
                firstError = firstError ?? error
                // A registration that was deleted since it was listed is nobody else's matter, nor is a strange answer.
                guard error.code != .notFound, error.code != .malformed else { continue }
                hasFailed = true
                if error.isTransient { source.index.withLock { $0.hasChoicesFailed = true } }
            }
        }
    }

    /// The sessions in an answer.
    private func chosen(_ first: JSONValue) async throws(GraphError) -> [SessionID] {
        var chosen: [SessionID] = []
        var count = 0
        let pages = GraphPages(source.client, first: first)
        while let items = try await pages.items() {
            count += items.count
            chosen += items.compactMap { $0["id"].text }.map { SessionID(rawValue: $0) }
        }
        let isOfEvent = !sessions.ids.union(sessions.recalled).isDisjoint(with: chosen)
        guard chosen.count == count, count == 0 || isOfEvent else {
            throw GraphError(
                .malformed, location: "\(path)", problem: "an answer names no session of event \(event)",
                next: "A later run asks again")
        }
        return Array(Set(chosen)).sorted()
    }

    private func take(_ chosen: [SessionID], _ question: Question, _ attendee: inout UsherModel.Attendee) {
        let before = question.before
        if !chosen.isEmpty {
            attendee.sessions = chosen
        } else if attendee.sessions?.isEmpty == false {
            emptied += 1
            return
        } else if attendee.sessions != nil, before?.choiceDigest == nil {
            awaited += 1
        } else {
            // Empty the second time, or all sessions already.
            attendee.sessions = nil
        }
        attendee.choiceDigest = question.digest
    }

    // MARK: Report

    /// What could not be read, as a last page without people; nil where there is nothing to say.
    func takeReport() -> AttendeePage? {
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

package import ICalendar
internal import Synchronization
package import UsherCredentials
internal import UsherGraph
package import UsherJob
package import UsherModel
internal import UsherText

/// Sessions, attendees and attendance from Microsoft Graph's virtual events.
///
/// Calls per run, for N events with S sessions in the window: the pages of the selections, one batch for the sessions of 20 events, one batch
/// for 20 of the S sessions and for the presenters of 20 events; and for each event whose attendees a rule needs, the pages of its
/// registrations. docs/graph.md has the full count, and a test checks it.
package final class GraphSource: Source {
    let options: GraphSourceOptions
    let client: GraphClient
    let decoder: RecordDecoder
    let index = Mutex(Index())
    private let recalled = Mutex(Recalled())
    private let prefetch: RegistrationPrefetch

    /// What the ledger remembers, as far as it replaces what need not, or cannot, be read.
    private struct Recalled {
        var sessions: [EventID: Set<SessionID>] = [:]
        var presenters: [EventID: [Presenter]] = [:]
    }

    /// What the last listing found; never kept between runs.
    struct Index {
        var kinds: [EventID: EventKind] = [:]
        /// The events that the selections hold; a named event that does not exist is not among them.
        var listed: Set<EventID> = []
        var sessions: [EventID: EventSessions] = [:]
        /// Whether Graph has failed to say what people chose, so that it is not asked again in this run.
        var hasChoicesFailed = false
    }

    /// The sessions of an event.
    struct EventSessions {
        /// Those on its list.
        var ids: Set<SessionID> = []
        /// Those on its list that the ledger does not know: nobody can have been registered for one.
        var appeared: Set<SessionID> = []
        /// Those that the ledger expects and the list lacks.
        var missing: Set<SessionID> = []
        /// Whether one of them could be read that the ledger will remember from now on: people may have chosen it.
        var areNew = false
        /// Those that the ledger remembers.
        var recalled: Set<SessionID> = []

        /// Whether anyone may have had a choice between several.
        var areChosen: Bool { ids.union(recalled).count > 1 }
    }

    /// Creates a source; nothing is requested yet.
    ///
    /// - Throws: ``SourceError`` where this machine has no memory or thread left.
    package init(
        _ options: GraphSourceOptions, zones: TimeZoneDatabase, runtime: RuntimeEnvironment, secrets: SecretStore
    ) throws(SourceError) {
        self.options = options
        do throws(GraphError) {
            client = try GraphClient(options.connection, runtime, secrets: secrets)
        } catch {
            throw SourceError(error)
        }
        decoder = RecordDecoder(
            zones: zones, joinHosts: options.connection.application.cloud.joinHosts.union(options.joinHosts))
        prefetch = RegistrationPrefetch(client)
    }

    // MARK: Source

    /// Keeps what an answer may lack in this run.
    package func recall(_ memories: [SessionMemory]) async {
        var recalled = Recalled()
        for memory in memories {
            let key = memory.session.key
            recalled.sessions[key.event, default: []].insert(key.session)
            if !memory.session.presenters.isEmpty { recalled.presenters[key.event] = memory.session.presenters }
        }
        self.recalled.withLock { $0 = recalled }
    }

    /// Whether the ledger remembers a session.
    func isRecalled(_ session: SessionKey) -> Bool {
        recalled.withLock { $0.sessions[session.event]?.contains(session.session) ?? false }
    }

    /// The presenters that an event had when they could last be read.
    func presenters(of event: EventID) -> [Presenter] { recalled.withLock { $0.presenters[event] ?? [] } }

    /// Lists the events of all selections, and those of their sessions that are in the window or remembered.
    ///
    /// - Throws: ``SourceError`` where no selection could be listed.
    package func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing {
        var reader = GraphListing(source: self, window: window, known: known)
        try await reader.readEvents()
        await reader.readSessions()
        await reader.readDetails()
        let index = reader.index
        self.index.withLock { $0 = index }
        return reader.listing
    }

    /// Requests the session, its event and that event's sessions; see ``GraphProbe``.
    package func probe(_ session: SessionKey) async -> Probe {
        let index = index.withLock { $0 }
        let kinds = index.kinds[session.event].map { [$0] } ?? Array(Set(options.events.map(\.kind)))
        for kind in kinds {
            let isListed = index.listed.contains(session.event)
            let probe = await GraphProbe(source: self, kind: kind, session: session, isListed: isListed).result()
            // An event of another kind is not found under this one.
            guard probe == .gone else { return probe }
        }
        return kinds.isEmpty ? .unknown(nil) : .gone
    }

    /// Nil: Graph has no cheap way to tell whether registrations changed.
    package func attendeesTag(of event: EventID) async -> String? { nil }

    /// Starts to fetch the first pages of these events' registrations.
    package func expect(_ events: [EventID]) async {
        await prefetch.expect(events.compactMap { event in registrations(of: event).map { (event, $0) } })
    }

    /// The registrations of an event, page by page.
    package func attendees(
        of event: EventID, known: AttendeeMemory
    ) async throws(SourceError) -> any AttendeePages {
        guard let path = registrations(of: event) else { return GraphAttendees.none }
        do throws(GraphError) {
            let first = try await prefetch.firstPage(of: event, path)
            return GraphAttendees(
                client: client, decoder: decoder, event: event, first: first, choices: choices(in: event, path, known))
        } catch {
            throw SourceError(error)
        }
    }

    /// How the sessions that people chose are read; nil where there is nothing to choose.
    private func choices(in event: EventID, _ path: GraphPath, _ known: AttendeeMemory) -> GraphChoices? {
        var sessions = index.withLock { $0.sessions[event] } ?? EventSessions()
        sessions.recalled = recalled.withLock { $0.sessions[event] ?? [] }
        guard sessions.areChosen else { return nil }
        return GraphChoices(source: self, event: event, path: path, sessions: sessions, known: known)
    }

    package var hasAttendance: Bool { true }

    /// The records of those reports of a session that cover its time; see ``GraphReports``.
    package func attendance(of session: Session) async throws(SourceError) -> Attendance {
        let key = session.key
        let kind = index.withLock { $0.kinds[key.event] } ?? options.events.first?.kind ?? .webinar
        let path = Self.path(kind, key.event).appending("sessions", key.session.rawValue, "attendanceReports")
        do throws(GraphError) {
            var reports = GraphReports(of: session)
            let pages = GraphPages(client, path)
            while let items = try await pages.items() { reports.add(items) }
            if let reason = reports.doubt { return .notYet(reason) }
            return .reports(GraphAttendance(client, path, reports.covering))
        } catch {
            throw SourceError(error)
        }
    }

    // MARK: Paths

    /// The collection of a kind, such as `/solutions/virtualEvents/webinars`.
    static func path(_ kind: EventKind) -> GraphPath {
        let name =
            switch kind {
            case .webinar: "webinars"
            case .townhall: "townhalls"
            case .event: "events"
            }
        return GraphPath(["solutions", "virtualEvents", name])
    }

    static func path(_ kind: EventKind, _ event: EventID) -> GraphPath { path(kind).appending(event.rawValue) }

    /// The registrations of an event; nil where its kind has none.
    private func registrations(of event: EventID) -> GraphPath? {
        let kind = index.withLock { $0.kinds[event] } ?? options.events.first?.kind ?? .webinar
        return kind == .event ? nil : Self.path(kind, event).appending("registrations")
    }
}

extension SourceError {
    init(_ error: GraphError) {
        let code: Code =
            switch error.code {
            case .unreachable, .notFound: .unreachable
            case .canceled: .canceled
            case .throttled: .throttled
            case .refusedCredentials: .refusedCredentials
            case .malformed, .refused: .malformed
            }
        self.init(code, location: error.location, problem: error.detail, next: error.next)
    }
}

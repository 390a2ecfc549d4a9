package import ICalendar
internal import Synchronization
internal import UsherGraph
package import UsherJob
package import UsherModel
internal import UsherText

/// Sessions, attendees and attendance from Microsoft Graph's virtual events.
///
/// Calls per run, for N events of which S sessions lie in the window: the pages of the selections, one for each 20 events (their sessions), one
/// for each 20 of S sessions and of their events' presenters; and for each event that a rule needs attendees of, the pages of its
/// registrations. docs/graph.md has the whole count, and a test holds it.
package final class GraphSource: Source {
    let options: GraphSourceOptions
    let client: GraphClient
    let decoder: GraphDecoder
    let index = Mutex(Index())
    private let ahead: RegistrationsAhead

    /// What the last listing showed; a run's own, never kept.
    struct Index {
        var kinds: [EventID: EventKind] = [:]
        var sessions: [EventID: Int] = [:]
    }

    /// Takes what the job says; nothing is asked yet.
    ///
    /// - Throws: ``SourceError`` where this machine has no memory or thread left.
    package init(
        _ options: GraphSourceOptions, zones: TimeZoneDatabase, surroundings: Surroundings, secrets: SecretStore
    ) throws(SourceError) {
        self.options = options
        do throws(GraphError) {
            client = try GraphClient(options.connection, surroundings, secrets: secrets)
        } catch {
            throw SourceError(error)
        }
        decoder = GraphDecoder(
            zones: zones, joinHosts: options.connection.cloud.joinHosts.union(options.joinHosts))
        ahead = RegistrationsAhead(client)
    }

    // MARK: Source

    /// Lists the events of all selections and those of their sessions that lie in the window or are known.
    ///
    /// - Throws: ``SourceError`` where no selection could be listed.
    package func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing {
        var reader = GraphListing(source: self, window: window, known: known)
        try await reader.readEvents()
        await reader.readSessions()
        await reader.readDetails()
        let found = reader.index
        index.withLock { $0 = found }
        return reader.listing
    }

    /// Asks for the one session; only 404 proves that it is gone.
    package func probe(_ session: SessionKey) async -> Probe {
        let kinds = index.withLock { $0.kinds[session.event] }.map { [$0] } ?? Array(Set(options.events.map(\.kind)))
        for kind in kinds {
            do throws(GraphError) {
                let path = Self.path(kind, session.event)
                let found = try await client.get(path.appending("sessions", session.session.rawValue))
                let event = try await client.get(path)
                let presenters = try await client.get(path.appending("presenters"))
                return decoded(found, event, presenters, kind)
            } catch {
                guard error.code == .notFound else { return .unknown }
            }
        }
        return .gone
    }

    private func decoded(_ session: JSONValue, _ event: JSONValue, _ presenters: JSONValue, _ kind: EventKind) -> Probe
    {
        var repairs: GraphDecoder.Repairs = []
        do throws(GraphDecoder.Refused) {
            var event = try decoder.event(event.unwrapped, kind: kind, &repairs)
            event.presenters = decoder.presenters(presenters["value"], &repairs)
            return .present(try decoder.session(session, of: event, &repairs))
        } catch {
            return .unknown
        }
    }

    /// Nil: Graph has no cheap way to tell whether registrations changed.
    package func attendeesTag(of event: EventID) async -> String? { nil }

    /// Begins to fetch the first pages of these events' registrations, a few events ahead.
    package func expect(_ events: [EventID]) async {
        await ahead.expect(events.compactMap { event in registrations(of: event).map { (event, $0) } })
    }

    /// The registrations of an event, page by page.
    package func attendees(of event: EventID) async throws(SourceError) -> any AttendeePages {
        guard let path = registrations(of: event) else { return GraphAttendees.none }
        do throws(GraphError) {
            let first = try await ahead.take(event, path)
            let choosesSessions = index.withLock { $0.sessions[event] ?? 1 } > 1
            return GraphAttendees(
                client: client, decoder: decoder, event: event, path: path, first: first,
                choosesSessions: choosesSessions)
        } catch {
            throw SourceError(error)
        }
    }

    /// Graph has attendance reports.
    package var hasAttendance: Bool { true }

    /// The records of all reports of a session; nil where there is no report yet.
    package func attendance(of session: SessionKey) async throws(SourceError) -> (any AttendancePages)? {
        let kind = index.withLock { $0.kinds[session.event] } ?? options.events.first?.kind ?? .webinar
        let path = Self.path(kind, session.event).appending("sessions", session.session.rawValue, "attendanceReports")
        do throws(GraphError) {
            var reports: [GraphPath] = []
            let pages = GraphPages(client, path)
            while let items = try await pages.items() {
                reports += items.compactMap { $0["id"].text }.map { path.appending($0, "attendanceRecords") }
            }
            return reports.isEmpty ? nil : GraphAttendance(client, reports)
        } catch {
            throw SourceError(error)
        }
    }

    // MARK: Paths

    /// The collection of a kind: `/solutions/virtualEvents/webinars`.
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

    /// Where the registrations of an event lie; nil where its kind has none.
    private func registrations(of event: EventID) -> GraphPath? {
        let kind = index.withLock { $0.kinds[event] } ?? options.events.first?.kind ?? .webinar
        return kind == .event ? nil : Self.path(kind, event).appending("registrations")
    }
}

extension JSONValue {
    /// The object itself, where an answer wraps it as `{"value": {…}}`, as the documentation shows of a session.
    var unwrapped: JSONValue { self["value"].isObject ? self["value"] : self }
}

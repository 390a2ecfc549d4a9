internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Builds a listing in three steps: the events of all selections, summaries of their sessions, and the details of the sessions that matter.
struct GraphListing {
    private let source: GraphSource
    private let window: Window
    private let known: Set<SessionKey>
    private let knownEvents: Set<EventID>
    private(set) var listing = Listing(sessions: [], problems: [], isComplete: true)
    private(set) var index = GraphSource.Index()
    private var events: [EventID: EventDetails] = [:]
    private var order: [EventID] = []
    private var selections: [EventID: Set<String>] = [:]
    private var wanted: [Wanted] = []

    /// A session whose details are to be read.
    private struct Wanted {
        let event: EventID
        let id: String
    }

    /// An event that ended this long before the window is skipped, whatever its sessions say.
    private static let margin = Duration.seconds(86_400)

    init(source: GraphSource, window: Window, known: Set<SessionKey>) {
        (self.source, self.window, self.known) = (source, window, known)
        knownEvents = Set(known.map(\.event))
    }

    private var client: GraphClient { source.client }

    // MARK: Events

    /// Reads the events of every selection.
    ///
    /// - Throws: ``SourceError`` where none could be read.
    mutating func readEvents() async throws(SourceError) {
        let selections = source.options.events
        var failed = 0
        for selection in selections {
            guard let path = Self.path(selection) else { continue }
            do throws(GraphError) {
                let pages = GraphPages(client, path)
                while let items = try await pages.items() {
                    for item in items { add(event: item, selection, at: "\(path)") }
                }
            } catch {
                failed += 1
                fail(error, .selection(selection.name))
            }
        }
        failed += await readSingleEvents()
        if failed == selections.count, let first = listing.failures.first { throw first }
    }

    /// Reads the events that are named one by one, and returns how many could not be read; one that does not exist is not listed.
    private mutating func readSingleEvents() async -> Int {
        let single = source.options.events.compactMap { selection -> (GraphSourceOptions.Selection, EventID)? in
            if case .one(_, let id) = selection { (selection, id) } else { nil }
        }
        let answers = await client.getAll(single.map { GraphSource.path($0.0.kind, $0.1) })
        var failed = 0
        for ((selection, id), answer) in zip(single, answers) {
            switch answer {
            case .success(let tree):
                add(event: tree.unwrapped, selection, at: "\(GraphSource.path(selection.kind, id))")
            case .failure(let error):
                index.kinds[id] = selection.kind
                if error.absence != nil {
                    listing.problems.append(missing(id, error))
                } else {
                    failed += 1
                    fail(error, .event(id))
                }
            }
        }
        return failed
    }

    /// An event that is named in the job and does not exist: reported here; whether its sessions are gone is for ``GraphSource/probe(_:)`` to
    /// prove.
    private func missing(_ id: EventID, _ error: GraphError) -> RecordProblem {
        RecordProblem(
            location: "event \"\(Line(cleaning: String(id.rawValue.prefix(80))))\"",
            problem: ErrorText.sentences(error.problem, error.next),
            effect: .repaired, event: id)
    }

    static func path(_ selection: GraphSourceOptions.Selection) -> GraphPath? {
        switch selection {
        case .all(let kind): GraphSource.path(kind)
        case .user(let kind, let id, let role):
            GraphSource.path(kind).calling(
                "getByUserIdAndRole", [(name: "userId", value: id), (name: "role", value: role.rawValue)])
        case .signedIn(let kind, let role):
            GraphSource.path(kind).calling("getByUserRole", [(name: "role", value: role.rawValue)])
        case .one: nil
        }
    }

    private mutating func add(event tree: JSONValue, _ selection: GraphSourceOptions.Selection, at location: String) {
        var repairs: RecordDecoder.Repairs = []
        let id = tree["id"].text.map { EventID(rawValue: $0) }
        if let id {
            index.kinds[id] = selection.kind
            index.listed.insert(id)
            selections[id, default: []].insert(selection.name)
            // Whatever else of the event can be read.
            if tree["status"].text == SessionStatus.canceled.rawValue { listing.canceledEvents.insert(id) }
        }
        let name = id.map { "event \"\(Line(cleaning: String($0.rawValue.prefix(80))))\"" } ?? location
        do throws(RecordDecoder.Refused) {
            let event = try source.decoder.event(tree, kind: selection.kind, &repairs)
            guard events[event.id] == nil, !isOver(tree, event.id) else { return }
            events[event.id] = event
            order.append(event.id)
            repaired(repairs, at: name, event.id)
        } catch {
            refuse(name, error.problem, id)
        }
    }

    /// Whether the event ended well before the window and no session of it is remembered.
    private func isOver(_ tree: JSONValue, _ id: EventID) -> Bool {
        guard !knownEvents.contains(id) else { return false }
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            let (end, _) = try source.decoder.time(tree["endDateTime"], "endDateTime", fallback: .utc, &repairs)
            return end + Self.margin < window.from
        } catch {
            return false
        }
    }

    // MARK: Sessions

    /// Reads the summaries of all events' sessions.
    mutating func readSessions() async {
        let answers = await client.getAll(order.map { path($0).appending("sessions") })
        for (event, answer) in zip(order, answers) {
            do throws(GraphError) {
                let pages = GraphPages(client, first: try answer.get())
                while let items = try await pages.items() {
                    for item in items { add(summary: item, of: event) }
                }
            } catch {
                failSessions(of: event, error)
            }
        }
        for key in known where index.sessions[key.event]?.ids.contains(key.session) == false {
            index.sessions[key.event]?.missing.insert(key.session)
        }
    }

    /// Records that the sessions of an event could not be read.
    ///
    /// A canceled event is clear without them; of a draft nothing is told yet.
    private mutating func failSessions(of event: EventID, _ error: GraphError) {
        listing.gaps.insert(.event(event))
        let isClear = listing.canceledEvents.contains(event) || events[event]?.status == .draft && error.absence != nil
        guard !isClear || error.code == .canceled else { return }
        fail(error, .event(event))
    }

    private mutating func add(summary: JSONValue, of event: EventID) {
        guard let id = summary["id"].text else {
            return refuse("sessions of \(event)", "a session without an id", event)
        }
        let key = SessionKey(event: event, session: SessionID(rawValue: id))
        index.sessions[event, default: .init()].ids.insert(key.session)
        guard isWanted(summary, id, event) else { return }
        wanted.append(Wanted(event: event, id: id))
        if !known.contains(key), !source.isRecalled(key) {
            index.sessions[event, default: .init()].appeared.insert(key.session)
        }
    }

    private func isWanted(_ summary: JSONValue, _ id: String, _ event: EventID) -> Bool {
        if known.contains(SessionKey(event: event, session: SessionID(rawValue: id))) { return true }
        // Its details are repaired, and that is said there.
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            let zone = events[event]?.zone
            let (start, stated) = try source.decoder.time(
                summary["startDateTime"], "startDateTime", fallback: zone, &repairs)
            let (end, _) = try source.decoder.time(summary["endDateTime"], "endDateTime", fallback: stated, &repairs)
            return end >= window.from && start < window.until
        } catch {
            // The details may have valid times; if not, the session is refused there, with its id.
            return true
        }
    }

    /// Reads the details of the wanted sessions, and the presenters of their events.
    mutating func readDetails() async {
        guard wanted.count <= Limits.sessions else {
            listing.gaps.insert(.everything)
            return refuse(client.connection.graphURL, "more than \(Limits.sessions) sessions", nil)
        }
        let presented = Set(wanted.map(\.event))
        await readPresenters(of: order.filter { presented.contains($0) })
        // In parts, so that the answers of a large tenant are not all in memory at once.
        for start in stride(from: 0, to: wanted.count, by: 400) {
            let part = Array(wanted[start..<min(start + 400, wanted.count)])
            let answers = await client.getAll(part.map { path($0.event).appending("sessions", $0.id) })
            for (wanted, answer) in zip(part, answers) { add(answer, wanted) }
        }
    }

    /// Reads the presenters of events, which a session can do without: with one attempt, and no longer once Graph fails.
    private mutating func readPresenters(of presented: [EventID]) async {
        let width = GraphClient.batchSize * GraphClient.batchesAtOnce
        var unread = 0
        var failure: GraphError?
        for start in stride(from: 0, to: presented.count, by: width) {
            let part = Array(presented[start..<min(start + width, presented.count)])
            let isFailing = failure?.isTransient == true
            let answers =
                isFailing ? [] : await client.getAll(part.map { path($0).appending("presenters") }, .spared)
            for (number, event) in part.enumerated() {
                switch number < answers.count ? answers[number] : nil {
                case .success(let tree)?:
                    var repairs: RecordDecoder.Repairs = []
                    events[event]?.presenters = source.decoder.presenters(tree["value"], &repairs)
                    repaired(repairs, at: "presenters of \(event)", event)
                case .failure(let error)?:
                    if error.code == .canceled { return fail(error, .event(event)) }
                    failure = failure?.isTransient == true ? failure : error
                    events[event]?.presenters = source.presenters(of: event)
                    unread += 1
                case nil:
                    events[event]?.presenters = source.presenters(of: event)
                    unread += 1
                }
            }
        }
        guard let failure else { return }
        listing.remarks.append(
            "the presenters of \(unread) \(unread == 1 ? "event" : "events") could not be read, those known before are shown: "
                + ErrorText.line(failure.location, failure.detail, failure.next))
    }

    private mutating func add(_ answer: Result<JSONValue, GraphError>, _ wanted: Wanted) {
        guard let event = events[wanted.event] else { return }
        let key = SessionKey(event: wanted.event, session: SessionID(rawValue: wanted.id))
        let name = "session \"\(Line(cleaning: String(key.description.prefix(200))))\""
        var repairs: RecordDecoder.Repairs = []
        switch answer {
        case .failure(let error):
            listing.gaps.insert(.session(key))
            guard !listing.canceledEvents.contains(key.event) || error.code == .canceled else { return }
            fail(error, .session(key))
        case .success(let tree):
            do throws(RecordDecoder.Refused) {
                var session = try source.decoder.session(tree, of: event, &repairs)
                session.selections = selections[event.id]?.sorted()
                guard session.key == key else {
                    return refuse(
                        name, "another session (\(session.key.session)) than the one requested", key.event, key)
                }
                listing.sessions.append(session)
                if session.status != .draft, !source.isRecalled(key) { index.sessions[key.event]?.areNew = true }
                repaired(repairs, at: name, key.event)
            } catch {
                refuse(name, error.problem, key.event, key)
            }
        }
    }

    // MARK: Problems

    private func path(_ event: EventID) -> GraphPath { GraphSource.path(index.kinds[event] ?? .webinar, event) }

    /// Records a part that could not be read: nothing in it has vanished.
    ///
    /// What a selection lists and Graph then says not to exist is a contradiction.
    private mutating func fail(_ error: GraphError, _ gap: Gap) {
        listing.gaps.insert(gap)
        let isListed =
            switch gap {
            case .event(let event): index.listed.contains(event)
            case .session: true
            case .everything, .selection: false
            }
        let failure = isListed && error.absence != nil ? .contradiction(error) : SourceError(error)
        if listing.failures.count < Limits.problemsShown { listing.failures.append(failure) }
    }

    private mutating func refuse(_ location: String, _ problem: String, _ event: EventID?, _ session: SessionKey? = nil)
    {
        listing.problems.append(
            RecordProblem(location: location, problem: problem, effect: .refused, event: event, session: session))
    }

    private mutating func repaired(_ repairs: RecordDecoder.Repairs, at location: String, _ event: EventID) {
        listing.problems += repairs.map {
            RecordProblem(location: location, problem: $0, effect: .repaired, event: event)
        }
    }
}

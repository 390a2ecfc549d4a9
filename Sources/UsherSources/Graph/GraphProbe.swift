internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Looks up a session that the listing lacks, together with its event and the list of that event's sessions, in one batch.
///
/// | session | event | list of its sessions | conclusion |
/// |---|---|---|---|
/// | there | there | any | present |
/// | there | not there or not readable | any | unknown |
/// | not readable, or not there | canceled | any | canceled |
/// | not readable | any other | any | unknown |
/// | not there | any | holds the session | unknown: a contradiction |
/// | not there | there, and not canceled | does not hold it | gone |
/// | not there | there, and not canceled | not there or not readable | unknown: a contradiction |
/// | not there | not there, but listed in this run | any | unknown: a contradiction |
/// | not there | not there or not readable | does not hold it, not there or not readable | gone |
///
/// "Not there" is always a ``GraphAbsence``: a 404 in Graph's own words.
struct GraphProbe {
    let source: GraphSource
    let kind: EventKind
    let session: SessionKey
    /// Whether a selection has listed the event in this run.
    let isListed: Bool

    private var client: GraphClient { source.client }

    func result() async -> Probe {
        let path = GraphSource.path(kind, session.event)
        let answers = await client.getAll([
            path.appending("sessions", session.session.rawValue), path, path.appending("sessions"),
        ])
        let event = answers[1].map(\.unwrapped)
        switch (answers[0], event) {
        case (.success(let tree), .success(let event)): return await present(tree, event, path)
        case (.success, .failure(let error)): return .unknown(SourceError(error))
        case (.failure(let error), .success(let event)):
            if event["status"].text == SessionStatus.canceled.rawValue { return .canceled }
            return await missing(error, isEventThere: true, answers[2])
        case (.failure(let error), .failure(let eventError)):
            if error.absence != nil, isListed, eventError.absence != nil { return contradicted(error) }
            return await missing(error, isEventThere: false, answers[2])
        }
    }

    private func missing(
        _ error: GraphError, isEventThere: Bool, _ list: Result<JSONValue, GraphError>
    ) async -> Probe {
        guard error.absence != nil else { return .unknown(SourceError(error)) }
        do throws(GraphError) {
            return try await holdsSession(try list.get()) ? contradicted(error) : .gone
        } catch {
            return isEventThere ? .unknown(SourceError(error)) : .gone
        }
    }

    private func holdsSession(_ first: JSONValue) async throws(GraphError) -> Bool {
        let pages = GraphPages(client, first: first)
        while let items = try await pages.items() {
            if items.contains(where: { $0["id"].text == session.session.rawValue }) { return true }
        }
        return false
    }

    private func contradicted(_ error: GraphError) -> Probe { .unknown(.contradiction(error)) }

    private func present(_ session: JSONValue, _ event: JSONValue, _ path: GraphPath) async -> Probe {
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            var event = try source.decoder.event(event, kind: kind, &repairs)
            event.presenters = source.presenters(of: event.id)
            if case .success(let presenters) = await client.getAll([path.appending("presenters")], .spared)[0] {
                event.presenters = source.decoder.presenters(presenters["value"], &repairs)
            }
            return .present(try source.decoder.session(session, of: event, &repairs))
        } catch {
            return .unknown(
                SourceError(
                    .malformed, location: "session \"\(Line(cleaning: String(self.session.description.prefix(200))))\"",
                    problem: error.problem, next: "What is known of it stays as it is"))
        }
    }
}

extension SourceError {
    /// Graph lists something, and says in the same run that it does not exist.
    static func contradiction(_ error: GraphError) -> SourceError {
        SourceError(
            .malformed, location: error.location,
            problem: "Graph lists this and says that it is not there: \(error.detail)",
            next:
                "Nothing is concluded from it, and the next run asks again. If this repeats, report the request id to Microsoft"
        )
    }
}

internal import UsherGraph
internal import UsherModel
internal import UsherText

/// The registrations of an event and, where the event has several sessions, which of them each person chose.
final class GraphAttendees: AttendeePages {
    private let pages: GraphPages?
    private let decoder: RecordDecoder?
    private let event: EventID
    private let choices: GraphChoices?
    /// The ids on the page before: pages shift while people register, and someone may be on two.
    private var before: Set<String> = []
    private var rest: ArraySlice<JSONValue> = []

    /// No attendees, for an event of a kind that has no registrations.
    static var none: GraphAttendees { GraphAttendees() }

    private init() {
        (pages, decoder, choices) = (nil, nil, nil)
        event = EventID(rawValue: "")
    }

    init(client: GraphClient, decoder: RecordDecoder, event: EventID, first: JSONValue, choices: GraphChoices?) {
        pages = GraphPages(client, first: first)
        (self.decoder, self.event, self.choices) = (decoder, event, choices)
    }

    func next() async throws(SourceError) -> AttendeePage? {
        guard let pages, let decoder else { return nil }
        do throws(GraphError) {
            while rest.isEmpty {
                guard let items = try await pages.items() else { return choices?.takeReport() }
                rest = items.filter { !before.contains($0["id"].text ?? "") }[...]
                before = Set(items.compactMap { $0["id"].text }.filter { !$0.isEmpty })
            }
        } catch {
            throw SourceError(error)
        }
        let part = rest.prefix(Limits.pageAttendees)
        rest = rest.dropFirst(Limits.pageAttendees)
        var page = AttendeePage(attendees: [], problems: [])
        for tree in part { add(tree, decoder, to: &page) }
        do throws(GraphError) { try await choices?.read(&page) } catch { throw SourceError(error) }
        return page
    }

    private func add(_ tree: JSONValue, _ decoder: RecordDecoder, to page: inout AttendeePage) {
        let name =
            tree["id"].text.map { "registration \"\(Line(cleaning: String($0.prefix(80))))\"" } ?? "a registration"
        let location = "\(name) of event \"\(event.rawValue.prefix(80))\""
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            // Graph gives each an id. One made from the address would be another registration, told anew.
            _ = try decoder.id(tree["id"], of: "a registration")
            var attendee = try decoder.attendee(tree, event: event, &repairs)
            if choices != nil { attendee.choiceDigest = GraphChoices.digest(of: tree) }
            page.attendees.append(attendee)
            page.problems += repairs.map {
                RecordProblem(location: location, problem: $0, effect: .repaired, event: event)
            }
        } catch {
            page.problems.append(
                RecordProblem(location: location, problem: error.problem, effect: .refused, event: event))
        }
    }
}

/// Fetches the first pages of registrations a few events ahead of the reader.
actor RegistrationPrefetch {
    private let client: GraphClient
    private var waiting: ArraySlice<(EventID, GraphPath)> = []
    private var requests: [EventID: Task<Result<JSONValue, GraphError>, Never>] = [:]

    /// Enough to hide a round trip behind the ledger's work, few enough to keep a page of each in memory.
    private static let width = 6

    init(_ client: GraphClient) { self.client = client }

    func expect(_ events: [(EventID, GraphPath)]) {
        for task in requests.values { task.cancel() }
        (waiting, requests) = (events[...], [:])
        fill()
    }

    /// The first page of an event's registrations.
    func firstPage(of event: EventID, _ path: GraphPath) async throws(GraphError) -> JSONValue {
        waiting.removeAll { $0.0 == event }
        let task = requests.removeValue(forKey: event)
        fill()
        guard let task else { return try await client.get(path) }
        // The request ends with the task that waits for it.
        return try await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }.get()
    }

    private func fill() {
        while requests.count < Self.width, let (event, path) = waiting.popFirst() {
            let client = client
            requests[event] = Task {
                do throws(GraphError) { return .success(try await client.get(path)) } catch { return .failure(error) }
            }
        }
    }
}

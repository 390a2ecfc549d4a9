internal import UsherGraph
internal import UsherModel
internal import UsherText

/// Registrations of an event, and where the event has several sessions, which of them each person chose.
final class GraphAttendees: AttendeePages {
    private let pages: GraphPages?
    private let client: GraphClient?
    private let decoder: GraphDecoder?
    private let event: EventID
    private let path: GraphPath
    private let choosesSessions: Bool
    private var rest: ArraySlice<JSONValue> = []

    /// Those of an event of a kind that has no registrations.
    static var none: GraphAttendees { GraphAttendees() }

    private init() {
        (pages, client, decoder) = (nil, nil, nil)
        (event, path, choosesSessions) = (EventID(rawValue: ""), GraphPath([]), false)
    }

    init(
        client: GraphClient, decoder: GraphDecoder, event: EventID, path: GraphPath, first: JSONValue,
        choosesSessions: Bool
    ) {
        pages = GraphPages(client, first: first)
        (self.client, self.decoder, self.event) = (client, decoder, event)
        (self.path, self.choosesSessions) = (path, choosesSessions)
    }

    func next() async throws(SourceError) -> AttendeePage? {
        guard let pages, let client, let decoder else { return nil }
        do throws(GraphError) {
            while rest.isEmpty {
                guard let items = try await pages.items() else { return nil }
                rest = items[...]
            }
            let part = rest.prefix(Limits.pageAttendees)
            rest = rest.dropFirst(Limits.pageAttendees)
            var page = AttendeePage(attendees: [], problems: [])
            for tree in part { add(tree, decoder, to: &page) }
            if choosesSessions { try await choose(&page, client) }
            return page
        } catch {
            throw SourceError(error)
        }
    }

    private func add(_ tree: JSONValue, _ decoder: GraphDecoder, to page: inout AttendeePage) {
        let name =
            tree["id"].text.map { "registration \"\(Line(cleaning: String($0.prefix(80))))\"" } ?? "a registration"
        let location = "\(name) of event \"\(event.rawValue.prefix(80))\""
        var repairs: GraphDecoder.Repairs = []
        do throws(GraphDecoder.Refused) {
            page.attendees.append(try decoder.attendee(tree, event: event, &repairs))
            page.problems += repairs.map {
                RecordProblem(location: location, problem: $0, effect: .repaired, event: event)
            }
        } catch {
            page.problems.append(
                RecordProblem(location: location, problem: error.problem, effect: .refused, event: event))
        }
    }

    /// Asks which sessions each registered person chose (`registrations/{id}/sessions`).
    private func choose(_ page: inout AttendeePage, _ client: GraphClient) async throws(GraphError) {
        let active = page.attendees.indices.filter { page.attendees[$0].status == .registered }
        let answers = await client.getAll(
            active.map { path.appending(page.attendees[$0].registration.rawValue, "sessions") })
        for (index, answer) in zip(active, answers) {
            var chosen: [SessionID] = []
            do throws(GraphError) {
                let pages = GraphPages(client, first: try answer.get())
                while let items = try await pages.items() {
                    chosen += items.compactMap { $0["id"].text }.map { SessionID(rawValue: $0) }
                }
            } catch {
                // Gone since it was listed: the next run sees it no more.
                guard error.code == .notFound else { throw error }
                continue
            }
            page.attendees[index].sessions = chosen.isEmpty ? nil : chosen
        }
    }
}

/// The attendance records of a session's reports, one report after the other.
final class GraphAttendance: AttendancePages {
    private let client: GraphClient
    private var reports: [GraphPath]
    private var pages: GraphPages?
    private var rest: ArraySlice<JSONValue> = []

    init(_ client: GraphClient, _ reports: [GraphPath]) {
        (self.client, self.reports) = (client, reports.reversed())
    }

    func next() async throws(SourceError) -> [AttendanceRecord]? {
        do throws(GraphError) {
            while rest.isEmpty {
                if let items = try await pages?.items() {
                    rest = items[...]
                } else if let report = reports.popLast() {
                    pages = GraphPages(client, report)
                } else {
                    return nil
                }
            }
        } catch {
            throw SourceError(error)
        }
        let part = rest.prefix(Limits.pageAttendees)
        rest = rest.dropFirst(Limits.pageAttendees)
        return part.map(Self.record)
    }

    /// Reads a record (`attendanceRecord`); what names no one is counted for no one.
    private static func record(_ tree: JSONValue) -> AttendanceRecord {
        let intervals = tree["attendanceIntervals"].items.compactMap { $0["durationInSeconds"].integer }
        let seconds =
            tree["totalAttendanceInSeconds"].integer ?? intervals.reduce(0) { $0 + min(max($1, 0), 1_000_000) }
        var address: Address?
        if let text = tree["emailAddress"].text {
            do throws(Address.Problem) { address = try Address(text) } catch { address = nil }
        }
        let registration = tree["registrationId"].text.flatMap { $0.isEmpty ? nil : RegistrationID(rawValue: $0) }
        return AttendanceRecord(
            registration: registration, address: address, seconds: min(max(seconds, 0), 10_000_000))
    }
}

/// Fetches the first pages of the registrations that will be asked for next, a few events ahead of whoever reads them.
actor RegistrationsAhead {
    private let client: GraphClient
    private var waiting: ArraySlice<(EventID, GraphPath)> = []
    private var underWay: [EventID: Task<Result<JSONValue, GraphError>, Never>] = [:]

    /// Events ahead: enough to hide a round trip behind the ledger's work, few enough to hold a page of each.
    private static let width = 6

    init(_ client: GraphClient) { self.client = client }

    func expect(_ events: [(EventID, GraphPath)]) {
        for task in underWay.values { task.cancel() }
        (waiting, underWay) = (events[...], [:])
        fill()
    }

    func take(_ event: EventID, _ path: GraphPath) async throws(GraphError) -> JSONValue {
        waiting.removeAll { $0.0 == event }
        let task = underWay.removeValue(forKey: event)
        fill()
        guard let task else { return try await client.get(path) }
        return try await task.value.get()
    }

    private func fill() {
        while underWay.count < Self.width, let (event, path) = waiting.popFirst() {
            let client = client
            underWay[event] = Task {
                do throws(GraphError) { return .success(try await client.get(path)) } catch { return .failure(error) }
            }
        }
    }
}

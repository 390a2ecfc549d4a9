internal import FoundationEssentials
package import ICalendar
internal import Synchronization
package import UsherModel
internal import UsherText

/// Sessions and attendees from files: JSON in Graph's own shapes, one file or a folder of them, and attendees from CSV.
package final class FileSource: Source {
    let options: FileSourceOptions
    let decoder: GraphDecoder
    /// The time at which files are looked at: what changed just before it may change again unseen.
    let readAt: Instant
    private let index = Mutex<[EventID: [EventDocument.Place]]>([:])

    /// Takes the options, the tz database and the time by the clock.
    package init(_ options: FileSourceOptions, zones: TimeZoneDatabase, readAt: Instant) {
        self.options = options
        decoder = GraphDecoder(zones: zones, joinHosts: nil)
        self.readAt = readAt
    }

    // MARK: Source

    /// Lists every session of every file; a file that cannot be read makes the listing incomplete.
    ///
    /// - Parameters:
    ///   - window: Not needed: files are read whole.
    ///   - known: Not needed.
    /// - Returns: The sessions, and how far the list can be trusted.
    /// - Throws: ``SourceError`` where no file could be read.
    package func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing {
        let paths = try files()
        var gatherer = Gatherer(decoder: decoder)
        var failures: [SourceError] = []
        for path in paths {
            do throws(SourceError) {
                try EventDocument.walk(path) { (found) throws(SourceError) in gatherer.add(found, path: path) }
            } catch {
                failures.append(error)
            }
        }
        if let first = failures.first, failures.count == paths.count { throw first }
        gatherer.listing.failures = failures
        gatherer.listing.isComplete = failures.isEmpty
        let locations = gatherer.locations
        index.withLock { $0 = locations }
        return gatherer.listing
    }

    /// Looks through all files; gone only if each was read whole, without a problem, and the session is in none.
    package func probe(_ session: SessionKey) async -> Probe {
        do throws(SourceError) {
            let listing = try await listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
            if let found = listing.sessions.first(where: { $0.key == session }) { return .present(found) }
            let isCertain = listing.isComplete && !listing.problems.contains { $0.effect == .refused }
            return isCertain ? .gone : .unknown
        } catch {
            return .unknown
        }
    }

    /// The identities of all files that can hold attendees of the event; nil where one of them has only just changed.
    package func attendeesTag(of event: EventID) async -> String? {
        let documents = Set((index.withLock { $0[event] } ?? []).map(\.path))
        let table = options.attendees.map { [$0.path] } ?? []
        return FileIdentity.tag(of: documents.sorted() + table, readAt: readAt)
    }

    /// The event's registrations in the documents, then those in the CSV file.
    ///
    /// - Throws: ``SourceError`` where the CSV file or its header cannot be read.
    package func attendees(of event: EventID) async throws(SourceError) -> any AttendeePages {
        let (locations, events) = index.withLock { ($0[event] ?? [], $0.keys.sorted()) }
        var table: AttendeeTable?
        if let csv = options.attendees {
            table = try AttendeeTable(csv, event: event, events: events, decoder: decoder)
        }
        return FileAttendees(locations: locations, table: table, event: event, decoder: decoder)
    }

    /// Reads everything once.
    package func examine(attendance: Bool) async -> [Examination] {
        do throws(SourceError) {
            let listing = try await listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
            let found = "\(listing.sessions.count) sessions, \(listing.problems.count) records with problems"
            return [Examination("read \(options.path)", result: found, error: listing.failures.first)]
        } catch {
            return [Examination("read \(options.path)", result: "", error: error)]
        }
    }

    // MARK: Files

    /// The file named, or every `.json` file in the folder named, in the order of their names.
    private func files() throws(SourceError) -> [String] {
        guard let isFolder = FileIdentity.isFolder(options.path) else {
            throw SourceError(
                .unreachable, location: options.path, problem: "there is no such file or folder",
                next: "Check source.path in the job file; relative paths start at the job file's folder")
        }
        guard isFolder else { return [options.path] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: options.path).filter { $0.hasSuffix(".json") }
                .sorted()
        } catch {
            throw SourceError(
                .unreachable, location: options.path, problem: "the folder cannot be read",
                next: "Give the user that runs usher read access to it")
        }
        guard names.count <= Limits.sourceFiles else {
            throw SourceError(
                .malformed, location: options.path, problem: "\(names.count) files",
                next: "Put at most \(Limits.sourceFiles) in a folder")
        }
        return names.map { options.path + "/" + $0 }
    }
}

/// Puts a listing together from the events of several files.
private struct Gatherer {
    let decoder: GraphDecoder
    var listing = Listing(sessions: [], problems: [], isComplete: true)
    var locations: [EventID: [EventDocument.Place]] = [:]
    private var seen: Set<SessionKey> = []

    init(decoder: GraphDecoder) { self.decoder = decoder }

    mutating func add(_ record: EventDocument.EventRecord, path: String) {
        let location = "\(path):\(record.line)"
        guard let own = record.own else {
            return refuse(location, "an event that is no JSON object of at most \(Limits.recordBytes) octets", nil)
        }
        var repairs: GraphDecoder.Repairs = []
        do throws(GraphDecoder.Refused) {
            let event = try decoder.event(own, kind: record.kind, &repairs)
            repaired(repairs, at: "\(location): event \"\(event.id)\"", event.id)
            locations[event.id, default: []] += record.registrations
            for (line, tree) in record.sessions { add(tree, of: event, location: "\(path):\(line)") }
        } catch {
            refuse(location, error.problem, own["id"].text.map { EventID(rawValue: $0) })
        }
    }

    private mutating func add(_ tree: JSONValue?, of event: GraphEvent, location: String) {
        guard let tree else {
            return refuse(
                location, "a session that is no JSON object of at most \(Limits.recordBytes) octets", event.id)
        }
        let inner = tree["value"] == .null ? tree : tree["value"]
        let id = inner["id"].text.map { SessionID(rawValue: $0) }
        let name = id.map { "\(location): session \"\(Line(cleaning: String($0.rawValue.prefix(80))))\"" } ?? location
        var repairs: GraphDecoder.Repairs = []
        do throws(GraphDecoder.Refused) {
            let session = try decoder.session(tree, of: event, &repairs)
            guard seen.insert(session.key).inserted else {
                return refuse(name, "a second session with this id: the first one counts", event.id)
            }
            guard listing.sessions.count < Limits.sessions else {
                listing.isComplete = false
                return refuse(name, "more than \(Limits.sessions) sessions", event.id)
            }
            listing.sessions.append(session)
            repaired(repairs, at: name, event.id)
        } catch {
            refuse(name, error.problem, event.id, id.map { SessionKey(event: event.id, session: $0) })
        }
    }

    private mutating func refuse(_ location: String, _ problem: String, _ event: EventID?, _ session: SessionKey? = nil)
    {
        listing.problems.append(
            RecordProblem(location: location, problem: problem, effect: .refused, event: event, session: session))
    }

    private mutating func repaired(_ repairs: GraphDecoder.Repairs, at location: String, _ event: EventID) {
        for repair in repairs {
            listing.problems.append(RecordProblem(location: location, problem: repair, effect: .repaired, event: event))
        }
    }
}

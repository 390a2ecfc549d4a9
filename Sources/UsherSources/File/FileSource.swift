internal import FoundationEssentials
package import ICalendar
internal import Synchronization
package import UsherModel
internal import UsherText

/// Sessions and attendees from JSON in Graph's shapes, one file or a folder of them, and more attendees from a CSV file.
package final class FileSource: Source {
    let options: FileSourceOptions
    let decoder: RecordDecoder
    /// When the run began: a file that changed just before may change again without a new timestamp.
    let readAt: Instant
    private let strays = FirstReading()
    private let index = Mutex<[EventID: [EventDocument.Location]]>([:])

    package init(_ options: FileSourceOptions, zones: TimeZoneDatabase, readAt: Instant) {
        self.options = options
        decoder = RecordDecoder(zones: zones, joinHosts: nil)
        self.readAt = readAt
    }

    // MARK: Source

    /// Lists every session of every file; a file that cannot be read makes the listing incomplete.
    ///
    /// - Parameters:
    ///   - window: Ignored: files are read completely.
    ///   - known: Ignored.
    /// - Returns: The sessions, and how far the list can be trusted.
    /// - Throws: ``SourceError`` where no file could be read.
    package func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing {
        let paths = try files()
        var builder = FileListing(decoder: decoder)
        var failures: [SourceError] = []
        for path in paths {
            do throws(SourceError) {
                let stranger = try EventDocument.walk(path) { (entry) throws(SourceError) in
                    builder.add(entry, path: path)
                }
                if let stranger { builder.refuse(stranger, path: path) }
            } catch {
                failures.append(error)
            }
        }
        if let first = failures.first, failures.count == paths.count { throw first }
        builder.listing.failures = failures
        if !failures.isEmpty { builder.listing.gaps.insert(.everything) }
        builder.listing.remarks += builder.remarks
        let locations = builder.locations
        index.withLock { $0 = locations }
        return builder.listing
    }

    /// Reads all files: the session is gone only if each was read completely, no record was refused, and none holds the session.
    package func probe(_ session: SessionKey) async -> Probe {
        do throws(SourceError) {
            let listing = try await listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
            if let present = listing.sessions.first(where: { $0.key == session }) { return .present(present) }
            let isCertain = listing.isComplete && !listing.problems.contains { $0.effect == .refused }
            return isCertain ? .gone : .unknown(nil)
        } catch {
            return .unknown(nil)
        }
    }

    /// A digest of the identities of all files that hold attendees of the event; nil where one of them changed a moment ago.
    package func attendeesTag(of event: EventID) async -> String? {
        let documents = Set((index.withLock { $0[event] } ?? []).map(\.path))
        guard let csv = options.attendees else { return FileIdentity.tag(of: documents.sorted(), readAt: readAt) }
        return FileIdentity.tag(of: documents.sorted() + [csv.path], readAt: readAt).map {
            Digest.hex(of: [$0, csv.format.tag])
        }
    }

    /// The event's registrations in the documents, then those in the CSV file.
    ///
    /// - Throws: ``SourceError`` where the CSV file or its header cannot be read.
    package func attendees(of event: EventID, known: AttendeeMemory) async throws(SourceError) -> any AttendeePages {
        let (locations, events) = index.withLock { ($0[event] ?? [], $0.keys.sorted()) }
        var table: AttendeeTable?
        if let csv = options.attendees {
            table = try AttendeeTable(
                csv, event: event, events: events, decoder: decoder, reportsStrays: strays.isFirst())
        }
        return FileAttendees(locations: locations, table: table, event: event, decoder: decoder)
    }

    /// Reads all files, and the list of attendees.
    package func examineFiles() async -> FileExamination {
        var examination = FileExamination()
        let step = "read \(options.path)"
        do throws(SourceError) {
            let listing = try await listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
            let events = index.withLock { $0.keys.sorted() }
            examination.steps.append(
                Examination(
                    step,
                    result:
                        "\(Self.counted(listing.sessions.count, "session")) of \(Self.counted(events.count, "event"))",
                    error: listing.failures.first.map(ExaminationError.init)))
            (examination.sessions, examination.problems) = (listing.sessions, listing.problems)
            examination.remarks = listing.remarks
            for event in events { examination.problems += try await problems(of: event) }
            if let csv = options.attendees {
                examination.add(AttendeeTable.examine(csv, events: events, zones: decoder.zones))
            }
        } catch {
            examination.steps.append(Examination(step, result: "", error: ExaminationError(error)))
            if let csv = options.attendees { examination.add(AttendeeTable.examine(csv, zones: decoder.zones)) }
        }
        return examination
    }

    private static func counted(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// The problems with the registrations in the documents.
    private func problems(of event: EventID) async throws(SourceError) -> [RecordProblem] {
        let pages = FileAttendees(
            locations: index.withLock { $0[event] ?? [] }, table: nil, event: event, decoder: decoder)
        var problems: [RecordProblem] = []
        while let page = try await pages.next() { problems += page.problems }
        return problems
    }

    /// Reads all files once.
    package func examine(for use: SourceUse) async -> [Examination] {
        do throws(SourceError) {
            let listing = try await listing(in: Window(from: .distantPast, until: .distantFuture), known: [])
            let result = "\(listing.sessions.count) sessions, \(listing.problems.count) records with problems"
            return [
                Examination(
                    "read \(options.path)", result: result, error: listing.failures.first.map(ExaminationError.init))
            ]
        } catch {
            return [Examination("read \(options.path)", result: "", error: ExaminationError(error))]
        }
    }

    // MARK: Files

    /// The file, or every `.json` file of the folder in the order of their names.
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

/// Builds a listing from the events of several files.
private struct FileListing {
    let decoder: RecordDecoder
    var listing = Listing(sessions: [], problems: [], isComplete: true)
    var locations: [EventID: [EventDocument.Location]] = [:]
    private var seen: Set<SessionKey> = []
    /// The events that say nothing of sessions.
    private var withoutSessions: [String] = []

    /// What a record must look like.
    private static let shape =
        "Give it id, displayName and sessions, as Microsoft Graph does: see docs/sources.md"

    init(decoder: RecordDecoder) { self.decoder = decoder }

    mutating func add(_ record: EventDocument.Entry, path: String) {
        let location = "\(path):\(record.line)"
        guard let own = record.own else {
            if let fault = record.fault { return refuse(fault, "an event", path, nil) }
            return refuse(location, "an event that is not a JSON object of at most \(Limits.recordBytes) bytes", nil)
        }
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            let event = try decoder.event(own, kind: record.kind, &repairs)
            repaired(repairs, at: "\(location): event \"\(event.id)\"", event.id)
            locations[event.id, default: []] += record.registrations
            if !record.statesSessions {
                withoutSessions.append(event.name.isEmpty ? event.id.rawValue : event.name.text)
            }
            for item in record.sessions {
                if let fault = item.fault {
                    refuse(fault, "a session", path, event.id)
                } else {
                    add(item.tree, of: event, location: "\(path):\(item.line)")
                }
            }
        } catch {
            let id = own["id"].text.map { EventID(rawValue: $0) }
            refuse(location, error.problem, id, next: id == nil ? Self.shape : "")
        }
    }

    /// Refuses a file that holds no event: it says nothing about those that were known.
    mutating func refuse(_ stranger: EventDocument.Stranger, path: String) {
        let keys =
            stranger.keys.isEmpty
            ? "an empty object"
            : "an object with "
                + stranger.keys.map { "\"\(Line(cleaning: String($0.prefix(40))))\"" }.joined(separator: ", ")
        refuse(
            "\(path):\(stranger.line)", "\(keys), and no event in it", nil,
            next: "Put the events under webinars, townhalls or events, or write a list of events: see docs/sources.md")
    }

    /// What was read and holds no session.
    var remarks: [String] {
        guard let first = withoutSessions.first else { return [] }
        let (count, name) = (withoutSessions.count, Line(cleaning: String(first.prefix(80))).text)
        return [
            "\(count) \(count == 1 ? "event has" : "events have") no key \"sessions\", so nobody hears of \(count == 1 ? "it" : "them") "
                + "(\"\(name)\"\(count > 1 ? " and \(count - 1) more" : "")): list the sessions there, as Graph's $expand does"
        ]
    }

    private mutating func add(_ tree: JSONValue?, of event: EventDetails, location: String) {
        guard let tree else {
            return refuse(
                location, "a session that is not a JSON object of at most \(Limits.recordBytes) bytes", event.id)
        }
        let inner = tree["value"] == .null ? tree : tree["value"]
        let id = inner["id"].text.map { SessionID(rawValue: $0) }
        let name = id.map { "\(location): session \"\(Line(cleaning: String($0.rawValue.prefix(80))))\"" } ?? location
        var repairs: RecordDecoder.Repairs = []
        do throws(RecordDecoder.Refused) {
            let session = try decoder.session(tree, of: event, &repairs)
            guard seen.insert(session.key).inserted else {
                return refuse(name, "a second session with this id: the first one is used", event.id)
            }
            guard listing.sessions.count < Limits.sessions else {
                listing.gaps.insert(.everything)
                return refuse(name, "more than \(Limits.sessions) sessions", event.id)
            }
            listing.sessions.append(session)
            repaired(repairs, at: name, event.id)
        } catch {
            refuse(name, error.problem, event.id, id.map { SessionKey(event: event.id, session: $0) })
        }
    }

    private mutating func refuse(_ fault: DocumentFault, _ what: String, _ path: String, _ event: EventID?) {
        refuse("\(path):\(fault.line)", "\(what) that is not valid JSON: \(fault.problem)", event)
    }

    private mutating func refuse(
        _ location: String, _ problem: String, _ event: EventID?, _ session: SessionKey? = nil, next: String = ""
    ) {
        listing.problems.append(
            RecordProblem(
                location: location, problem: problem, effect: .refused, event: event, session: session, next: next))
    }

    private mutating func repaired(_ repairs: RecordDecoder.Repairs, at location: String, _ event: EventID) {
        for repair in repairs {
            listing.problems.append(RecordProblem(location: location, problem: repair, effect: .repaired, event: event))
        }
    }
}

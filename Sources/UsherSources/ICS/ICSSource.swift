internal import FoundationEssentials
package import ICalendar
internal import Synchronization
package import UsherCredentials
package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// Sessions from any iCalendar feed: the events, and the occurrences of recurring events, that have a join link.
///
/// A UID is an event, and each occurrence a session of it. A session's id is the occurrence's original instant, however the feed writes it
/// (``OccurrenceNames``): an occurrence that was moved keeps its id, also with its whole series, and an excluded one is gone.
package final class ICSSource: Source {
    let options: ICSSourceOptions
    let reader: ICSReader
    private let secrets: SecretStore
    /// Where the feed is kept between two runs; nil where nothing is kept.
    private let cache: FeedCache?
    private let clock: WallClock
    private let strays = FirstReading()
    private let people = Mutex<[EventID: [ICSReader.Person]]>([:])
    private let unreadablePeople = Mutex<[EventID: [RecordProblem]]>([:])
    private let remembered = Mutex<[SessionMemory]>([])

    /// Some ten thousand events.
    private static let feedBytes = 32 * 1024 * 1024
    /// How far before and after today a session is looked for.
    private static let reach = Duration.seconds(400 * 86_400)

    package init(
        _ options: ICSSourceOptions, zones: TimeZoneDatabase, runtime: RuntimeEnvironment, secrets: SecretStore,
        cache: FeedCache? = nil
    ) {
        (self.options, self.secrets, self.cache, clock) = (options, secrets, cache, runtime.clock)
        reader = ICSReader(
            zones: zones, floating: options.zone, links: JoinLink(hosts: options.joinHosts),
            length: options.length)
    }

    /// Reads the complete feed and lists the sessions in the window.
    ///
    /// - Throws: ``SourceError`` where the feed cannot be read, or is not a calendar.
    package func listing(in window: Window, known: Set<SessionKey>) async throws(SourceError) -> Listing {
        let contents = try await read(window, known: known)
        people.withLock { $0 = contents.people }
        unreadablePeople.withLock { $0 = contents.unreadablePeople }
        keep(contents.listing.sessions)
        return contents.listing
    }

    /// The links in the events of the window.
    ///
    /// - Throws: ``SourceError`` where the feed cannot be read.
    package func links(in window: Window) async throws(SourceError) -> [LinkReport]? {
        let feed = try await feed()
        var reader = reader
        reader.explainsLinks = true
        let contents = try reader.read(
            FeedText(feed.bytes, type: feed.type).bytes, location: location, window: window, known: [])
        return contents.links.values.sorted { $0.event < $1.event }
    }

    private func read(
        _ window: Window, known: Set<SessionKey>
    ) async throws(SourceError) -> ICSReader.FeedContents {
        let feed = try await feed()
        let text = FeedText(feed.bytes, type: feed.type)
        var contents = try reader.read(
            text.bytes, location: location, window: window, known: known,
            remembered: remembered.withLock { $0 })
        contents.listing.remarks += text.remarks
        // Only what was read completely: the server would never send it again.
        contents.listing.remarks += keep(feed)
        return contents
    }

    /// Keeps a feed that was fetched, for as long as its server says that it has not changed.
    private func keep(_ feed: Feed) -> [String] {
        guard let cache, let entry = feed.fresh else { return [] }
        do throws(FileError) {
            try cache.store(entry)
            return []
        } catch {
            return ["the feed is fetched whole by every run, since it cannot be kept: \(error)"]
        }
    }

    /// The names that occurrences have from now on are those under which they are remembered.
    package func recall(_ memories: [SessionMemory]) async { remembered.withLock { $0 = memories } }

    /// Remembers where sessions have moved to, so that another look finds the others of a series where this one has.
    private func keep(_ sessions: [Session]) {
        let listed = Dictionary(sessions.map { ($0.key, $0) }) { first, _ in first }
        remembered.withLock { memories in
            for index in memories.indices {
                if let session = listed[memories[index].session.key] { memories[index].session = session }
            }
        }
    }

    /// Reads the feed, with a window far around today; who is invited stays as it was read with the listing.
    package func probe(_ session: SessionKey) async -> Probe {
        let window = Window(from: clock.now() - Self.reach, until: clock.now() + Self.reach)
        do throws(SourceError) {
            let listing = try await read(window, known: [session]).listing
            if let present = listing.sessions.first(where: { $0.key == session }) { return .present(present) }
            return proves(listing, session) ? .gone : .unknown(nil)
        } catch {
            return .unknown(nil)
        }
    }

    /// Whether a listing without a session proves that it is gone.
    private func proves(_ listing: Listing, _ key: SessionKey) -> Bool {
        let session = remembered.withLock { $0.first { $0.session.key == key }?.session }
        guard let session else {
            return listing.isComplete && !listing.problems.contains { $0.effect == .refused }
        }
        return !listing.mayHide(session) && !listing.problems.contains { $0.mayBe(session) }
    }

    /// A digest of the invited people and of the table's identity.
    package func attendeesTag(of event: EventID) async -> String? {
        let invited = people.withLock { $0[event] ?? [] }.flatMap {
            [$0.address.text, $0.name.text, $0.status.rawValue, String($0.sessions?.count ?? -1)]
                + ($0.sessions ?? []).map(\.rawValue)
        }
        guard let table = options.attendees else { return Digest.hex(of: invited) }
        return AttendeeTable.tag(of: table.path, table.format, readAt: clock.now()).map {
            Digest.hex(of: invited + [$0])
        }
    }

    /// The people whom the calendar invites, then those in the CSV file.
    ///
    /// - Throws: ``SourceError`` where the CSV file or its header cannot be read.
    package func attendees(of event: EventID, known: AttendeeMemory) async throws(SourceError) -> any AttendeePages {
        let (invited, events) = people.withLock { ($0[event] ?? [], $0.keys.sorted()) }
        var table: AttendeeTable?
        if let csv = options.attendees {
            table = try AttendeeTable(
                csv, event: event, events: events, decoder: reader.decoder, reportsStrays: strays.isFirst())
        }
        return ICSAttendees(
            invited.map { $0.attendee(of: event) }, unreadablePeople.withLock { $0[event] ?? [] }, table)
    }

    /// Reads the file, where the calendar is one, and the list of attendees.
    package func examineFiles() async -> FileExamination {
        var examination = FileExamination()
        if case .file = options.location {
            do throws(SourceError) {
                let now = clock.now()
                let window = Window(from: now - Self.reach, until: now + Self.reach)
                let listing = try await listing(in: window, known: [])
                examination.steps.append(
                    Examination("read \(location)", result: "\(listing.sessions.count) sessions"))
                let people = unreadablePeople.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value)
                (examination.sessions, examination.problems) = (listing.sessions, listing.problems + people)
                examination.remarks = listing.remarks
            } catch {
                examination.steps.append(Examination("read \(location)", result: "", error: ExaminationError(error)))
            }
        }
        guard let csv = options.attendees else { return examination }
        let events = people.withLock { $0.keys.sorted() }
        examination.add(
            events.isEmpty
                ? AttendeeTable.examine(csv, zones: reader.decoder.zones)
                : AttendeeTable.examine(csv, events: events, zones: reader.decoder.zones))
        return examination
    }

    /// Reads the feed once.
    package func examine(for use: SourceUse) async -> [Examination] {
        do throws(SourceError) {
            let now = clock.now()
            let window = Window(from: now - Self.reach, until: now + Self.reach)
            let listing = try await listing(in: window, known: [])
            let result = "\(listing.sessions.count) sessions, \(listing.problems.count) events with problems"
            return [Examination("read \(location)", result: result)]
        } catch {
            return [Examination("read \(location)", result: "", error: ExaminationError(error))]
        }
    }

    // MARK: Bytes

    /// The feed's location as errors may show it.
    private var location: String {
        switch options.location {
        case .file(let path): path
        case .url(let url): String(url.prefix { $0 != "?" && $0 != "#" })
        case .reference: "the calendar's secret URL"
        }
    }

    private func feed() async throws(SourceError) -> Feed {
        let fetcher = FeedFetcher(
            access: options.access, location: location, limit: Self.feedBytes, secrets: secrets, cache: cache,
            clock: clock)
        switch options.location {
        case .file(let path): return Feed(bytes: try file(path))
        case .url(let url): return try await fetcher.fetch(url, isSecret: false)
        case .reference(let reference):
            let secret: Secret
            do throws(SecretError) {
                secret = try await secrets.secret(reference)
            } catch {
                throw SourceError(
                    error.isCanceled ? .canceled : .refusedCredentials, location: error.location,
                    problem: error.problem,
                    next: error.isCanceled ? "Run again" : "Provide the URL where the job file says it is")
            }
            let url = ICSSourceOptions.secured(secret.reveal { $0 })
            guard ICSSourceOptions.allows(url) else {
                throw SourceError(
                    .unreachable, location: location, problem: "not an https URL",
                    next: "Use the address that the calendar shows")
            }
            return try await fetcher.fetch(url, isSecret: true)
        }
    }

    private func file(_ path: String) throws(SourceError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SourceError(
                .unreachable, location: path, problem: "the file does not exist or cannot be read",
                next: "Check source.file in the job file; relative paths start at the job file's folder")
        }
        guard data.count <= Self.feedBytes else {
            throw SourceError(
                .malformed, location: path, problem: "\(data.count) bytes", next: "Use at most \(Self.feedBytes)")
        }
        return Array(data)
    }
}

/// The people whom a calendar invites, then the rows of a table, page by page.
final class ICSAttendees: AttendeePages {
    private var rest: ArraySlice<UsherModel.Attendee>
    /// Those who cannot be invited; told with the first page.
    private var problems: [RecordProblem]
    private let table: AttendeeTable?

    init(_ invited: [UsherModel.Attendee], _ problems: [RecordProblem], _ table: AttendeeTable?) {
        (rest, self.problems, self.table) = (invited[...], problems, table)
    }

    func next() async throws(SourceError) -> AttendeePage? {
        guard !rest.isEmpty || !problems.isEmpty else { return try table?.page() }
        let page = AttendeePage(attendees: Array(rest.prefix(Limits.pageAttendees)), problems: problems)
        rest = rest.dropFirst(Limits.pageAttendees)
        problems = []
        return page
    }
}

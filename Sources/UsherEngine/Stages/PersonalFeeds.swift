internal import UsherCredentials
internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherPublishers
internal import UsherRender

/// The calendars of people: each has the sessions in which that person has a seat, and a name derived from a secret.
///
/// One page of people is in memory at a time.
struct PersonalFeeds {
    private let job: ConfiguredJob
    private let ledger: any Ledger
    private let options: CalendarOptions
    private let feed: FeedRenderer
    private let secret: Secret
    /// The sessions that are shown, by event.
    private let sessions: [EventID: [SessionMemory]]
    /// The events whose attendees are on a list.
    private let events: [RosterID: [EventID]]
    private var page: ArraySlice<SeatHolder> = []
    private var last: RecipientID?
    private var isOver = false
    /// Most people have the same sessions as many others.
    private var rendered = Rendered()

    /// Fetches the secret.
    ///
    /// - Throws: ``PublishError`` where it is missing, or so short that names could be guessed.
    init(
        _ options: CalendarOptions, _ feed: FeedRenderer, _ memories: [SessionMemory], job: ConfiguredJob,
        ledger: any Ledger
    ) async throws(PublishError) {
        (self.options, self.feed, self.job, self.ledger) = (options, feed, job, ledger)
        secret = try await PersonalSecret.fetch(options, job, ledger)
        sessions = Dictionary(grouping: memories) { $0.session.key.event }
        var events: [RosterID: [EventID]] = [:]
        for event in sessions.keys.sorted() {
            for list in Set(job.audiences(of: event).compactMap(\.list)) {
                events[list, default: []].append(event)
            }
        }
        self.events = events
    }

    /// The next person's calendar; nil after the last.
    ///
    /// - Throws: ``PublishError`` where the ledger cannot be read.
    mutating func next() async throws(PublishError) -> Artifact? {
        if page.isEmpty, !isOver {
            page = try await people(after: last)[...]
            isOver = page.isEmpty
            last = page.last?.id ?? last
        }
        guard let person = page.popFirst() else { return nil }
        return artifact(for: person)
    }

    private func people(after last: RecipientID?) async throws(PublishError) -> [SeatHolder] {
        do throws(LedgerError) {
            return try await ledger.seatHolders(job: job.ledgerName, after: last, limit: Limits.pageAttendees)
        } catch {
            throw PublishError(error)
        }
    }

    private mutating func artifact(for person: SeatHolder) -> Artifact {
        let token = AttendeeToken(of: person.id, under: secret)
        let source = options.source.map { Division($0, .attendee).location(of: token) }
        let own = sessions(of: person)
        let bytes =
            source == options.source
            ? rendered.bytes(of: own, by: feed) : feed.fetched(from: source).render(own)
        return Artifact(
            location: options.division.location(of: token), bytes: bytes, mediaType: feed.options.form.mediaType)
    }

    private func sessions(of person: SeatHolder) -> [SessionMemory] {
        var keys: Set<SessionKey> = []
        var own: [SessionMemory] = []
        for seat in person.seats {
            for event in events[seat.list] ?? [] {
                for memory in sessions[event] ?? []
                where seat.sessions?.contains(memory.session.key.session) ?? true {
                    if keys.insert(memory.session.key).inserted { own.append(memory) }
                }
            }
        }
        return own
    }

    /// The calendars rendered last, by their sessions.
    private struct Rendered {
        private var calendars: [[SessionKey]: [UInt8]] = [:]
        private static let maximum = 16

        mutating func bytes(of memories: [SessionMemory], by feed: FeedRenderer) -> [UInt8] {
            let keys = memories.map(\.session.key)
            if let bytes = calendars[keys] { return bytes }
            if calendars.count >= Self.maximum { calendars = [:] }
            let bytes = feed.render(memories)
            calendars[keys] = bytes
            return bytes
        }
    }
}

/// The URLs of personal calendars, for the messages to people.
struct PersonalCalendars: Sendable {
    private let division: Division
    private let secret: Secret

    /// Finds the first publication with a calendar for each attendee and a URL for it; nil where there is none, or its
    /// secret is missing, which the publish stage reports.
    init?(_ job: ConfiguredJob, _ ledger: any Ledger) async {
        for plan in job.publications {
            guard case .calendar(let options, _) = plan, options.division.split == .attendee, let url = options.source
            else { continue }
            do throws(PublishError) {
                (division, secret) = (Division(url, .attendee), try await PersonalSecret.fetch(options, job, ledger))
                return
            } catch {
                return nil
            }
        }
        return nil
    }

    /// The URL of a person's calendar.
    func url(of person: RecipientID) -> String { division.location(of: AttendeeToken(of: person, under: secret)) }
}

/// The secret from which the names of personal feeds are derived: the job's, or one of the ledger's.
enum PersonalSecret {
    /// Fetches it.
    ///
    /// - Throws: ``PublishError`` where it is missing, or too short.
    static func fetch(
        _ options: CalendarOptions, _ job: ConfiguredJob, _ ledger: any Ledger
    ) async throws(PublishError) -> Secret {
        guard let reference = options.secret else {
            do throws(LedgerError) {
                return try await ledger.secrets().secret(for: "calendars of \(job.ledgerName)")
            } catch {
                throw PublishError(error)
            }
        }
        let secret: Secret
        do throws(SecretError) {
            secret = try await job.secrets.secret(reference)
        } catch {
            throw PublishError(
                error.isCanceled ? .canceled : .refusedCredentials, location: error.location, problem: error.problem,
                next: error.isCanceled
                    ? "Run again" : "Store the secret where the job file says it is; the old feeds are unchanged")
        }
        guard secret.reveal({ $0.utf8.count }) >= AttendeeToken.minimumSecret else {
            throw PublishError(
                .refusedCredentials, location: "secret of \(options.division.pattern)",
                problem: "fewer than \(AttendeeToken.minimumSecret) octets, so the names could be guessed",
                next: "Use a longer one, such as openssl rand -hex 32 prints")
        }
        return secret
    }
}

internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherPublishers
internal import UsherRender

/// The calendars of people: each with the sessions in which that person has a seat, under a name that only the job's secret makes.
struct PersonalFeeds {
    let assembly: ConfiguredJob
    let ledger: any Ledger
    let options: CalendarOptions
    let feed: FeedRenderer
    let secret: Secret
    /// What is shown, by event.
    private let sessions: [EventID: [SessionMemory]]
    /// The events that a list stands for.
    private let events: [RosterID: [EventID]]

    /// Fetches the secret.
    ///
    /// - Throws: ``PublishError`` where it cannot be had, or is so short that names could be guessed.
    init(
        _ options: CalendarOptions, _ feed: FeedRenderer, _ memories: [SessionMemory], assembly: ConfiguredJob,
        ledger: any Ledger
    ) throws(PublishError) {
        (self.options, self.feed, self.assembly, self.ledger) = (options, feed, assembly, ledger)
        secret = try PersonalSecret.fetch(options, assembly)
        sessions = Dictionary(grouping: memories) { $0.session.key.event }
        var events: [RosterID: [EventID]] = [:]
        for event in sessions.keys.sorted() {
            for list in Set(assembly.audiences(of: event).compactMap(\.list)) {
                events[list, default: []].append(event)
            }
        }
        self.events = events
    }

    /// Puts every feed; memory holds one page of people.
    func publish(with writer: PublicationWriter, into result: inout PublicationWriter.Result) async {
        var page: ArraySlice<SeatHolder> = []
        var last: RecipientID?
        var isOver = false
        // Most people have the same sessions as many others.
        var rendered = Rendered()
        await writer.publish(
            { () async throws(PublishError) in
                if page.isEmpty, !isOver {
                    page = try await people(after: last)[...]
                    isOver = page.isEmpty
                    last = page.last?.id ?? last
                }
                guard let person = page.popFirst() else { return nil }
                return item(of: person, &rendered)
            }, into: &result)
    }

    private func people(after last: RecipientID?) async throws(PublishError) -> [SeatHolder] {
        do throws(LedgerError) {
            return try await ledger.seatHolders(job: assembly.ledgerName, after: last, limit: Limits.pageAttendees)
        } catch {
            throw PublishError(error)
        }
    }

    private func item(of person: SeatHolder, _ rendered: inout Rendered) -> PublicationWriter.Item {
        let token = AttendeeToken(of: person.id, under: secret)
        let source = options.source.map { Division($0, .attendee).location(of: token) }
        let mine = sessions(of: person)
        let bytes =
            source == options.source
            ? rendered.bytes(of: mine) { feed.render(mine) } : feed.fetched(from: source).render(mine)
        return PublicationWriter.Item(
            location: options.division.location(of: token), bytes: bytes, mediaType: feed.options.form.mediaType)
    }

    private func sessions(of person: SeatHolder) -> [SessionMemory] {
        var keys: Set<SessionKey> = []
        var mine: [SessionMemory] = []
        for seat in person.seats {
            for event in events[seat.list] ?? [] {
                for memory in sessions[event] ?? []
                where seat.sessions?.contains(memory.session.key.session) ?? true {
                    if keys.insert(memory.session.key).inserted { mine.append(memory) }
                }
            }
        }
        return mine
    }

    /// The last few calendars, by their sessions.
    private struct Rendered {
        private var known: [[SessionKey]: [UInt8]] = [:]
        private static let maximum = 16

        mutating func bytes(of memories: [SessionMemory], _ render: () -> [UInt8]) -> [UInt8] {
            let keys = memories.map(\.session.key)
            if let bytes = known[keys] { return bytes }
            if known.count >= Self.maximum { known = [:] }
            let bytes = render()
            known[keys] = bytes
            return bytes
        }
    }
}

/// Where people's own calendars can be fetched, for messages to them.
struct PersonalCalendars: Sendable {
    private let division: Division
    private let secret: Secret

    /// Takes the first publication with a calendar for each attendee and a URL for it; nil where there is none, or its secret cannot be had:
    /// that is the publish stage's to say.
    init?(_ assembly: ConfiguredJob) {
        for plan in assembly.publications {
            guard case .calendar(let options, _) = plan, options.division.split == .attendee, let url = options.source
            else { continue }
            do throws(PublishError) {
                (division, secret) = (Division(url, .attendee), try PersonalSecret.fetch(options, assembly))
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

/// The secret that the names of people's feeds derive from.
enum PersonalSecret {
    /// Fetches it.
    ///
    /// - Throws: ``PublishError`` where it cannot be had, or is too short.
    static func fetch(_ options: CalendarOptions, _ assembly: ConfiguredJob) throws(PublishError) -> Secret {
        guard let reference = options.secret else {
            throw PublishError(
                .refusedCredentials, location: options.division.pattern, problem: "no secret",
                next: "Say secret: {env: NAME}")
        }
        let secret: Secret
        do throws(SecretError) {
            secret = try SecretStore(environment: assembly.surroundings.environment, folder: assembly.job.folder)
                .secret(reference)
        } catch {
            throw PublishError(
                .refusedCredentials, location: error.location, problem: error.problem,
                next: "Put the secret where the job says it is; the old feeds are as they were")
        }
        guard secret.reveal({ $0.utf8.count }) >= AttendeeToken.minimumSecret else {
            throw PublishError(
                .refusedCredentials, location: "secret of \(options.division.pattern)",
                problem: "fewer than \(AttendeeToken.minimumSecret) octets",
                next: "Use a longer one, such as openssl rand -hex 32 prints: names made of a short one can be guessed")
        }
        return secret
    }
}

import GRDB
import UsherModel
import UsherTesting

@testable import UsherLedger

/// A ledger in a folder of its own, with one session and whoever is registered for it.
struct LedgerFixture {
    let folder: TemporaryFolder
    let ledger: SQLiteLedger
    /// What the fixture plans under.
    let lease: PlanningLease
    let mail = ChannelName(rawValue: "mail")
    let event = EventID(rawValue: "e1")
    let list = RosterID(EventID(rawValue: "e1"))
    let now = Instant(secondsSince1970: 1_796_000_000)

    /// Creates the ledger; `staysSound` is false where a test damages it, so that it need not be sound at the end.
    init(steps: Steps = .unwatched, staysSound: Bool = true) async throws {
        folder = try TemporaryFolder(holdsSoundLedgers: staysSound)
        ledger = try await SQLiteLedger.open(path: folder.path("usher.sqlite"), host: "here", steps: steps)
        lease = try await ledger.planningLease(job: "t", at: now)
    }

    var path: String { folder.path("usher.sqlite") }

    /// Stores sessions over whatever revision is stored.
    func record(_ sessions: [SessionMemory]) async throws {
        var changes: [SessionChange] = []
        for memory in sessions {
            let stored = try await ledger.session(job: "t", memory.session.key)
            changes.append(SessionChange(memory, over: stored?.revision))
        }
        try await ledger.record(changes, under: lease, now: now)
    }

    /// Another process's view of the same file.
    func another() async throws -> SQLiteLedger { try await SQLiteLedger.open(path: path, host: "here") }

    func session(_ id: String = "s1", hours: Int64 = 48, status: SessionStatus = .published) throws -> Session {
        Session(
            key: SessionKey(event: event, session: SessionID(rawValue: id)), subject: Line(cleaning: "Seats"),
            start: now + .seconds(3600 * hours), end: now + .seconds(3600 * hours + 3600), zone: .utc,
            joinURL: try JoinURL("https://teams.microsoft.com/l/a"), status: status)
    }

    func memory(_ session: Session, revision: Int = 0) -> SessionMemory {
        SessionMemory(session: session, revision: revision, revisedAt: now, firstSeenAt: now)
    }

    func address(_ name: String) throws -> Address { try Address("\(name)@example.com") }

    func attendee(_ name: String, id: String? = nil) throws -> Attendee {
        Attendee(registration: RegistrationID(rawValue: id ?? "r-\(name)"), event: event, address: try address(name))
    }

    let rule = Rule(
        when: .registered, audience: .attendees, channel: ChannelName(rawValue: "mail"), template: "invite")

    func delivery(
        _ name: String, session: Session, outcome: Delivery.Outcome = .send, expires: Int64 = 48 * 3600,
        moment: Moment? = nil
    ) throws -> Delivery {
        let moment = moment ?? .registered(RegistrationID(rawValue: "r-\(name)"))
        return Delivery(
            key: DedupeKey(["t", name, session.key.description, moment.keyPart]), rule: rule, session: session.key,
            recipient: .person(try address(name)), list: list, registration: RegistrationID(rawValue: "r-\(name)"),
            moment: moment, dueAt: now, expiresAt: now + .seconds(expires), outcome: outcome)
    }

    /// Records the session and its attendees, and enrols one delivery for each.
    @discardableResult
    func enrol(_ names: [String], in session: Session? = nil, expires: Int64 = 48 * 3600) async throws -> Session {
        let session = try session ?? self.session()
        try await record([memory(session)])
        let scan = try await ledger.beginRoster(list, under: lease)
        try await ledger.observe(scan, names.map { try attendee($0) }, now: now)
        try await ledger.completeRoster(scan)
        try await enrol(names.map { try delivery($0, session: session, expires: expires) })
        return session
    }

    /// A proposal with these deliveries.
    func propose(
        _ deliveries: [Delivery], superseding: [(key: DedupeKey, reason: SkipReason)] = [],
        in ledger: SQLiteLedger? = nil
    ) async throws -> ProposalID {
        let ledger = ledger ?? self.ledger
        let proposal = try await ledger.beginProposal(under: lease)
        try await ledger.propose(deliveries, superseding: superseding, in: proposal)
        return proposal
    }

    /// Proposes and enrols deliveries; returns how many were new.
    @discardableResult
    func enrol(_ deliveries: [Delivery]) async throws -> Int {
        try await ledger.enrol(try await propose(deliveries), now: now)
    }

    func claim(
        _ limit: Int = 100, by owner: String = "me", from ledger: SQLiteLedger? = nil, at time: Instant? = nil
    ) async throws -> [Claim] {
        try await (ledger ?? self.ledger).claim(
            job: "t", channel: mail, limit: limit, owner: Owner(rawValue: owner), until: now + .seconds(300),
            now: time ?? now
        ).claims
    }

    func wire(_ claims: [Claim], in ledger: SQLiteLedger? = nil) async throws -> [Wired] {
        try await (ledger ?? self.ledger).wire(claims, clock: now).map { try $0.get() }
    }

    func states() async throws -> [String: Int] {
        let counts = try await ledger.status(now: now).first { $0.job == "t" }?.counts ?? [:]
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// The file as anyone with `sqlite3` could open it.
    func raw<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try DatabaseQueue(path: path).write(body)
    }
}

extension SQLiteLedger {
    /// Refuses to let this connection's file grow, as a full disk would.
    func limitPages() async throws {
        try await access { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 1
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 4)")
        }
    }
}

import GRDB
import UsherLedger
import UsherModel
import UsherTesting

/// A ledger in a folder of its own, with one session and whoever is registered for it.
struct LedgerFixture {
    let folder: TemporaryFolder
    let ledger: Ledger
    let mail = ChannelName(rawValue: "mail")
    let event = EventID(rawValue: "e1")
    let now = Instant(secondsSince1970: 1_796_000_000)

    init(steps: Steps = .unwatched) throws {
        folder = try TemporaryFolder()
        ledger = try Ledger.open(path: folder.path("usher.sqlite"), host: "here", steps: steps)
    }

    var path: String { folder.path("usher.sqlite") }

    /// Another process's view of the same file.
    func another() throws -> Ledger { try Ledger.open(path: path, host: "here") }

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
            recipient: .person(try address(name)), list: event, registration: RegistrationID(rawValue: "r-\(name)"),
            moment: moment, dueAt: now, expiresAt: now + .seconds(expires), outcome: outcome)
    }

    /// Records the session and its attendees, and enrols one delivery for each.
    @discardableResult
    func enrol(_ names: [String], in session: Session? = nil, expires: Int64 = 48 * 3600) throws -> Session {
        let session = try session ?? self.session()
        try ledger.record(job: "t", sessions: [memory(session)], now: now)
        let scan = try ledger.beginRoster(job: "t", list: event)
        try ledger.observe(scan, names.map { try attendee($0) }, now: now)
        try ledger.completeRoster(scan)
        try ledger.beginPlan(job: "t")
        try ledger.propose(
            names.map { try delivery($0, session: session, expires: expires) }, superseding: [], job: "t")
        try ledger.enrol(now: now)
        return session
    }

    func claim(_ limit: Int = 100, by owner: String = "me", from ledger: Ledger? = nil, at time: Instant? = nil) throws
        -> [Claim]
    {
        try (ledger ?? self.ledger).claim(
            job: "t", channel: mail, limit: limit, owner: Owner(rawValue: owner), until: now + .seconds(300),
            now: time ?? now
        ).claims
    }

    func wire(_ claims: [Claim], in ledger: Ledger? = nil) throws -> [Wired] {
        try (ledger ?? self.ledger).wire(claims, clock: now).map { try $0.get() }
    }

    func states() throws -> [String: Int] {
        let counts = try ledger.status(now: now).first { $0.job == "t" }?.counts ?? [:]
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// The file as anyone with `sqlite3` could open it.
    func raw<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try DatabaseQueue(path: path).write(body)
    }
}

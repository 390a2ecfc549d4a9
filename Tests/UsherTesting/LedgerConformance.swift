internal import Testing
package import UsherModel

/// What every ledger must do, whatever stores it: the contract of ``Ledger``, spoken to through the protocols only.
package enum LedgerConformance {
    /// Where the ledgers of the suite are: an empty one per check.
    package struct Site: Sendable {
        /// Opens the ledger, as another process would; creates it the first time.
        package let open: @Sendable () async throws -> any Ledger
        /// Ends a process that has the ledger open, without letting it release anything.
        package let kill: @Sendable (any Ledger) async throws -> Void

        /// Creates a site.
        package init(
            open: @escaping @Sendable () async throws -> any Ledger,
            kill: @escaping @Sendable (any Ledger) async throws -> Void
        ) {
            (self.open, self.kill) = (open, kill)
        }
    }

    /// One rule of the contract.
    package struct Check: Sendable, CustomTestStringConvertible {
        /// The rule, in a few words.
        package let name: String
        let body: @Sendable (World) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (World) async throws -> Void) {
            (self.name, self.body) = (name, body)
        }

        package var testDescription: String { name }

        /// Runs the check at an empty site.
        package func run(at site: Site) async throws { try await body(World(site)) }
    }

    /// All checks, for `@Test(arguments:)`.
    package static let checks: [Check] =
        sessions + rosters + attendance + proposals + deliveries + recovery + rates + people + inbox + publications
        + history

    /// A ledger with one session, and the values that checks share.
    struct World: Sendable {
        let site: Site
        let ledger: any Ledger
        let job = "job"
        let event = EventID(rawValue: "e1")
        let mail = ChannelName(rawValue: "mail")
        let now = Instant(secondsSince1970: 1_796_000_000)
        let me = Owner(rawValue: "me")
        /// What the world plans under.
        let lease: PlanningLease

        init(_ site: Site) async throws {
            self.site = site
            ledger = try await site.open()
            lease = try await ledger.planningLease(job: job, at: now)
        }

        var list: RosterID { RosterID(event) }
        var key: SessionKey { SessionKey(event: event, session: SessionID(rawValue: "s1")) }
        var leaseEnd: Instant { now + .seconds(300) }

        func memory(_ subject: String = "Seats", revision: Int = 0, status: SessionStatus = .published) throws
            -> SessionMemory
        {
            let session = Session(
                key: key, subject: Line(cleaning: subject), start: now + .seconds(172_800),
                end: now + .seconds(176_400), zone: .utc, joinURL: try JoinURL("https://teams.microsoft.com/l/a"),
                status: status)
            return SessionMemory(session: session, revision: revision, revisedAt: now, firstSeenAt: now)
        }

        /// Stores sessions over whatever revision is stored.
        func record(_ sessions: [SessionMemory]) async throws {
            var changes: [SessionChange] = []
            for memory in sessions {
                let stored = try await ledger.session(job: job, memory.session.key)
                changes.append(SessionChange(memory, over: stored?.revision))
            }
            try await ledger.record(changes, under: lease, now: now)
        }

        func address(_ name: String) throws -> Address { try Address("\(name)@example.com") }

        func person(_ name: String) throws -> RecipientID { Recipient.person(try address(name)).id }

        func attendee(_ name: String, id: String? = nil) throws -> Attendee {
            Attendee(
                registration: RegistrationID(rawValue: id ?? "r-\(name)"), event: event, address: try address(name))
        }

        func delivery(
            _ name: String, moment: Moment? = nil, outcome: Delivery.Outcome = .send, due: Int64 = 0,
            expires: Int64 = 172_800, in job: String = "job"
        ) throws -> Delivery {
            let registration = RegistrationID(rawValue: "r-\(name)")
            let moment = moment ?? .registered(registration)
            let rule = Rule(when: .registered, audience: .attendees, channel: mail, template: "invite")
            return Delivery(
                key: DedupeKey([job, name, moment.keyPart]), rule: rule, session: key,
                recipient: .person(try address(name)), list: list, registration: registration, moment: moment,
                dueAt: now + .seconds(due), expiresAt: now + .seconds(expires), outcome: outcome)
        }

        /// Stores the session and these people.
        func register(_ names: [String]) async throws {
            try await record([memory()])
            let reading = try await ledger.beginRoster(list, under: lease)
            try await ledger.observe(reading, names.map { try attendee($0) }, now: now)
            try await ledger.completeRoster(reading)
        }

        func propose(
            _ deliveries: [Delivery], superseding: [(key: DedupeKey, reason: SkipReason)] = []
        ) async throws -> ProposalID {
            let proposal = try await ledger.beginProposal(under: lease)
            try await ledger.propose(deliveries, superseding: superseding, in: proposal)
            return proposal
        }

        @discardableResult
        func enrol(_ deliveries: [Delivery]) async throws -> Int {
            try await ledger.enrol(try await propose(deliveries), now: now)
        }

        /// Stores the session and these people, and enrols one delivery for each.
        func invite(_ names: [String], expires: Int64 = 172_800) async throws {
            try await register(names)
            try await enrol(names.map { try delivery($0, expires: expires) })
        }

        func claim(
            _ limit: Int = 100, by owner: Owner? = nil, on ledger: (any Ledger)? = nil, at time: Int64 = 0
        ) async throws -> [Claim] {
            try await (ledger ?? self.ledger).claim(
                job: job, channel: mail, limit: limit, owner: owner ?? me, until: leaseEnd,
                now: now + .seconds(time)
            ).claims
        }

        /// Claims and marks everything that is due.
        func wire() async throws -> [Wired] {
            try await ledger.wire(try await claim(), clock: now).map { try $0.get() }
        }

        func states(on ledger: (any Ledger)? = nil) async throws -> [DeliveryState: Int] {
            try await (ledger ?? self.ledger).status(now: now).first { $0.job == job }?.counts ?? [:]
        }

        func remembered(_ name: String, in proposal: ProposalID? = nil) async throws -> [RememberedDelivery] {
            let id = try person(name)
            return try await ledger.memory(job: job, session: key, recipients: [id], in: proposal)[id] ?? []
        }

        /// The kind of error that a call throws; nil where it throws none.
        func code(_ call: () async throws -> Void) async -> LedgerError.Code? {
            do {
                try await call()
                return nil
            } catch {
                return (error as? LedgerError)?.code
            }
        }
    }

    /// Why a claim was not marked; nil where it was.
    static func code(_ result: Result<Wired, LedgerError>?) -> LedgerError.Code? {
        guard case .failure(let error)? = result else { return nil }
        return error.code
    }
}

import UsherModel
import UsherPlan

/// A job with an in-memory ledger that follows the same rules, without files or a clock.
struct World {
    var rules: [Rule]
    var known: [SessionKey: SessionMemory] = [:]
    var rows: [DedupeKey: Row] = [:]
    var roster: [Address: [Candidate.Registration]] = [:]
    var suppressed: Set<Address> = []
    /// Whether the last plan left several deliveries to one recipient.
    var isOpen = false
    /// The fingerprint of every revision.
    private var fingerprints: [SessionKey: [Int: String]] = [:]
    private var links: [SessionKey: JoinURL] = [:]
    private var told: Int64 = 0

    struct Row {
        var delivery: Delivery
        var enrolledAt: Instant
        var notBefore: Instant
        var finishedAt: Instant?
        var state: DeliveryState
        var reason: SkipReason?
        var toldRevision: Int?
        var toldOrder: Int64 = 0
        /// Whether the ledger was told to forget the person.
        var isForgotten = false
    }

    init(_ rules: String...) {
        self.rules = rules.compactMap { text in
            let parts = text.split(separator: "|").map { $0.trimmingPrefix(while: { $0 == " " }) }
            guard let when = When(String(parts[0])) else { return nil }
            let audience: Audience = parts.count > 1 && parts[1].hasPrefix("channel") ? .channel : .attendees
            return Rule(
                when: when, audience: audience, channel: mail, template: "t",
                late: parts.contains { $0.hasPrefix("late: skip") } ? .skip : .newest)
        }
    }

    var table: RuleTable { RuleTable(job: "test", rules: rules) }

    /// Reconciles, plans and delivers once.
    ///
    /// - Parameters:
    ///   - time: `now`.
    ///   - sessions: What the source lists.
    ///   - people: The attendees it lists.
    ///   - complete: Whether the listing is complete.
    ///   - probe: The result of looking up each missing session directly.
    ///   - down: Whether the channel accepts nothing, so that deliveries stay pending.
    ///   - retry: When a delivery that the channel did not accept may be tried again; at once by default.
    /// - Returns: The outcome of each delivery touched, as sorted lines.
    mutating func run(
        _ time: String, _ sessions: [Session], _ people: [Attendee] = [], complete: Bool = true, probe: Probe = .gone,
        down: Bool = false, retry: String? = nil
    ) -> [String] {
        run(at: at(time), sessions, people, complete: complete, probe: probe, down: down, retry: retry.map(at))
    }

    mutating func run(
        at now: Instant, _ sessions: [Session], _ people: [Attendee], complete: Bool = true, probe: Probe = .gone,
        down: Bool, retry: Instant?
    ) -> [String] {
        reconcile(Listing(sessions: sessions, problems: [], isComplete: complete), probe: probe, now: now)
        observe(people, now: now)
        let before = rows
        plan(now: now)
        deliver(now: now, down: down, retry: retry)
        return rows.compactMap { key, row in
            if let old = before[key], old.state == row.state, old.reason == row.reason { return nil }
            return line(row)
        }.sorted()
    }

    private mutating func reconcile(_ listing: Listing, probe: Probe, now: Instant) {
        let missing = Reconcile.missing(from: listing, known: known, window: window(now), now: now)
        let probes = Dictionary(uniqueKeysWithValues: missing.map { ($0, probe) })
        for memory in Reconcile.revise(listing, probes: probes, known: known, now: now).changes {
            known[memory.session.key] = memory
            links[memory.session.key] = memory.session.joinURL ?? links[memory.session.key]
            var told = memory.session
            told.joinURL = links[memory.session.key]
            fingerprints[memory.session.key, default: [:]][memory.revision] = told.fingerprint
        }
    }

    private mutating func observe(_ people: [Attendee], now: Instant) {
        var fresh: [Address: [Candidate.Registration]] = [:]
        for person in people {
            let old = roster[person.address]?.first { $0.attendee.registration == person.registration }
            fresh[person.address, default: []]
                .append(.init(attendee: person, firstSeenAt: old?.firstSeenAt ?? now, isListed: true))
        }
        for (address, registrations) in roster {
            for old in registrations
            where fresh[address]?.contains(where: { $0.attendee.registration == old.attendee.registration }) != true {
                fresh[address, default: []]
                    .insert(.init(attendee: old.attendee, firstSeenAt: old.firstSeenAt, isListed: false), at: 0)
            }
        }
        roster = fresh
    }

    /// The revisions before the present one that had the same facts.
    private func sameFacts(_ memory: SessionMemory) -> Set<Int> {
        let same =
            fingerprints[memory.session.key]?.filter { $0.value == fingerprints[memory.session.key]?[memory.revision] }
            ?? [:]
        return Set(same.keys).subtracting([memory.revision])
    }

    /// Plans once, and enrolls the plan.
    mutating func plan(now: Instant) {
        isOpen = false
        for memory in known.values.sorted(by: { $0.session.key < $1.session.key })
        where window(now).contains(memory.session) {
            let planner = SessionPlanner(
                table: table, memory: memory, sameFacts: sameFacts(memory), now: now)
            let channelRules = rules.filter { $0.audience == .channel }
            if !channelRules.isEmpty {
                apply(
                    planner.plan(
                        Candidate(recipient: .channel(mail), registrations: [], isSuppressed: false),
                        rules: channelRules, list: nil, remembered: remembered(memory, .channel(mail))), now: now)
            }
            for (address, registrations) in roster.sorted(by: { $0.key < $1.key }) {
                let candidate = Candidate(
                    recipient: .person(address), registrations: registrations,
                    isSuppressed: suppressed.contains(address))
                apply(
                    planner.plan(
                        candidate, rules: rules.filter { $0.audience == .attendees },
                        list: RosterID(memory.session.key.event),
                        remembered: remembered(memory, .person(address))), now: now)
            }
        }
    }

    private func remembered(_ memory: SessionMemory, _ recipient: Recipient) -> [RememberedDelivery] {
        rows.values
            .filter { $0.delivery.session == memory.session.key && $0.delivery.recipient == recipient }
            .map { row in
                RememberedDelivery(
                    key: row.delivery.key, rule: row.delivery.rule, channel: row.delivery.channel,
                    kind: row.delivery.moment.kind, registration: row.delivery.registration,
                    isOwnCancellation: row.delivery.moment.isOwnCancellation, dueAt: row.delivery.dueAt,
                    enrolledAt: row.enrolledAt, notBefore: row.notBefore, finishedAt: row.finishedAt,
                    state: row.state, reason: row.reason, isForgotten: row.isForgotten,
                    toldRevision: row.toldRevision, toldOrder: row.toldOrder)
            }
    }

    private mutating func apply(_ plan: RecipientPlan, now: Instant) {
        isOpen = isOpen || plan.isOpen
        for delivery in plan.deliveries where rows[delivery.key] == nil {
            var row = Row(delivery: delivery, enrolledAt: now, notBefore: delivery.dueAt, state: .pending)
            if case .skip(let reason) = delivery.outcome {
                (row.state, row.reason, row.finishedAt) = (.skipped, reason, now)
            }
            rows[delivery.key] = row
        }
        for gone in plan.superseding where rows[gone.key]?.state == .pending { skip(gone.key, gone.reason, now: now) }
    }

    private mutating func skip(_ key: DedupeKey, _ reason: SkipReason, now: Instant) {
        end(key, as: .skipped, reason, isTold: false, now: now)
    }

    private mutating func deliver(now: Instant, down: Bool, retry: Instant?) {
        for (key, row) in rows.sorted(by: { $0.key < $1.key }) where row.state == .pending && row.notBefore <= now {
            if row.delivery.expiresAt <= now {
                skip(key, .expired, now: now)
            } else if !down {
                end(key, as: .sent, isTold: true, now: now)
            } else if let retry {
                rows[key]?.notBefore = retry
            }
        }
    }

    /// Puts a delivery into a state, as a channel or a person would.
    ///
    /// - Parameters:
    ///   - key: The delivery.
    ///   - state: Its state from now on.
    ///   - reason: Why it is skipped.
    ///   - isTold: Whether the recipient has the message, or may have it.
    ///   - now: The time.
    mutating func end(
        _ key: DedupeKey, as state: DeliveryState, _ reason: SkipReason? = nil, isTold: Bool, now: Instant
    ) {
        guard var row = rows[key] else { return }
        (row.state, row.reason, row.finishedAt) = (state, reason, state.isFinal ? now : nil)
        if isTold {
            told += 1
            (row.toldRevision, row.toldOrder) = (known[row.delivery.session]?.revision, told)
        }
        rows[key] = row
    }

    /// The newest delivery of a rule, by when it was enrolled.
    func newest(_ rule: String) -> DedupeKey? {
        rows.filter { $0.value.delivery.rule.rawValue.hasPrefix("\(rule)/") }.max {
            ($0.value.enrolledAt, $0.key) < ($1.value.enrolledAt, $1.key)
        }?.key
    }

    private func line(_ row: Row) -> String {
        let name = row.delivery.recipient.label.prefix { $0 != "@" }
        let rule = row.delivery.rule.rawValue.prefix { $0 != "/" }
        return "\(name): \(rule) \(row.reason.map { "skipped: \($0.rawValue)" } ?? row.state.rawValue)"
    }
}

extension Moment {
    fileprivate var isOwnCancellation: Bool {
        if case .registrationCanceled = self { true } else { false }
    }
}

let mail = ChannelName(rawValue: "mail")

/// The instant of an ISO 8601 time in UTC; the year is 2026 and the month December where only `DDThh:mm` is given.
func at(_ text: String) -> Instant {
    let full = text.count > 8 ? text : "2026-12-\(text)"
    return Timestamp(full + "Z")?.instant ?? .distantPast
}

func window(_ now: Instant) -> Window { Window(from: now - .seconds(86_400), until: now + .seconds(60 * 86_400)) }

/// A session of one hour, by default from `10T15:00` to `10T16:00`.
func session(
    _ start: String = "10T15:00", id: String = "s1", hours: Int64 = 1, subject: String = "Seats", link: String = "a",
    status: SessionStatus = .published
) throws -> Session {
    Session(
        key: SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: id)),
        subject: Line(cleaning: subject), start: at(start), end: at(start) + .seconds(3600 * hours), zone: .utc,
        joinURL: try JoinURL("https://teams.microsoft.com/l/\(link)"), status: status)
}

func person(
    _ name: String, _ status: AttendeeStatus = .registered, id: String? = nil, registered: String? = nil
) throws -> Attendee {
    var attendee = Attendee(
        registration: RegistrationID(rawValue: id ?? "r-\(name)"), event: EventID(rawValue: "e1"),
        address: try Address("\(name)@example.com"), status: status)
    attendee.registeredAt = registered.map(at)
    return attendee
}

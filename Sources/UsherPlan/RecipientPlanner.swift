internal import UsherModel

/// Decides what is due for one recipient of one session.
struct RecipientPlanner {
    let planner: SessionPlanner
    let candidate: Candidate
    let list: RosterID?
    let remembered: [RememberedDelivery]
    let standing: Standing

    var session: Session { planner.memory.session }
    var now: Instant { planner.now }

    init(planner: SessionPlanner, candidate: Candidate, list: RosterID?, remembered: [RememberedDelivery]) {
        self.planner = planner
        self.candidate = candidate
        self.list = list
        self.remembered = remembered
        standing = Standing(candidate, session: planner.memory.session.key.session)
    }

    /// The deliveries that a rule makes due now, and those it made due earlier that must be recorded; none whose key is remembered.
    func due(_ rule: Rule) -> [Delivery] {
        switch rule.when {
        case .announced: announced(rule)
        case .registered: registered(rule)
        case .changed: changed(rule)
        case .canceled: canceled(rule)
        case .offset(let offset): reminded(rule, offset)
        }
    }

    // MARK: What the recipient was told

    /// The last delivery over a channel that told the recipient anything.
    func lastTold(over channel: ChannelName) -> RememberedDelivery? {
        remembered
            .filter { $0.channel == channel && $0.toldRevision != nil }
            .max { $0.toldOrder < $1.toldOrder }
    }

    /// How often the recipient was told that this registration is canceled.
    func cancellationsTold(of registration: RegistrationID, rules: [Rule]) -> Int {
        let told = remembered.filter { $0.kind == .canceled && $0.toldRevision != nil }
        guard !told.isEmpty else { return 0 }
        let keys = Set(told.map(\.key))
        var count = 0
        while rules.contains(where: {
            keys.contains(key($0, .registrationCanceled(registration), renewal: renewal(count)))
        }) {
            count += 1
        }
        return count
    }

    var cancelRules: [Rule] { planner.table.rules.filter { $0.when == .canceled } }

    func renewal(_ count: Int) -> String { count == 0 ? "" : "again \(count)" }

    // MARK: Proposing

    /// The dedupe key of a moment of this recipient.
    func key(_ rule: Rule, _ moment: Moment, renewal: String) -> DedupeKey {
        DedupeKey([
            planner.table.job, rule.id.rawValue, session.key.event.rawValue, session.key.session.rawValue,
            candidate.recipient.id.rawValue, moment.keyPart, renewal,
        ])
    }

    /// The delivery for a moment; nil where its key is remembered.
    ///
    /// A delivery that was skipped because the session was canceled is proposed again under a new key once the session is restored.
    func propose(
        _ rule: Rule, _ moment: Moment, renewal: String = "", registration: RegistrationID?, dueAt: Instant,
        expiresAt: Instant
    ) -> Delivery? {
        var key = key(rule, moment, renewal: renewal)
        if let row = remembered.first(where: { $0.key == key }) {
            guard row.state == .skipped, row.reason == .canceled, session.status == .published,
                let restored = planner.memory.restoredRevision
            else { return nil }
            key = self.key(rule, moment, renewal: "\(renewal) restored \(restored)")
            guard !remembered.contains(where: { $0.key == key }) else { return nil }
        }
        return Delivery(
            key: key, rule: rule, session: session.key, recipient: candidate.recipient, list: list,
            registration: registration, moment: moment, dueAt: dueAt, expiresAt: expiresAt,
            outcome: now >= expiresAt ? .skip(.expired) : .send)
    }
}

/// Whether a recipient has a seat in a session, judged by all registrations under one address.
struct Standing {
    /// The newest registration that holds a seat; nil where none does.
    let active: Candidate.Registration?
    /// The newest registration that was given up; nil while another one holds a seat.
    let canceled: Candidate.Registration?
    /// Whether the recipient has dropped off every list, without anyone having said that the seat was given up.
    let isUnlisted: Bool
    /// All registrations that hold a seat, oldest first.
    let allActive: [Candidate.Registration]

    init(_ candidate: Candidate, session: SessionID) {
        let listed = candidate.registrations.filter(\.isListed)
        let isChosen = { (registration: Candidate.Registration) in
            registration.attendee.sessions?.contains(session) ?? true
        }
        allActive = listed.filter { $0.attendee.status == .registered && isChosen($0) }
        active = allActive.last
        let givenUp = listed.filter { registration in
            switch registration.attendee.status {
            case .canceled, .rejectedByOrganizer: true
            case .registered: !isChosen(registration)
            case .waitlisted, .pendingApproval, .unknown: false
            }
        }
        canceled = allActive.isEmpty ? givenUp.last : nil
        isUnlisted = listed.isEmpty && !candidate.registrations.isEmpty
    }
}

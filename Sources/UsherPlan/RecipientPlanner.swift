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

    /// The deliveries that a rule makes due now, and those it made due earlier that must be recorded; none that the ledger has already.
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

    /// The last delivery over a channel that told the recipient anything, or may have.
    func lastTold(over channel: ChannelName, except key: DedupeKey? = nil) -> RememberedDelivery? {
        remembered
            .filter { $0.channel == channel && $0.toldRevision != nil && $0.key != key }
            .max { $0.toldOrder < $1.toldOrder }
    }

    /// What the recipient may have been told last over a channel, the latest first; empty where they were told nothing.
    ///
    /// What was in doubt and then withdrawn may have arrived or not, so what was told before it may be the last word as well.
    func lastWords(over channel: ChannelName, except key: DedupeKey? = nil) -> [RememberedDelivery] {
        let told =
            remembered
            .filter { $0.channel == channel && $0.toldRevision != nil && $0.key != key }
            .sorted { $0.toldOrder > $1.toldOrder }
        let withdrawn = told.prefix(while: isWithdrawn)
        return Array(told.prefix(withdrawn.count + 1))
    }

    /// Whether a delivery that may have arrived is not sent again, because what it says is no longer true.
    private func isWithdrawn(_ row: RememberedDelivery) -> Bool {
        switch row.state {
        case .pending: row.kind == .canceled && mootness(of: row) != nil
        case .skipped: row.reason == .superseded || row.reason == .canceled
        case .claimed, .wire, .sent, .failed, .inDoubt: false
        }
    }

    /// Whether the last thing a recipient was told over a channel is still true, apart from cancellations of their own registration.
    func isCurrent(_ told: RememberedDelivery) -> Bool { told.toldRevision.map(planner.isCurrent) ?? false }

    /// How often a rule has told the recipient that this registration is canceled.
    func cancellationsTold(of registration: RegistrationID, by rule: Rule) -> Int {
        remembered.count {
            $0.isOwnCancellation && $0.registration == registration && $0.toldRevision != nil && $0.rule == rule.id
        }
    }

    func renewal(_ count: Int) -> String { count == 0 ? "" : "again \(count)" }

    // MARK: Proposing

    /// The dedupe key of a moment of this recipient.
    func key(_ rule: Rule, _ moment: Moment, renewal: String) -> DedupeKey {
        key(planner.table.job, rule.id, candidate.recipient.id, moment, renewal)
    }

    /// The dedupe key under other names.
    func key(_ job: String, _ rule: RuleID, _ recipient: RecipientID, _ moment: Moment, _ renewal: String) -> DedupeKey
    {
        DedupeKey([
            job, rule.rawValue, session.key.event.rawValue, session.key.session.rawValue, recipient.rawValue,
            moment.keyPart, renewal,
        ])
    }

    /// The delivery for a moment; nil where the ledger remembers one that still stands: see ``nextKey(_:_:_:isSent:expiresAt:)``.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - moment: The moment.
    ///   - renewal: The part of the key that tells apart occasions with the same moment.
    ///   - registration: The registration it goes to.
    ///   - dueAt: When it fell due.
    ///   - expiresAt: When it stops being useful.
    ///   - outcome: Whether it is to be sent, unless it has expired.
    /// - Returns: The delivery, or nil.
    func propose(
        _ rule: Rule, _ moment: Moment, renewal: String = "", registration: RegistrationID?, dueAt: Instant,
        expiresAt: Instant, outcome: Delivery.Outcome = .send
    ) -> Delivery? {
        let outcome = now >= expiresAt ? .skip(.expired) : outcome
        guard let key = nextKey(rule, moment, renewal, isSent: outcome == .send, expiresAt: expiresAt) else {
            return nil
        }
        return Delivery(
            key: key, rule: rule, session: session.key, recipient: candidate.recipient, list: list,
            registration: registration, moment: moment, dueAt: dueAt, expiresAt: expiresAt, outcome: outcome)
    }
}

/// Whether a recipient has a seat in a session, judged by all registrations under one address.
struct Standing {
    /// The newest registration that holds a seat; nil where none does.
    let active: Candidate.Registration?
    /// The newest registration that was given up; nil while another one holds a seat, or may hold one, for all that is known.
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
        let isUndecided = listed.contains {
            $0.attendee.status == .registered && $0.attendee.sessions?.isEmpty == true
        }
        canceled = allActive.isEmpty && !isUndecided ? givenUp.last : nil
        isUnlisted = listed.isEmpty && !candidate.registrations.isEmpty
    }
}

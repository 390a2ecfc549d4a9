package import UsherModel

/// The plan for one recipient of one session: what to send, and what to record as skipped.
package struct RecipientPlan: Hashable, Sendable {
    /// Deliveries to enroll, each to be sent or skipped.
    package var deliveries: [Delivery] = []
    /// Deliveries that are still pending and are now to be skipped.
    package var superseding: [Superseding] = []
    /// Whether several deliveries over one channel are left to be sent: the next run must decide between them again.
    package var isOpen = false

    /// A pending delivery that is now to be skipped.
    package struct Superseding: Hashable, Sendable {
        package let key: DedupeKey
        package let reason: SkipReason
    }
}

/// Plans the deliveries of one session, recipient by recipient.
package struct SessionPlanner: Sendable {
    let table: RuleTable
    let memory: SessionMemory
    let sameFacts: Set<Int>
    /// The sessions of the event that are still to come, by start.
    let series: [Session]
    let now: Instant

    var session: Session { memory.session }

    /// Creates a planner for one session.
    ///
    /// - Parameters:
    ///   - table: The rules of the job.
    ///   - memory: The session.
    ///   - sameFacts: Earlier revisions with the material facts of the present one, as after a change that was undone.
    ///   - series: The published sessions of the event that are still to come; needed where a rule is for a series.
    ///   - now: The time of this run.
    package init(
        table: RuleTable, memory: SessionMemory, sameFacts: Set<Int> = [], series: [Session] = [], now: Instant
    ) {
        (self.table, self.memory, self.sameFacts, self.now) = (table, memory, sameFacts, now)
        self.series = series.sorted { ($0.start, $0.key) < ($1.start, $1.key) }
    }

    /// Whether a revision has the material facts of the present one.
    func isCurrent(_ revision: Int) -> Bool { revision == memory.revision || sameFacts.contains(revision) }

    /// Plans for one recipient.
    ///
    /// - Parameters:
    ///   - candidate: The recipient, with all registrations under that address.
    ///   - rules: The rules whose audience the recipient belongs to, in the order of the job file.
    ///   - list: The list the recipient is on; nil for a channel.
    ///   - remembered: All deliveries of this session to this recipient that the ledger holds.
    ///   - ofSeries: What rules for a series have told this recipient of other sessions of the event.
    /// - Returns: What to enroll, and which pending deliveries to skip.
    package func plan(
        _ candidate: Candidate, rules: [Rule], list: RosterID?, remembered: [RememberedDelivery],
        ofSeries: [SeriesMemory] = []
    ) -> RecipientPlan {
        guard session.status != .draft, !memory.isInDoubt else { return RecipientPlan() }
        let planner = RecipientPlanner(planner: self, candidate: candidate, list: list, remembered: remembered)
        var due: [Delivery] = []
        var isWaiting = false
        for rule in rules {
            var own = planner.due(rule)
            if rule.scope == .series { isWaiting = planner.tellOnce(rule, ofSeries, &own) || isWaiting }
            due += own
        }
        var plan = planner.resolvePrecedence(due)
        plan.isOpen = plan.isOpen || isWaiting
        return plan
    }
}

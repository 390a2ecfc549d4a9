package import UsherModel

/// The plan for one recipient of one session: what to send, and what to record as skipped.
package struct RecipientPlan: Hashable, Sendable {
    /// Deliveries to enroll, each to be sent or skipped.
    package var deliveries: [Delivery] = []
    /// Deliveries that are still pending and are now to be skipped.
    package var superseding: [Superseding] = []

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
    let now: Instant

    var session: Session { memory.session }

    package init(table: RuleTable, memory: SessionMemory, now: Instant) {
        self.table = table
        self.memory = memory
        self.now = now
    }

    /// Plans for one recipient.
    ///
    /// - Parameters:
    ///   - candidate: The recipient, with all registrations under that address.
    ///   - rules: The rules whose audience the recipient belongs to, in the order of the job file.
    ///   - list: The list the recipient is on; nil for a channel.
    ///   - remembered: All deliveries of this session to this recipient that the ledger holds.
    /// - Returns: What to enroll, and which pending deliveries to skip.
    package func plan(
        _ candidate: Candidate, rules: [Rule], list: RosterID?, remembered: [RememberedDelivery]
    ) -> RecipientPlan {
        guard session.status != .draft else { return RecipientPlan() }
        let planner = RecipientPlanner(planner: self, candidate: candidate, list: list, remembered: remembered)
        var due: [Delivery] = []
        for rule in rules { due += planner.due(rule) }
        return planner.resolvePrecedence(due)
    }
}

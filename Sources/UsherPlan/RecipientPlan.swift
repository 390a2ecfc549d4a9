package import UsherModel

/// What one recipient of one session is due: what to send, what to record as not sent.
package struct RecipientPlan: Hashable, Sendable {
    /// Deliveries to enrol, to be sent or skipped.
    package var deliveries: [Delivery] = []
    /// Deliveries that wait to be sent and are now to be skipped.
    package var superseding: [Superseding] = []

    /// A waiting delivery that is now to be skipped.
    package struct Superseding: Hashable, Sendable {
        /// Which.
        package let key: DedupeKey
        /// Why.
        package let reason: SkipReason
    }
}

/// Plans one session.
package struct SessionPlanner: Sendable {
    let table: RuleTable
    let memory: SessionMemory
    let now: Instant

    var session: Session { memory.session }

    /// Takes what the plan of every recipient depends on.
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
    ///   - remembered: All deliveries of this session to this recipient.
    /// - Returns: What to enrol, and which waiting deliveries to skip.
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

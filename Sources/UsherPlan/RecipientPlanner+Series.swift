internal import UsherModel

/// A rule for a series tells a recipient once of all sessions of an event: by the first one that is still to come for them.
extension RecipientPlanner {
    /// Leaves only what is still to be told of a series.
    ///
    /// Of the other sessions it is recorded that the recipient knows them, so that changes and cancellations follow; not before the message was
    /// sent, since whoever did not get it knows nothing.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - others: What rules have told the recipient of other sessions.
    ///   - deliveries: What the rule would send about this session.
    /// - Returns: Whether the next run has to look again.
    func tellOnce(_ rule: Rule, _ others: [SeriesMemory], _ deliveries: inout [Delivery]) -> Bool {
        guard !candidate.isSuppressed else { return false }
        var isWaiting = false
        deliveries = deliveries.compactMap { delivery in
            // What was told of this session and is due again, as after a cancellation, is told again by the first.
            let isRenewal = remembered.contains { $0.rule == rule.id && $0.toldRevision != nil }
            guard delivery.outcome == .send, !isRenewal || !isFirst else { return delivery }
            let told = others.filter { $0.rule == rule.id && $0.registration == delivery.registration }
            var known = delivery
            known.outcome = .skip(.adopted)
            if told.contains(where: \.isTold) { return known }
            if told.contains(where: \.isOpen) || !isFirst && !told.contains(where: \.isFailed) {
                isWaiting = true
                return nil
            }
            return isFirst && !told.contains(where: \.isFailed) ? delivery : nil
        }
        return isWaiting
    }

    /// Whether this session is the first of its event that is still to come for the recipient.
    private var isFirst: Bool {
        let first = planner.series.first { session in
            switch candidate.recipient {
            case .channel: true
            case .person: Standing(candidate, session: session.key.session).active != nil
            }
        }
        return first?.key == session.key
    }
}

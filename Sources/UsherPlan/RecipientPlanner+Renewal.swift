internal import UsherModel

/// What was skipped is proposed again, under a new key, once the reason for skipping it is gone and it can still be of use.
///
/// | skipped as | the reason is gone when |
/// |---|---|
/// | canceled | the session is published again, or the recipient holds a seat again |
/// | suppressed | the address is no longer suppressed |
/// | superseded, expired | its expiry is still to come, and no better message was sent since or waits to be sent in time |
/// | told by change | no `changed` tells the same |
/// | late, adopted | never: when someone registered does not change, and what was adopted was told |
///
/// A delivery that the recipient was told, or may have been told, is never proposed again, nor is one to a person whom the ledger was told to forget;
/// one that failed is left to a person.
/// Planning twice with the same facts proposes nothing new: whatever takes precedence over a delivery in a plan is what
/// ``isReplaced(_:expiresAt:)`` finds in the next.
extension RecipientPlanner {
    /// The key for a moment: the first one that is not in use; nil where the delivery under the last one in use still stands.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - moment: The moment.
    ///   - renewal: The part of the key that tells apart occasions with the same moment.
    ///   - isSent: Whether it would be sent. What is to be skipped is recorded once.
    ///   - expiresAt: When it would expire.
    /// - Returns: The key, or nil.
    func nextKey(_ rule: Rule, _ moment: Moment, _ renewal: String, isSent: Bool, expiresAt: Instant) -> DedupeKey? {
        let first = key(rule, moment, renewal: renewal)
        guard let row = row(rule, moment, renewal) else { return first }
        guard isSent, isUndone(row, expiresAt: expiresAt) else { return nil }
        // An earlier version named a renewal after the revision at which the session was restored.
        for revision in 0...(planner.memory.restoredRevision ?? 0) {
            if let old = self.row(rule, moment, "\(renewal) restored \(revision)"),
                !isUndone(old, expiresAt: expiresAt)
            {
                return nil
            }
        }
        var count = 1
        while true {
            let next = renewal.isEmpty ? "renewed \(count)" : "\(renewal) renewed \(count)"
            guard let row = self.row(rule, moment, next) else { return key(rule, moment, renewal: next) }
            guard isUndone(row, expiresAt: expiresAt) else { return nil }
            count += 1
        }
    }

    /// The delivery that the ledger remembers for a moment, also under earlier names, and under the ids that earlier versions gave to this person.
    ///
    /// Of several, one that was told counts: two spellings of one address may have been two people then.
    func row(_ rule: Rule, _ moment: Moment, _ renewal: String) -> RememberedDelivery? {
        let table = planner.table
        let moments = [moment] + earlierMoments(rule, moment)
        let recipients = [candidate.recipient.id] + candidate.earlierIDs
        let rules = [rule.id] + (table.earlier.rules[rule.id] ?? [])
        let keys = ([table.job] + table.earlier.jobs).flatMap { job in
            rules.flatMap { rule in
                recipients.flatMap { recipient in moments.map { key(job, rule, recipient, $0, renewal) } }
            }
        }
        let rows = remembered.filter { keys.contains($0.key) }
        return rows.first { $0.toldRevision != nil } ?? rows.first
    }

    /// Whether what ended a delivery no longer holds, for a recipient to whom it is due.
    private func isUndone(_ row: RememberedDelivery, expiresAt: Instant) -> Bool {
        guard row.toldRevision == nil, !row.isForgotten else { return false }
        guard row.state == .skipped, let reason = row.reason else { return isOfAnEarlierCancellation(row) }
        return switch reason {
        case .canceled, .toldByChange: true
        case .suppressed: !candidate.isSuppressed
        case .superseded, .expired: !isReplaced(row, expiresAt: expiresAt)
        case .late, .adopted: false
        }
    }

    /// Whether the recipient has been told of a new seat since this notice of a cancellation failed: a cancellation now is another one.
    private func isOfAnEarlierCancellation(_ row: RememberedDelivery) -> Bool {
        guard row.state == .failed, row.isOwnCancellation, let failedAt = row.finishedAt,
            let told = lastTold(over: row.channel)
        else { return false }
        return told.enrolledAt > failedAt
    }

    /// Whether another message takes the place of a delivery: it is at least as informative, and it was sent since, or can be sent in time.
    private func isReplaced(_ row: RememberedDelivery, expiresAt: Instant) -> Bool {
        remembered.contains { other in
            guard other.key != row.key, other.channel == row.channel, !isWorse(other, than: row) else { return false }
            return canReplace(other, before: expiresAt) || row.kind != .canceled && wasTold(other, since: row)
        }
    }

    /// Whether a delivery that is still open can be sent before an instant.
    private func canReplace(_ row: RememberedDelivery, before expiresAt: Instant) -> Bool {
        switch row.state {
        case .claimed, .wire: true
        case .pending: mootness(of: row) == nil && (row.notBefore <= now || row.notBefore < expiresAt)
        case .sent, .failed, .skipped, .inDoubt: false
        }
    }

    /// Whether a delivery told something after another was enrolled.
    ///
    /// What was told before a cancellation does not stand for it; ``canceled(_:)`` looks at what was told last.
    private func wasTold(_ told: RememberedDelivery, since row: RememberedDelivery) -> Bool {
        guard told.toldRevision != nil else { return false }
        guard told.enrolledAt < row.enrolledAt, let finishedAt = told.finishedAt else { return true }
        return finishedAt >= row.enrolledAt
    }

    /// The moment as earlier versions named it, where the id of the registration comes from the address, whose spelling counted then.
    private func earlierMoments(_ rule: Rule, _ moment: Moment) -> [Moment] {
        let (id, named): (RegistrationID, (RegistrationID) -> Moment)
        switch moment {
        case .registered(let registration): (id, named) = (registration, Moment.registered)
        case .registrationCanceled(let registration): (id, named) = (registration, Moment.registrationCanceled)
        case .announced, .changed, .sessionCanceled, .offset: return []
        }
        guard id.isOfAddress else { return [] }
        return remembered.filter { $0.rule == rule.id && $0.kind == moment.kind }.compactMap(\.registration)
            .filter { $0 != id && $0.isOfAddress }.map(named)
    }

    private func isWorse(_ left: RememberedDelivery, than right: RememberedDelivery) -> Bool {
        (left.kind.rank, -left.dueAt.secondsSince1970) > (right.kind.rank, -right.dueAt.secondsSince1970)
    }
}

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
        guard let row = row(first) else { return first }
        guard isSent, isUndone(row, expiresAt: expiresAt) else { return nil }
        // An earlier version named a renewal after the revision at which the session was restored.
        for revision in 0...(planner.memory.restoredRevision ?? 0) {
            if let old = self.row(key(rule, moment, renewal: "\(renewal) restored \(revision)")),
                !isUndone(old, expiresAt: expiresAt)
            {
                return nil
            }
        }
        var count = 1
        while true {
            let next = key(rule, moment, renewal: renewal.isEmpty ? "renewed \(count)" : "\(renewal) renewed \(count)")
            guard let row = self.row(next) else { return next }
            guard isUndone(row, expiresAt: expiresAt) else { return nil }
            count += 1
        }
    }

    /// The delivery that the ledger remembers under a key.
    func row(_ key: DedupeKey) -> RememberedDelivery? { remembered.first { $0.key == key } }

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

    private func isWorse(_ left: RememberedDelivery, than right: RememberedDelivery) -> Bool {
        (left.kind.rank, -left.dueAt.secondsSince1970) > (right.kind.rank, -right.dueAt.secondsSince1970)
    }
}

internal import UsherModel

extension RecipientPlanner {
    /// Design section 6.3: at most one message per recipient, session and channel in one run; the most informative one is sent.
    ///
    /// Only what can go now takes part: what is due, and what is pending and may be tried now. The best of it is sent, and supersedes the rest.
    /// What waits for a later attempt supersedes nothing. It is superseded by what goes now if that is at least as informative: an older
    /// `changed` by a newer one, a reminder by an invitation or by a later reminder, everything by a cancellation. A reminder that goes now
    /// leaves a waiting invitation alone, which carries more than it does.
    func resolvePrecedence(_ due: [Delivery]) -> RecipientPlan {
        var plan = RecipientPlan()
        for channel in Set(due.map(\.channel) + pending.map(\.channel)).sorted() {
            resolvePrecedence(
                due.filter { $0.channel == channel }, pending.filter { $0.channel == channel }, into: &plan)
        }
        return plan
    }

    private var pending: [RememberedDelivery] { remembered.filter { $0.state == .pending } }

    private func resolvePrecedence(_ due: [Delivery], _ pending: [RememberedDelivery], into plan: inout RecipientPlan) {
        plan.deliveries += due.filter { $0.outcome != .send }
        let sends = due.filter { $0.outcome == .send }
        guard !candidate.isSuppressed else {
            return skip(sends, pending, because: .suppressed, into: &plan)
        }
        plan.superseding += pending.compactMap { row in mootness(of: row).map { .init(key: row.key, reason: $0) } }
        let current = pending.filter { mootness(of: $0) == nil }
        let ready = current.filter { $0.notBefore <= now }
        let bestNew = sends.enumerated().min { rank($0.element, $0.offset) < rank($1.element, $1.offset) }?.element
        let bestOld = ready.min { rank($0) < rank($1) }
        let waiting = current.filter { $0.notBefore > now }
        let best: (kind: MomentKind, dueAt: Instant)
        if let bestNew, bestOld.map({ isBetter(bestNew, than: $0) }) ?? true {
            plan.deliveries.append(bestNew)
            skip(sends.filter { $0.key != bestNew.key }, ready, because: .superseded, into: &plan)
            best = (bestNew.moment.kind, bestNew.dueAt)
        } else if let bestOld {
            skip(sends, ready.filter { $0.key != bestOld.key }, because: .superseded, into: &plan)
            best = (bestOld.kind, bestOld.dueAt)
        } else {
            plan.isOpen = plan.isOpen || waiting.count > 1
            return
        }
        let replaced = waiting.filter { rank($0.kind, $0.dueAt) >= rank(best.kind, best.dueAt) }
        skip([], replaced, because: .superseded, into: &plan)
        plan.isOpen = plan.isOpen || replaced.count < waiting.count
    }

    /// Why a pending delivery is moot: the person was forgotten, the session is canceled, the seat is given up, or what it reports was undone
    /// or told otherwise.
    func mootness(of row: RememberedDelivery) -> SkipReason? {
        guard !row.isForgotten else { return .suppressed }
        if row.kind == .canceled {
            let isUndone = standing.canceled == nil || !row.isOwnCancellation
            return session.status == .published && isUndone ? .superseded : nil
        }
        guard session.status != .canceled else { return .canceled }
        guard row.kind == .changed else { return takesPart ? nil : .canceled }
        guard takesPart || standing.isUnlisted else { return .canceled }
        // What it may have told itself is left out: whoever may not have got it gets it again.
        let words = lastWords(over: row.channel, except: row.key)
        return !words.isEmpty && words.allSatisfy(isCurrent) ? .superseded : nil
    }

    private func skip(
        _ sends: [Delivery], _ pending: [RememberedDelivery], because reason: SkipReason, into plan: inout RecipientPlan
    ) {
        plan.deliveries += sends.map { delivery in
            var skipped = delivery
            skipped.outcome = .skip(reason)
            return skipped
        }
        plan.superseding += pending.map { .init(key: $0.key, reason: reason) }
    }

    /// The lowest rank is sent: by kind, then the newest, then by the order of the rules.
    private func rank(_ delivery: Delivery, _ order: Int) -> (Int, Int64, Int) {
        (delivery.moment.kind.rank, -delivery.dueAt.secondsSince1970, order)
    }

    private func rank(_ row: RememberedDelivery) -> (Int, Int64, String) {
        (row.kind.rank, -row.dueAt.secondsSince1970, row.key.hex)
    }

    private func rank(_ kind: MomentKind, _ dueAt: Instant) -> (Int, Int64) { (kind.rank, -dueAt.secondsSince1970) }

    /// Whether a new delivery replaces a pending one; at equal rank the pending one stays.
    private func isBetter(_ new: Delivery, than old: RememberedDelivery) -> Bool {
        rank(new.moment.kind, new.dueAt) < rank(old.kind, old.dueAt)
    }
}

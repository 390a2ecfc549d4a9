internal import UsherModel

extension RecipientPlanner {
    /// Design section 6.3: at most one message per recipient, session and channel in one run; the most informative one is sent.
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
        let bestNew = sends.enumerated().min { rank($0.element, $0.offset) < rank($1.element, $1.offset) }?.element
        let bestOld = current.min { rank($0) < rank($1) }
        if let bestNew, bestOld.map({ isBetter(bestNew, than: $0) }) ?? true {
            plan.deliveries.append(bestNew)
            skip(sends.filter { $0.key != bestNew.key }, current, because: .superseded, into: &plan)
        } else {
            skip(sends, current.filter { $0.key != bestOld?.key }, because: .superseded, into: &plan)
        }
    }

    /// Why a pending delivery is moot: the session is canceled, the seat is given up, or the cancellation it reports was undone.
    private func mootness(of row: RememberedDelivery) -> SkipReason? {
        if row.kind == .canceled {
            return session.status == .published && standing.canceled == nil ? .superseded : nil
        }
        guard session.status != .canceled else { return .canceled }
        return takesPart || (row.kind == .changed && standing.isUnlisted) ? nil : .canceled
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

    /// Whether a new delivery replaces a pending one; at equal rank the pending one stays.
    private func isBetter(_ new: Delivery, than old: RememberedDelivery) -> Bool {
        (new.moment.kind.rank, -new.dueAt.secondsSince1970) < (old.kind.rank, -old.dueAt.secondsSince1970)
    }
}

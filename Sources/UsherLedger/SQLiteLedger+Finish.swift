internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func wire(
        _ requests: [MarkRequest], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>] {
        try await finish([], wiring: requests, now: now, clock: clock)
    }

    private func wire(
        _ requests: [MarkRequest], _ now: Instant, _ clock: Instant, _ db: Database
    ) throws -> [Result<Wired, LedgerError>] {
        let last = try Int64.fetchOne(
            db.cachedStatement(sql: "UPDATE counter SET value = value + ? WHERE name = 'told' RETURNING value"),
            arguments: [requests.count])
        var order = (last ?? 0) - Int64(requests.count)
        let select = try db.cachedStatement(sql: Self.selectClaimed)
        let update = try db.cachedStatement(sql: Self.updateWire)
        return try requests.map { request in
            order += 1
            let claim = request.claim
            let arguments: StatementArguments = [
                "key": claim.key.hex, "owner": claim.owner.rawValue, "now": now.secondsSince1970,
            ]
            guard let row = try Row.fetchOne(select, arguments: arguments) else { return .failure(lost(claim)) }
            if let reason = row["reason"] as String? { return .failure(try skip(claim, reason, now, db)) }
            guard claim.repeated != nil || row["revision"] == claim.session.revision else {
                return .failure(outdated(claim))
            }
            update.setUncheckedArguments([
                claim.session.revision, order, clock.secondsSince1970, request.content.at.secondsSince1970,
                request.content.digest, claim.key.hex,
            ])
            try update.execute()
            return .success(Wired(claim: claim, order: order))
        }
    }

    private static let selectClaimed = """
        SELECT s.revision, \(Mootness.sql(of: "d")) AS reason
        FROM delivery d JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
        WHERE d.key = :key AND d.state = 'claimed' AND d.owner = :owner
        """

    private static let updateWire = """
        UPDATE delivery SET state = 'wire', told_revision = ?, told_order = ?, wired_at = ?, rendered_at = ?,
            content_digest = ?
        WHERE key = ?
        """

    private func skip(_ claim: Claim, _ reason: String, _ now: Instant, _ db: Database) throws -> LedgerError {
        try Mootness.skip(claim.key.hex, reason, now, db)
        return LedgerError(
            .noLongerDue, location: location, problem: "delivery \(claim.key) is no longer to be sent: \(reason)",
            next: "Nothing to do")
    }

    private func lost(_ claim: Claim) -> LedgerError {
        LedgerError(
            .leaseLost, location: location, problem: "delivery \(claim.key) went to another run",
            next: "Nothing to do")
    }

    private func outdated(_ claim: Claim) -> LedgerError {
        LedgerError(
            .outdated, location: location,
            problem: "session \(claim.session.session.key) has been revised since the claim",
            next: "Nothing to do: the delivery is claimed again with the new facts")
    }

    package func finish(_ outcomes: [DeliveryOutcome], now: Instant) async throws(LedgerError) {
        guard !outcomes.isEmpty else { return }
        try await write("ledger.finish") { db in
            for outcome in outcomes { try Self.finish(outcome, db, now) }
        }
    }

    package func finish(
        _ outcomes: [DeliveryOutcome], wiring requests: [MarkRequest], now: Instant, clock: Instant
    ) async throws(LedgerError) -> [Result<Wired, LedgerError>] {
        try await access { db in
            let (results, counts) = try self.transaction(db, "ledger.wire") { db in
                for outcome in outcomes { try Self.finish(outcome, db, now) }
                return (try self.wire(requests, now, clock, db), try Counts(db))
            }
            return try self.witnessed(results, until: counts, now: now, clock: clock, db)
        }
    }

    private static func finish(_ outcome: DeliveryOutcome, _ db: Database, _ now: Instant) throws {
        switch outcome {
        case .sent(let wired, let evidence):
            try close(wired, as: .sent, evidence.text.text, db, now)
        case .inDoubt(let wired, let evidence):
            try close(wired, as: .inDoubt, evidence.text.text, db, now)
            try log(wired.claim, "in_doubt", evidence.text.text, db, now)
        case .failedOnWire(let wired, let refusal):
            try close(wired, as: .failed, refusal.reason.text, db, now)
            try log(wired.claim, "failed", refusal.reason.text, db, now)
        case .retryOnWire(let wired, let refusal, let notBefore):
            try reopen(wired, notBefore, refusal, db)
            try log(wired.claim, "retry", refusal.reason.text, db, now)
        case .waitingOnWire(let wired, let refusal):
            try reopen(wired, nil, refusal, db)
            try log(wired.claim, "waits", refusal.reason.text, db, now)
        case .waiting(let claim, let refusal):
            try putBack(claim, as: .pending, notBefore: nil, refusal, isCounted: false, db, now)
            try log(claim, "waits", refusal.reason.text, db, now)
        case .failed(let claim, let refusal):
            try putBack(claim, as: .failed, notBefore: nil, refusal, db, now)
            try log(claim, "failed", refusal.reason.text, db, now)
        case .retry(let claim, let refusal, let notBefore):
            // What a person or the source has to mend first is no attempt.
            let isCounted = refusal.scope != .content && refusal.scope != .source
            try putBack(claim, as: .pending, notBefore: notBefore, refusal, isCounted: isCounted, db, now)
            try log(claim, "retry", refusal.reason.text, db, now)
        case .released(let claim):
            try putBack(claim, as: .pending, notBefore: nil, nil, isCounted: false, db, now)
        }
    }

    private static func close(
        _ wired: Wired, as state: DeliveryState, _ text: String, _ db: Database, _ now: Instant
    ) throws {
        let statement = try db.cachedStatement(sql: state == .failed ? Self.closeUntold : Self.closeTold)
        statement.setUncheckedArguments([
            state.rawValue, now.secondsSince1970, text, wired.claim.key.hex, wired.order, state.rawValue,
        ])
        try statement.execute()
    }

    private static let closeTold = """
        UPDATE delivery SET state = ?, owner = NULL, lease_until = NULL, finished_at = ?, evidence = ?
        WHERE key = ? AND told_order = ? AND state IN ('wire', 'in_doubt') AND state <> ?
        """

    /// A delivery that failed has told nothing.
    private static let closeUntold = """
        UPDATE delivery SET state = ?, owner = NULL, lease_until = NULL, finished_at = ?, evidence = ?,
            told_revision = NULL, told_order = NULL
        WHERE key = ? AND told_order = ? AND state IN ('wire', 'in_doubt') AND state <> ?
        """

    /// Without a time of its own the delivery waits for its channel, and the attempt does not count.
    private static func reopen(_ wired: Wired, _ notBefore: Instant?, _ refusal: Refusal, _ db: Database) throws {
        try db.executeCached(
            sql: """
                UPDATE delivery SET state = 'pending', owner = NULL, lease_until = NULL, finished_at = NULL,
                    told_revision = NULL, told_order = NULL, wired_at = NULL, evidence = :text, refused = :scope,
                    not_before = coalesce(:not_before, not_before),
                    attempts = CASE WHEN :not_before IS NULL THEN attempts - 1 ELSE attempts END
                WHERE key = :key AND told_order = :order AND state IN ('wire', 'in_doubt')
                """,
            arguments: [
                "not_before": notBefore?.secondsSince1970, "text": refusal.reason.text,
                "scope": refusal.scope.rawValue, "key": wired.claim.key.hex, "order": wired.order,
            ])
    }

    private static func putBack(
        _ claim: Claim, as state: DeliveryState, notBefore: Instant?, _ refusal: Refusal?, isCounted: Bool = true,
        _ db: Database, _ now: Instant
    ) throws {
        try db.executeCached(
            sql: """
                UPDATE delivery SET state = :state, owner = NULL, lease_until = NULL,
                    finished_at = CASE WHEN :state = 'failed' THEN :now END,
                    not_before = coalesce(:not_before, not_before), evidence = coalesce(:text, evidence),
                    refused = coalesce(:scope, refused),
                    attempts = CASE WHEN :counted THEN attempts ELSE attempts - 1 END
                WHERE key = :key AND state = 'claimed' AND owner = :owner
                """,
            arguments: [
                "state": state.rawValue, "now": now.secondsSince1970, "not_before": notBefore?.secondsSince1970,
                "text": refusal?.reason.text, "scope": refusal?.scope.rawValue, "key": claim.key.hex,
                "owner": claim.owner.rawValue, "counted": isCounted,
            ])
    }

    private static func log(
        _ claim: Claim, _ outcome: String, _ text: String, _ db: Database, _ now: Instant
    ) throws {
        try db.executeCached(
            sql: "INSERT INTO attempt (key, at, outcome, text) VALUES (?, ?, ?, ?)",
            arguments: [claim.key.hex, now.secondsSince1970, outcome, text])
    }
}

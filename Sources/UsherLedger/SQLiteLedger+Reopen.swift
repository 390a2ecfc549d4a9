internal import GRDB
package import UsherModel

/// Deliveries that a person wants to be sent after all.
extension SQLiteLedger {
    package func retry(_ keys: [DedupeKey], now: Instant) async throws(LedgerError) -> [Reopening] {
        try await writeWitnessed("ledger.retry", now: now, when: { $0.contains(.pending) }) { db in
            try keys.map { key in
                if let obstacle = try Self.obstacle(to: key, in: .failed, now, db) { return obstacle }
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'pending', finished_at = NULL, attempts = 0, not_before = :now
                        WHERE key = :key AND state = 'failed'
                        """,
                    arguments: ["now": now.secondsSince1970, "key": key.hex])
                return .pending
            }
        }
    }

    package func resend(_ keys: [DedupeKey], now: Instant) async throws(LedgerError) -> [Reopening] {
        try await writeWitnessed("ledger.resend", now: now, when: { $0.contains(.pending) }) { db in
            try keys.map { key in
                if let obstacle = try Self.obstacle(to: key, in: .inDoubt, now, db) { return obstacle }
                _ = try Self.resolveDoubt(key, as: .notDelivered, now, db)
                return .pending
            }
        }
    }

    /// Why a delivery cannot be sent any more; nil where it can.
    private static func obstacle(
        to key: DedupeKey, in state: DeliveryState, _ now: Instant, _ db: Database
    ) throws -> Reopening? {
        let row = try Row.fetchOne(
            db.cachedStatement(sql: selectObstacles), arguments: ["key": key.hex, "now": now.secondsSince1970])
        guard let row else { return .missing }
        guard let present = try DeliveryState(rawValue: row.value("state")) else {
            throw DamagedValue(table: "delivery", column: "state")
        }
        if present != state { return .otherwise(present) }
        if try row.value("is_expired") { return .expired }
        if try row.value("is_forgotten") { return .forgotten }
        let other: String? = try row.value("other")
        return other.flatMap { DedupeKey(hex: $0) }.map { .told(under: $0) }
    }

    /// A message has another key where it was told anew, as after a cancellation: what waits or was told under that one since counts.
    private static let selectObstacles = """
        SELECT state, expires_at <= :now AS is_expired, \(Mootness.isForgotten("d")) AS is_forgotten, (
                SELECT t.key FROM delivery t INDEXED BY delivery_of_recipient
                WHERE t.job = d.job AND t.event = d.event AND t.session = d.session AND t.recipient = d.recipient
                    AND t.rule = d.rule AND t.kind = d.kind AND t.registration IS d.registration AND t.due_at = d.due_at
                    AND t.key <> d.key AND d.kind IN ('registered', 'announced', 'offset')
                    AND (t.state IN ('pending', 'claimed')
                        OR coalesce(t.told_order, t.doubted_order) > coalesce((
                            SELECT max(coalesce(c.told_order, c.doubted_order)) FROM delivery c INDEXED BY delivery_of_recipient
                            WHERE c.job = d.job AND c.event = d.event AND c.session = d.session
                                AND c.recipient = d.recipient AND c.kind = 'canceled'), 0))
                LIMIT 1) AS other
        FROM delivery d WHERE key = :key
        """
}

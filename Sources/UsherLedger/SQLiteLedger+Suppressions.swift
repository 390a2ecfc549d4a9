internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func suppress(_ address: Address, reason: String, now: Instant) async throws(LedgerError) {
        try await writeWitnessed("ledger.suppress", now: now) { db in
            let recipient = Recipient.person(address).id.rawValue
            guard try !Self.suppress(db, recipient, address: address.text, reason: reason, now: now) else { return }
            try db.execute(
                sql: "UPDATE suppression SET address = :address, reason = :reason WHERE recipient = :recipient",
                arguments: [
                    "recipient": recipient, "address": address.text, "reason": Line(cleaning: reason).text,
                ])
        }
    }

    package func suppress(_ addresses: [Address], reason: String, now: Instant) async throws(LedgerError) -> Int {
        try await writeWitnessed("ledger.suppress-all", now: now) { db in
            try addresses.count { address in
                try Self.suppress(
                    db, Recipient.person(address).id.rawValue, address: address.text, reason: reason, now: now)
            }
        }
    }

    package func suppress(
        _ token: UnsubscribeToken, reason: String, now: Instant
    ) async throws(LedgerError) -> Bool {
        try await writeWitnessed("ledger.suppress-token", now: now) { [location] db in
            guard let isNew = try Self.suppress(db, token, reason: reason, now: now) else {
                throw LedgerError(
                    .noSuchDelivery, location: location, problem: "it did not make this token, or it was revoked",
                    next: "Check that the token is complete, or name the address")
            }
            return isNew
        }
    }

    /// Suppresses the recipient who got a token.
    ///
    /// - Returns: Whether they were not suppressed before; nil where nobody got the token.
    static func suppress(_ db: Database, _ token: UnsubscribeToken, reason: String, now: Instant) throws -> Bool? {
        guard let secrets = try secrets(db) else { return nil }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT recipient, job, max(address) AS address FROM delivery
                WHERE recipient >= :low AND recipient < :high GROUP BY recipient, job
                """,
            arguments: ["low": token.recipientPrefix, "high": token.recipientPrefix + "g"])
        let row = rows.first { secrets.isToken(token, of: RecipientID(rawValue: $0["recipient"]), job: $0["job"]) }
        return try row.map {
            try suppress(db, $0["recipient"], address: $0["address"], reason: reason, now: now)
        }
    }

    /// Adds a suppression where there is none, and skips what is pending for the recipient.
    ///
    /// - Returns: Whether there was none.
    static func suppress(
        _ db: Database, _ recipient: String, address: String?, reason: String, now: Instant
    ) throws -> Bool {
        try db.execute(
            sql: """
                INSERT INTO suppression (recipient, address, reason, at) VALUES (:recipient, :address, :reason, :now)
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                "recipient": recipient, "address": address, "reason": Line(cleaning: reason).text,
                "now": now.secondsSince1970,
            ])
        let isNew = db.changesCount > 0
        try db.execute(
            sql: """
                UPDATE delivery SET state = 'skipped', reason = 'suppressed', finished_at = :now
                WHERE recipient = :recipient AND state = 'pending'
                """,
            arguments: ["recipient": recipient, "now": now.secondsSince1970])
        return isNew
    }

    package func suppressions(after: Suppression?, limit: Int) async throws(LedgerError) -> [Suppression] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT recipient, address, reason, at FROM suppression
                    WHERE (coalesce(address, ''), recipient) > (:address, :recipient)
                    ORDER BY coalesce(address, ''), recipient LIMIT :limit
                    """,
                arguments: [
                    "address": after?.address ?? "", "recipient": after?.recipient.rawValue ?? "", "limit": limit,
                ]
            ).map {
                Suppression(
                    recipient: RecipientID(rawValue: $0["recipient"]), address: $0["address"], reason: $0["reason"],
                    at: Instant(secondsSince1970: $0["at"]))
            }
        }
    }

    package func unsuppress(_ address: Address) async throws(LedgerError) -> Bool {
        try await writeWitnessed("ledger.unsuppress", when: { $0 }) { db in
            let arguments: StatementArguments = ["recipient": Recipient.person(address).id.rawValue]
            try db.execute(sql: "DELETE FROM suppression WHERE recipient = :recipient", arguments: arguments)
            guard db.changesCount > 0 else { return false }
            // What was skipped may be due now, so the next run goes through these sessions again.
            try db.execute(
                sql: """
                    DELETE FROM scan WHERE (job, event, session) IN (
                        SELECT job, event, session FROM delivery WHERE recipient = :recipient AND reason = 'suppressed')
                    """,
                arguments: arguments)
            return true
        }
    }

    package func forget(_ address: Address, now: Instant) async throws(LedgerError) -> Removed {
        let recipient = Recipient.person(address).id.rawValue
        let removed = try await writeWitnessed("ledger.forget", now: now) { db in
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'skipped', reason = 'suppressed', finished_at = :now
                    WHERE recipient = :recipient AND state = 'pending'
                    """,
                arguments: ["recipient": recipient, "now": now.secondsSince1970])
            try db.execute(
                sql: """
                    DELETE FROM attempt WHERE key IN (SELECT key FROM delivery WHERE recipient = ?)
                    """,
                arguments: [recipient])
            try db.execute(
                sql: "UPDATE delivery SET address = NULL, evidence = NULL WHERE recipient = ? AND address IS NOT NULL",
                arguments: [recipient])
            let deliveries = db.changesCount
            let ids = try String.fetchAll(
                db, sql: "SELECT id FROM registration WHERE recipient = ?", arguments: [recipient])
            for who in [Self.who(address)] + ids.map({ Self.who(RegistrationID(rawValue: $0)) }) {
                try db.execute(sql: "DELETE FROM attendance WHERE who = ?", arguments: [who])
            }
            try db.execute(sql: "DELETE FROM calendar_reply WHERE recipient = ?", arguments: [recipient])
            try db.execute(sql: "DELETE FROM registration WHERE recipient = ?", arguments: [recipient])
            let registrations = db.changesCount
            try db.execute(sql: "UPDATE suppression SET address = NULL WHERE recipient = ?", arguments: [recipient])
            return Removed(deliveries: deliveries, registrations: registrations)
        }
        try await checkpoint()
        return removed
    }

    package func prune(before: Instant) async throws(LedgerError) -> Removed {
        let removed = try await writeWitnessed("ledger.prune") { db in
            let arguments: StatementArguments = ["before": before.secondsSince1970]
            try db.execute(
                sql: """
                    DELETE FROM attempt WHERE key IN (SELECT key FROM delivery
                        WHERE finished_at < :before AND state IN ('sent', 'failed', 'skipped'))
                    """,
                arguments: arguments)
            try db.execute(
                sql: """
                    UPDATE delivery SET address = NULL, evidence = NULL
                    WHERE finished_at < :before AND state IN ('sent', 'failed', 'skipped') AND address IS NOT NULL
                    """,
                arguments: arguments)
            let deliveries = db.changesCount
            let registrations = try Self.pruneSessions(db, arguments)
            return Removed(deliveries: deliveries, registrations: registrations)
        }
        try await checkpoint()
        return removed
    }

    /// A session is removed only when nothing of it is open; registrations are removed when every session of their event is over, and nothing
    /// of the event is open: what waits is judged by them.
    private static func pruneSessions(_ db: Database, _ arguments: StatementArguments) throws -> Int {
        let isDone = """
            ends_at < :before AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.job = session.job AND d.event = session.event
                AND d.session = session.id AND d.state IN ('pending', 'claimed', 'wire', 'in_doubt'))
            """
        try db.execute(
            sql: """
                DELETE FROM session_revision WHERE (job, event, id) IN (
                    SELECT job, event, id FROM session WHERE \(isDone))
                """,
            arguments: arguments)
        for table in ["attendance", "attendance_reading", "calendar_reply"] {
            try db.execute(
                sql: """
                    DELETE FROM \(table) WHERE (job, event, session) IN (
                        SELECT job, event, id FROM session WHERE \(isDone))
                    """,
                arguments: arguments)
        }
        try db.execute(
            sql: "DELETE FROM scan WHERE (job, event, session) IN (SELECT job, event, id FROM session WHERE \(isDone))",
            arguments: arguments)
        try db.execute(
            sql: """
                DELETE FROM registration WHERE (job, list) IN (
                    SELECT job, event FROM session GROUP BY job, event HAVING max(ends_at) < :before)
                AND NOT EXISTS (SELECT 1 FROM delivery d INDEXED BY delivery_of_recipient
                    WHERE d.job = registration.job AND d.event = registration.list
                        AND d.state IN ('pending', 'claimed', 'wire', 'in_doubt'))
                """,
            arguments: arguments)
        let registrations = db.changesCount
        try db.execute(sql: "DELETE FROM session WHERE \(isDone)", arguments: arguments)
        return registrations
    }

    /// Removes what was deleted from the write-ahead log, too.
    private func checkpoint() async throws(LedgerError) {
        try await access { db in _ = try db.checkpoint(.truncate) }
    }
}

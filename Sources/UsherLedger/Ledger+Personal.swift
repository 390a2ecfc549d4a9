internal import GRDB
package import UsherModel

/// Someone to whom nothing goes any more.
package struct Suppression: Hashable, Sendable {
    /// The address; nil where the person was forgotten.
    package let address: String?
    /// Why.
    package let reason: String
    /// Since when.
    package let at: Instant
}

/// What was removed; the keys stay, so that nothing is ever sent again.
package struct Removed: Hashable, Sendable {
    /// Deliveries that no longer say to whom they went.
    package let deliveries: Int
    /// Registrations removed.
    package let registrations: Int
}

extension Ledger {
    /// From now on nothing goes to an address.
    ///
    /// - Throws: ``LedgerError``.
    package func suppress(_ address: Address, reason: String, now: Instant) throws(LedgerError) {
        try write("ledger.suppress") { db in
            let recipient = Recipient.person(address).id.rawValue
            guard try !Self.suppress(db, recipient, address: address.text, reason: reason, now: now) else { return }
            try db.execute(
                sql: "UPDATE suppression SET address = :address, reason = :reason WHERE recipient = :recipient",
                arguments: [
                    "recipient": recipient, "address": address.text, "reason": Line(cleaning: reason).text,
                ])
        }
    }

    /// Suppresses a batch of addresses in one transaction; who is suppressed already keeps the reason there was.
    ///
    /// - Returns: How many were not suppressed before.
    /// - Throws: ``LedgerError``.
    package func suppress(_ addresses: [Address], reason: String, now: Instant) throws(LedgerError) -> Int {
        try write("ledger.suppress-all") { db in
            try addresses.count { address in
                try Self.suppress(
                    db, Recipient.person(address).id.rawValue, address: address.text, reason: reason, now: now)
            }
        }
    }

    /// Adds a suppression where there is none, and skips what waits for the recipient.
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

    /// Hands out everyone who is suppressed, by address; who was forgotten has none and comes first.
    ///
    /// - Throws: ``LedgerError``.
    package func suppressions(_ take: (Suppression) -> Void) throws(LedgerError) {
        try read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT address, reason, at FROM suppression ORDER BY address, recipient")
            while let row = try rows.next() {
                take(
                    Suppression(
                        address: row["address"], reason: row["reason"],
                        at: Instant(secondsSince1970: row["at"])))
            }
        }
    }

    /// Lifts a suppression.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``LedgerError``.
    package func unsuppress(_ address: Address) throws(LedgerError) -> Bool {
        try write("ledger.unsuppress") { db in
            try db.execute(
                sql: "DELETE FROM suppression WHERE recipient = ?", arguments: [Recipient.person(address).id.rawValue])
            return db.changesCount > 0
        }
    }

    /// Removes a person: address, names, answers.
    ///
    /// What remains is the digest in keys, which keeps them from being told twice.
    ///
    /// What still waits for them is skipped.
    ///
    /// - Throws: ``LedgerError``.
    package func forget(_ address: Address, now: Instant) throws(LedgerError) -> Removed {
        let recipient = Recipient.person(address).id.rawValue
        let removed = try write("ledger.forget") { db in
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
        try checkpoint()
        return removed
    }

    /// Removes the personal data of deliveries settled before an instant, and sessions that ended before it; keys stay.
    ///
    /// - Throws: ``LedgerError``.
    package func prune(before: Instant) throws(LedgerError) -> Removed {
        let removed = try write("ledger.prune") { db in
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
        try checkpoint()
        return removed
    }

    /// A session goes only when nothing of it waits; its registrations go when no session of their event is left.
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
                """,
            arguments: arguments)
        let registrations = db.changesCount
        try db.execute(sql: "DELETE FROM session WHERE \(isDone)", arguments: arguments)
        return registrations
    }

    /// Brings what was deleted out of the write-ahead log, too.
    private func checkpoint() throws(LedgerError) {
        do {
            try queue.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        } catch {
            throw LedgerError(error, location: path)
        }
    }
}

internal import GRDB
internal import UsherModel

/// Whether a delivery that was planned is still to be sent: judged when it is claimed, and once more in the transaction that marks it.
///
/// A plan holds for the moment at which it was made. What is enrolled may wait for hours, and a run without the planning lease sends what
/// others have planned.
enum Mootness {
    /// The judgement in SQL; `:now` is the time of the run, and `s` the delivery's session.
    ///
    /// - Parameter delivery: The name or alias of the delivery's row.
    /// - Returns: An expression whose value is the reason to skip the delivery, or NULL.
    static func sql(of delivery: String) -> String {
        """
        CASE
            WHEN \(delivery).expires_at <= :now THEN 'expired'
            WHEN EXISTS (SELECT 1 FROM suppression u WHERE u.recipient = \(delivery).recipient) THEN 'suppressed'
            WHEN \(isForgotten(delivery)) THEN 'suppressed'
            WHEN \(delivery).kind = 'canceled' THEN
                CASE WHEN s.status = 'published' AND (\(delivery).is_own = 0 OR \(seat(of: delivery)))
                    THEN 'superseded' END
            WHEN s.status = 'canceled' THEN 'canceled'
            WHEN \(isForPerson(delivery)) AND NOT \(seat(of: delivery))
                AND NOT (\(delivery).kind = 'changed' AND NOT \(listed(delivery))) THEN 'canceled'
            WHEN \(delivery).kind = 'changed' AND \(isUndone(delivery)) THEN 'superseded'
        END
        """
    }

    /// Whether the ledger was told to forget the person: a delivery to a person has an address until then.
    static func isForgotten(_ delivery: String) -> String {
        "\(isForPerson(delivery)) AND typeof(\(delivery).address) = 'null'"
    }

    /// Whether a delivery is for a person, who is on a list, and not for a channel itself.
    ///
    /// In a RETURNING clause, SQLite 3.40 takes every column of a STRICT table for NOT NULL: `IS NULL` is always false there.
    private static func isForPerson(_ delivery: String) -> String { "typeof(\(delivery).list) <> 'null'" }

    /// The registrations of the recipient that are on the list as it was last read to its end.
    private static func listed(_ delivery: String, and condition: String = "") -> String {
        """
        EXISTS (SELECT 1 FROM registration r JOIN roster o ON o.job = r.job AND o.list = r.list
            WHERE r.job = \(delivery).job AND r.list = \(delivery).list AND r.recipient = \(delivery).recipient
                AND r.seen_in >= o.completed \(condition))
        """
    }

    /// Whether the recipient holds a seat in the session.
    private static func seat(of delivery: String) -> String {
        listed(
            delivery,
            and: """
                AND r.attendee ->> '$.status' = 'registered'
                AND (r.attendee ->> '$.sessions' IS NULL
                    OR EXISTS (SELECT 1 FROM json_each(r.attendee, '$.sessions') c WHERE c.value = \(delivery).session))
                """)
    }

    /// Whether the recipient was last told, over this channel, the same facts that the session has now.
    ///
    /// What was in doubt and then withdrawn may not have arrived, so what was told before it must be the same, too.
    private static func isUndone(_ delivery: String) -> String {
        """
        1 = (SELECT min(coalesce(f.fingerprint = (SELECT r.fingerprint FROM session_revision r
                WHERE r.job = s.job AND r.event = s.event AND r.id = s.id AND r.revision = s.revision), 0))
            FROM delivery t INDEXED BY delivery_of_recipient
            LEFT JOIN session_revision f ON f.job = t.job AND f.event = t.event AND f.id = t.session
                AND f.revision = coalesce(t.told_revision, t.doubted_revision)
            WHERE \(told("t", beside: delivery)) AND coalesce(t.told_order, t.doubted_order) >= coalesce((
                SELECT max(coalesce(c.told_order, c.doubted_order)) FROM delivery c INDEXED BY delivery_of_recipient
                WHERE \(told("c", beside: delivery))
                    AND NOT (c.state = 'skipped' AND c.reason IN ('superseded', 'canceled'))), 0))
        """
    }

    /// What told the recipient of a delivery anything of its session over its channel, or may have, apart from itself.
    private static func told(_ row: String, beside delivery: String) -> String {
        """
        \(row).job = \(delivery).job AND \(row).event = \(delivery).event AND \(row).session = \(delivery).session
            AND \(row).recipient = \(delivery).recipient AND \(row).channel = \(delivery).channel
            AND \(row).key <> \(delivery).key AND coalesce(\(row).told_order, \(row).doubted_order) IS NOT NULL
        """
    }

    /// Skips a claimed delivery.
    ///
    /// The session must be gone through again where it may have arrived before: it no longer counts as the last word for certain.
    static func skip(_ key: String, _ reason: String, _ now: Instant, _ db: Database) throws {
        try db.executeCached(
            sql: """
                UPDATE delivery SET state = 'skipped', reason = :reason, finished_at = :now, owner = NULL, lease_until = NULL
                WHERE key = :key AND state = 'claimed'
                """,
            arguments: ["reason": reason, "now": now.secondsSince1970, "key": key])
        try db.executeCached(
            sql: """
                DELETE FROM scan WHERE (job, event, session) = (
                    SELECT job, event, session FROM delivery WHERE key = :key AND doubted_order IS NOT NULL)
                """,
            arguments: ["key": key])
    }
}

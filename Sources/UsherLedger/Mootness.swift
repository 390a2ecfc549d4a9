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
            WHEN \(delivery).kind = 'canceled' THEN
                CASE WHEN s.status = 'published' AND (\(delivery).is_own = 0 OR \(seat(of: delivery)))
                    THEN 'superseded' END
            WHEN s.status = 'canceled' THEN 'canceled'
            WHEN \(delivery).list IS NOT NULL AND NOT \(seat(of: delivery))
                AND NOT (\(delivery).kind = 'changed' AND NOT \(listed(delivery))) THEN 'canceled'
            WHEN \(delivery).kind = 'changed' AND \(isUndone(delivery)) THEN 'superseded'
        END
        """
    }

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
    private static func isUndone(_ delivery: String) -> String {
        """
        (SELECT r.fingerprint FROM session_revision r
            WHERE r.job = s.job AND r.event = s.event AND r.id = s.id AND r.revision = s.revision)
        = (SELECT r.fingerprint FROM session_revision r
            WHERE r.job = s.job AND r.event = s.event AND r.id = s.id AND r.revision = (
                SELECT coalesce(t.told_revision, t.doubted_revision) FROM delivery t INDEXED BY delivery_of_recipient
                WHERE t.job = \(delivery).job AND t.event = \(delivery).event AND t.session = \(delivery).session
                    AND t.recipient = \(delivery).recipient AND t.channel = \(delivery).channel
                    AND t.key <> \(delivery).key AND coalesce(t.told_order, t.doubted_order) IS NOT NULL
                ORDER BY coalesce(t.told_order, t.doubted_order) DESC LIMIT 1))
        """
    }

    /// Skips a claimed delivery.
    static func skip(_ key: String, _ reason: String, _ now: Instant, _ db: Database) throws {
        try db.executeCached(
            sql: """
                UPDATE delivery SET state = 'skipped', reason = :reason, finished_at = :now, owner = NULL, lease_until = NULL
                WHERE key = :key AND state = 'claimed'
                """,
            arguments: ["reason": reason, "now": now.secondsSince1970, "key": key])
    }
}

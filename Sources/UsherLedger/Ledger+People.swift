internal import GRDB
package import UsherModel

/// How a job stands.
package struct JobStatus: Hashable, Sendable {
    /// The job's name in the ledger.
    package let job: String
    /// When its last run began; nil where there was none.
    package let lastRunAt: Instant?
    /// How that run ended; nil where it has not.
    package let lastOutcome: String?
    /// The next moment that falls due, or the next attempt; nil where nothing is to come.
    package let nextDueAt: Instant?
    /// Deliveries by state.
    package let counts: [DeliveryState: Int]
    /// What the newest failures and retries said.
    package let problems: [String]
}

/// One delivery, for people.
package struct LedgerRow: Hashable, Sendable {
    /// The dedupe key.
    package let key: DedupeKey
    /// The job's name in the ledger.
    package let job: String
    /// The rule.
    package let rule: RuleID
    /// The session.
    package let session: SessionKey
    /// The session's subject; empty where the session has been pruned.
    package let subject: Line
    /// The channel.
    package let channel: ChannelName
    /// The address, the channel's name in square brackets, or `(forgotten)`.
    package let recipient: String
    /// The state.
    package let state: DeliveryState
    /// Why it was skipped.
    package let reason: SkipReason?
    /// When it fell due.
    package let dueAt: Instant
    /// When it lost its point.
    package let expiresAt: Instant
    /// When it is tried next, where it waits.
    package let notBefore: Instant
    /// When it reached its final state.
    package let finishedAt: Instant?
    /// How often it was tried.
    package let attempts: Int
    /// The revision that was told.
    package let toldRevision: Int?
    /// What the counterpart said last.
    package let evidence: String?
}

/// One attempt that did not simply succeed.
package struct AttemptRow: Hashable, Sendable {
    /// When.
    package let at: Instant
    /// What came of it.
    package let outcome: String
    /// What was said.
    package let text: String?
}

/// Which deliveries to list.
package struct LedgerFilter: Hashable, Sendable {
    /// Only of this job.
    package var job: String?
    /// Only in this state.
    package var state: DeliveryState?
    /// Only of sessions with this id.
    package var session: String?
    /// Only to this address.
    package var address: Address?
    /// At most so many, newest first.
    package var limit = 100

    /// Takes everything, newest first.
    package init() {}
}

extension Ledger {
    /// Notes that a run begins.
    ///
    /// - Returns: The run's number.
    /// - Throws: ``LedgerError``.
    package func beginRun(job: String, owner: Owner, now: Instant) throws(LedgerError) -> Int64 {
        try write("ledger.begin-run") { db in
            try db.execute(
                sql: "DELETE FROM run WHERE job = :job AND id <= (SELECT max(id) - 200 FROM run WHERE job = :job)",
                arguments: ["job": job])
            try db.execute(
                sql: "INSERT INTO run (job, owner, started_at) VALUES (?, ?, ?)",
                arguments: [job, owner.rawValue, now.secondsSince1970])
            return db.lastInsertedRowID
        }
    }

    /// Notes how a run ended.
    ///
    /// - Throws: ``LedgerError``.
    package func endRun(_ run: Int64, outcome: String, now: Instant) throws(LedgerError) {
        try write("ledger.end-run") { db in
            try db.execute(
                sql: "UPDATE run SET ended_at = ?, outcome = ? WHERE id = ?",
                arguments: [now.secondsSince1970, outcome, run])
        }
    }

    /// How every job of this ledger stands.
    ///
    /// - Throws: ``LedgerError``.
    package func status(now: Instant) throws(LedgerError) -> [JobStatus] {
        try read { db in
            let jobs = try String.fetchAll(
                db, sql: "SELECT job FROM run UNION SELECT job FROM delivery UNION SELECT job FROM session ORDER BY job"
            )
            return try jobs.map { try Self.status(of: $0, db, now) }
        }
    }

    private static func status(of job: String, _ db: Database, _ now: Instant) throws -> JobStatus {
        let run = try Row.fetchOne(
            db, sql: "SELECT started_at, outcome FROM run WHERE job = ? ORDER BY id DESC LIMIT 1", arguments: [job])
        var counts: [DeliveryState: Int] = [:]
        let rows = try Row.fetchAll(
            db, sql: "SELECT state, count(*) AS number FROM delivery WHERE job = ? GROUP BY state", arguments: [job])
        for row in rows { DeliveryState(rawValue: row["state"]).map { counts[$0] = row["number"] } }
        let next = try Int64.fetchOne(
            db,
            sql: """
                SELECT min(at) FROM (
                    SELECT min(next_due_at) AS at FROM scan WHERE job = :job AND next_due_at > :now
                    UNION ALL SELECT min(not_before) FROM delivery WHERE job = :job AND state = 'pending')
                """,
            arguments: ["job": job, "now": now.secondsSince1970])
        let problems = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT coalesce(address, '[' || channel || ']') || ': ' || evidence FROM delivery
                WHERE job = ? AND state IN ('pending', 'failed', 'in_doubt') AND evidence IS NOT NULL LIMIT 5
                """,
            arguments: [job])
        return JobStatus(
            job: job, lastRunAt: (run?["started_at"] as Int64?).map { Instant(secondsSince1970: $0) },
            lastOutcome: run?["outcome"], nextDueAt: next.map { Instant(secondsSince1970: $0) }, counts: counts,
            problems: problems)
    }

    /// Deliveries that fit a filter, newest first.
    ///
    /// - Throws: ``LedgerError``.
    package func list(_ filter: LedgerFilter) throws(LedgerError) -> [LedgerRow] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT d.*, s.snapshot FROM delivery d
                    LEFT JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE (:job IS NULL OR d.job = :job) AND (:state IS NULL OR d.state = :state)
                        AND (:session IS NULL OR d.session = :session)
                        AND (:recipient IS NULL OR d.recipient = :recipient)
                    ORDER BY d.enrolled_at DESC, d.due_at DESC, d.address, d.rule LIMIT :limit
                    """,
                arguments: [
                    "job": filter.job, "state": filter.state?.rawValue, "session": filter.session,
                    "recipient": filter.address.map { Recipient.person($0).id.rawValue }, "limit": filter.limit,
                ])
            return try rows.map { try LedgerRow(row: $0) }
        }
    }

    /// The deliveries whose key begins with these digits, with every attempt that did not simply succeed.
    ///
    /// - Throws: ``LedgerError``.
    package func show(prefix: String) throws(LedgerError) -> [(row: LedgerRow, attempts: [AttemptRow])] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT d.*, s.snapshot FROM delivery d
                    LEFT JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE d.key >= :low AND d.key < :high ORDER BY d.key LIMIT 20
                    """,
                arguments: ["low": prefix, "high": prefix + "g"])
            return try rows.map { row in
                let attempts = try Row.fetchAll(
                    db, sql: "SELECT at, outcome, text FROM attempt WHERE key = ? ORDER BY id",
                    arguments: [row["key"] as String])
                return (
                    try LedgerRow(row: row),
                    attempts.map {
                        AttemptRow(at: Instant(secondsSince1970: $0["at"]), outcome: $0["outcome"], text: $0["text"])
                    }
                )
            }
        }
    }

    /// Gives failed deliveries another chance: they wait again, with their attempts counted anew.
    ///
    /// - Throws: ``LedgerError``.
    package func retry(_ key: DedupeKey, now: Instant) throws(LedgerError) {
        try write("ledger.retry") { db in
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'pending', finished_at = NULL, attempts = 0, not_before = :now
                    WHERE key = :key AND state = 'failed'
                    """,
                arguments: ["now": now.secondsSince1970, "key": key.hex])
            guard db.changesCount == 1 else {
                throw LedgerError(
                    .noSuchDelivery, location: path, problem: "delivery \(key) has not failed",
                    next: "See: usher ledger list --state failed --ledger \(path)")
            }
        }
    }
}

extension LedgerRow {
    fileprivate init(row: Row) throws {
        guard let key = DedupeKey(hex: row["key"]), let state = DeliveryState(rawValue: row["state"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a delivery has no key or no state")
        }
        let channel = ChannelName(rawValue: row["channel"])
        let isChannel = Recipient.channel(channel).id.rawValue == row["recipient"]
        let snapshot: String? = row["snapshot"]
        self.init(
            key: key, job: row["job"], rule: RuleID(rawValue: row["rule"]),
            session: SessionKey(event: EventID(rawValue: row["event"]), session: SessionID(rawValue: row["session"])),
            subject: try snapshot.map { try Snapshot.value(Session.self, $0).subject } ?? Line(cleaning: ""),
            channel: channel, recipient: row["address"] ?? (isChannel ? "[\(channel)]" : "(forgotten)"), state: state,
            reason: (row["reason"] as String?).flatMap { SkipReason(rawValue: $0) },
            dueAt: Instant(secondsSince1970: row["due_at"]), expiresAt: Instant(secondsSince1970: row["expires_at"]),
            notBefore: Instant(secondsSince1970: row["not_before"]),
            finishedAt: (row["finished_at"] as Int64?).map { Instant(secondsSince1970: $0) }, attempts: row["attempts"],
            toldRevision: row["told_revision"], evidence: row["evidence"])
    }
}

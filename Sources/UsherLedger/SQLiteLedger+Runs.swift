internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func beginRun(job: String, owner: Owner, now: Instant) async throws(LedgerError) -> Int64 {
        try await write("ledger.begin-run") { db in
            try db.execute(
                sql: "DELETE FROM run WHERE job = :job AND id <= (SELECT max(id) - 200 FROM run WHERE job = :job)",
                arguments: ["job": job])
            try db.execute(
                sql: "INSERT INTO run (job, owner, started_at) VALUES (?, ?, ?)",
                arguments: [job, owner.rawValue, now.secondsSince1970])
            return db.lastInsertedRowID
        }
    }

    package func endRun(_ run: Int64, outcome: String, now: Instant) async throws(LedgerError) {
        try await write("ledger.end-run") { db in
            try db.execute(
                sql: "UPDATE run SET ended_at = ?, outcome = ? WHERE id = ?",
                arguments: [now.secondsSince1970, outcome, run])
        }
    }

    package func source(job: String) async throws(LedgerError) -> JobSource? {
        try await read { db in
            let value = try String.fetchOne(
                db, sql: "SELECT value FROM setting WHERE name = ?", arguments: [Self.sourceSetting(job)])
            guard let parts = value?.split(separator: "\n", maxSplits: 1), parts.count == 2 else { return nil }
            return JobSource(identity: String(parts[0]), file: String(parts[1]))
        }
    }

    package func record(_ source: JobSource, job: String) async throws(LedgerError) {
        try await write("ledger.record-source") { db in
            try db.execute(
                sql: """
                    INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT DO UPDATE SET value = :value
                    """,
                arguments: ["name": Self.sourceSetting(job), "value": "\(source.identity)\n\(source.file)"])
        }
    }

    private static func sourceSetting(_ job: String) -> String { "source of \(job)" }

    package func lastRunAt(job: String) async throws(LedgerError) -> Instant? {
        try await read { db in
            try Int64.fetchOne(
                db,
                sql: """
                    SELECT max(started_at, coalesce(ended_at, started_at)) FROM run
                    WHERE job = ? ORDER BY id DESC LIMIT 1
                    """,
                arguments: [job]
            ).map { Instant(secondsSince1970: $0) }
        }
    }

    package func status(now: Instant) async throws(LedgerError) -> [JobStatus] {
        try await read { db in
            let jobs = try String.fetchAll(
                db, sql: "SELECT job FROM run UNION SELECT job FROM delivery UNION SELECT job FROM session ORDER BY job"
            )
            return try jobs.map { try Self.status(of: $0, db, now) }
        }
    }

    private static func status(of job: String, _ db: Database, _ now: Instant) throws -> JobStatus {
        let run = try Row.fetchOne(
            db,
            sql: """
                SELECT started_at, outcome, (SELECT e.outcome FROM run e
                    WHERE e.job = r.job AND e.outcome IS NOT NULL ORDER BY e.id DESC LIMIT 1) AS last_outcome
                FROM run r WHERE job = ? ORDER BY id DESC LIMIT 1
                """, arguments: [job])
        var counts: [DeliveryState: Int] = [:]
        let rows = try Row.fetchAll(
            db, sql: "SELECT state, count(*) AS number FROM delivery WHERE job = ? GROUP BY state", arguments: [job])
        for row in rows {
            guard let state = try DeliveryState(rawValue: row.value("state")) else { continue }
            counts[state] = try row.value("number")
        }
        let next = try Int64.fetchOne(
            db,
            sql: """
                SELECT min(at) FROM (
                    SELECT min(next_due_at) AS at FROM scan WHERE job = :job AND next_due_at > :now
                    UNION ALL SELECT min(not_before) FROM delivery WHERE job = :job AND state = 'pending')
                """,
            arguments: ["job": job, "now": now.secondsSince1970])
        let evidence = try String.fetchAll(
            db,
            sql: """
                SELECT DISTINCT coalesce(address, '[' || channel || ']') || ': ' || evidence FROM delivery
                WHERE job = ? AND state IN ('pending', 'failed', 'in_doubt') AND evidence IS NOT NULL LIMIT 5
                """,
            arguments: [job])
        let channels = try String.fetchAll(
            db,
            sql: """
                SELECT channel FROM delivery WHERE job = :job AND state = 'pending'
                UNION SELECT channel FROM channel_trouble WHERE job = :job ORDER BY channel
                """,
            arguments: ["job": job])
        let last = try run.map { row in
            try JobStatus.LastRun(
                at: row.instant("started_at", of: "run"), outcome: row.value("outcome", of: "run"),
                lastOutcome: row.value("last_outcome", of: "run"))
        }
        return JobStatus(
            job: job, lastRun: last, nextDueAt: next.map { Instant(secondsSince1970: $0) }, counts: counts,
            channels: channels.map { ChannelName(rawValue: $0) }, failedInTime: try failedInTime(job, now, db),
            expiredUnsent: try expiredUnsent(job, now, db), evidence: evidence)
    }

    private static func failedInTime(_ job: String, _ now: Instant, _ db: Database) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM delivery WHERE job = ? AND state = 'failed' AND expires_at > ?",
            arguments: [job, now.secondsSince1970]) ?? 0
    }

    /// What was planned as expired was never meant to be sent; it has finished when it was enrolled.
    private static func expiredUnsent(_ job: String, _ now: Instant, _ db: Database) throws -> Int {
        try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM delivery
                WHERE job = ? AND state = 'skipped' AND reason = 'expired' AND finished_at > enrolled_at
                    AND finished_at > ?
                """,
            arguments: [job, now.secondsSince1970 - 86_400]) ?? 0
    }
}

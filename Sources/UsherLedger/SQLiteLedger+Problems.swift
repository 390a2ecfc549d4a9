internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func rememberProblems(
        _ identities: [String], of job: String, forgetsOthers: Bool, now: Instant
    ) async throws(LedgerError) -> [ReportedProblem] {
        let known = try await reportedProblems(of: job)
        // Most runs find none, and have none to forget: they need no commit.
        guard !identities.isEmpty || (forgetsOthers && !known.isEmpty) else { return [] }
        let found = Set(identities)
        return try await write("ledger.remember-problems") { db in
            let known = try Self.reportedProblems(of: job, db)
            let insert = try db.makeStatement(
                sql: """
                    INSERT INTO reported_problem (job, digest, first_seen_at, last_seen_at)
                    VALUES (:job, :digest, :now, :now)
                    ON CONFLICT (job, digest) DO UPDATE SET last_seen_at = max(last_seen_at, :now)
                    """)
            for identity in found {
                try insert.execute(arguments: ["job": job, "digest": identity, "now": now.secondsSince1970])
            }
            if forgetsOthers {
                let delete = try db.makeStatement(
                    sql: "DELETE FROM reported_problem WHERE job = :job AND digest = :digest")
                for problem in known where !found.contains(problem.identity) {
                    try delete.execute(arguments: ["job": job, "digest": problem.identity])
                }
            }
            return known.filter { found.contains($0.identity) }
        }
    }

    package func reportedProblems(of job: String) async throws(LedgerError) -> [ReportedProblem] {
        try await read { db in try Self.reportedProblems(of: job, db) }
    }

    private static func reportedProblems(of job: String, _ db: Database) throws -> [ReportedProblem] {
        // A ledger that was opened for reading only may be of an older version.
        guard try db.tableExists("reported_problem") else { return [] }
        return try Row.fetchAll(
            db,
            sql: "SELECT digest, first_seen_at, last_seen_at FROM reported_problem WHERE job = :job ORDER BY digest",
            arguments: ["job": job]
        ).map { row in
            try ReportedProblem(
                identity: row.value("digest", of: "reported_problem"),
                firstSeenAt: row.instant("first_seen_at", of: "reported_problem"),
                lastSeenAt: row.instant("last_seen_at", of: "reported_problem"))
        }
    }
}

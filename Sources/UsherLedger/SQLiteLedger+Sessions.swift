internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func sessions(job: String, endingAfter: Instant) async throws(LedgerError) -> [SessionKey: SessionMemory] {
        try await read(shadowing: .sessions(job: job)) { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM session WHERE job = ? AND ends_at >= ?",
                arguments: [job, endingAfter.secondsSince1970])
            var sessions: [SessionKey: SessionMemory] = [:]
            while let row = try rows.next() {
                let memory = try SessionMemory(row: row)
                sessions[memory.session.key] = memory
            }
            return sessions
        }
    }

    package func session(job: String, _ key: SessionKey) async throws(LedgerError) -> SessionMemory? {
        try await read(shadowing: .sessions(job: job)) { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM session WHERE job = ? AND event = ? AND id = ?",
                arguments: [job, key.event.rawValue, key.session.rawValue])
            return try row.map { try SessionMemory(row: $0) }
        }
    }

    package func record(
        _ changes: [SessionChange], under lease: PlanningLease, now: Instant
    ) async throws(LedgerError) {
        guard !changes.isEmpty else { return }
        try await write("ledger.record-sessions", shadowing: .sessions(job: lease.job)) { db in
            try self.check(lease, db)
            for change in changes { try self.record(change, job: lease.job, now, db) }
        }
    }

    private func record(_ change: SessionChange, job: String, _ now: Instant, _ db: Database) throws {
        let memory = change.memory
        try db.execute(
            sql: change.base == nil ? Self.insertSession : Self.updateSession,
            arguments: try memory.arguments(job: job) + (change.base.map { ["base": $0] } ?? [:]))
        guard db.changesCount == 1 else {
            throw LedgerError(
                .outdated, location: location,
                problem: "session \(memory.session.key) has been stored by another run since it was read",
                next: "Nothing to do: the next run compares it anew")
        }
        // What waits expires with the session, wherever that has moved; a reminder belongs to the start that it was planned for.
        // A dry run keeps deliveries as they are in the file, and plans without their expiry.
        if change.base != nil, overlay == nil {
            try db.execute(
                sql: """
                    UPDATE delivery INDEXED BY delivery_of_recipient SET expires_at = :end
                    WHERE job = :job AND event = :event AND session = :id AND state IN ('pending', 'claimed')
                        AND kind <> 'offset'
                    """,
                arguments: [
                    "end": memory.session.end.secondsSince1970, "job": job,
                    "event": memory.session.key.event.rawValue, "id": memory.session.key.session.rawValue,
                ])
        }
        try db.execute(
            sql: """
                INSERT INTO session_revision (job, event, id, revision, seen_at, snapshot, fingerprint)
                VALUES (:job, :event, :id, :revision, :now, :snapshot, :fingerprint) ON CONFLICT DO NOTHING
                """,
            arguments: [
                "job": job, "event": memory.session.key.event.rawValue, "id": memory.session.key.session.rawValue,
                "revision": memory.revision, "now": now.secondsSince1970,
                "snapshot": try Snapshot.text(memory.session),
                "fingerprint": try self.toldFingerprint(memory, job: job, db),
            ])
    }

    /// The digest of the facts that people know once they were told a revision: a link that is missing takes none away.
    ///
    /// Thus a link that is missing for a while is no change, and one that comes back is none either.
    private func toldFingerprint(_ memory: SessionMemory, job: String, _ db: Database) throws -> String {
        var session = memory.session
        guard session.joinURL == nil else { return session.fingerprint }
        let earlier = try Row.fetchOne(
            db,
            sql: """
                SELECT snapshot FROM session_revision
                WHERE job = :job AND event = :event AND id = :id AND revision < :revision
                    AND snapshot ->> '$.joinURL' IS NOT NULL
                ORDER BY revision DESC LIMIT 1
                """,
            arguments: [
                "job": job, "event": session.key.event.rawValue, "id": session.key.session.rawValue,
                "revision": memory.revision,
            ])
        session.joinURL = try earlier.flatMap { try Snapshot.value(Session.self, $0["snapshot"]).joinURL }
        return session.fingerprint
    }

    package func revisionsLikePresent(job: String, _ key: SessionKey) async throws(LedgerError) -> Set<Int> {
        let tables = Overlay.Tables.revisions(job: job, event: key.event.rawValue, session: key.session.rawValue)
        guard let present = try await session(job: job, key) else { return [] }
        return try await read(shadowing: tables) { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT revision, snapshot FROM session_revision
                    WHERE job = :job AND event = :event AND id = :id AND revision < :revision ORDER BY revision
                    """,
                arguments: [
                    "job": job, "event": key.event.rawValue, "id": key.session.rawValue, "revision": present.revision,
                ])
            var (link, fingerprints): (JoinURL?, [Int: String]) = (nil, [:])
            while let row = try rows.next() {
                var earlier = try Snapshot.value(Session.self, row["snapshot"])
                link = earlier.joinURL ?? link
                earlier.joinURL = link
                fingerprints[row["revision"]] = earlier.fingerprint
            }
            var now = present.session
            now.joinURL = now.joinURL ?? link
            return Set(fingerprints.filter { $0.value == now.fingerprint }.keys)
        }
    }

    package func earlier(job: String, _ key: SessionKey) async throws(LedgerError) -> [Session] {
        let tables = Overlay.Tables.revisions(job: job, event: key.event.rawValue, session: key.session.rawValue)
        return try await read(shadowing: tables) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT r.snapshot FROM session_revision r
                    JOIN session s ON s.job = r.job AND s.event = r.event AND s.id = r.id
                    WHERE r.job = ? AND r.event = ? AND r.id = ? AND r.revision < s.revision ORDER BY r.revision
                    """,
                arguments: [job, key.event.rawValue, key.session.rawValue])
            return try rows.map { try Snapshot.value(Session.self, $0["snapshot"]) }
        }
    }

    package func sessionKeys(job: String) async throws(LedgerError) -> [SessionKey] {
        try await read(shadowing: .sessions(job: job)) { db in
            try Row.fetchAll(db, sql: "SELECT event, id FROM session WHERE job = ?", arguments: [job]).map {
                SessionKey(event: EventID(rawValue: $0["event"]), session: SessionID(rawValue: $0["id"]))
            }
        }
    }

    private static let insertSession = """
        INSERT INTO session (job, event, id, revision, revised_at, first_seen_at, restored_revision, missing_runs,
            missing_at, is_held, changed_at, ends_at, status, snapshot)
        VALUES (:job, :event, :id, :revision, :revised_at, :first_seen_at, :restored_revision, :missing_runs,
            :missing_at, :is_held, :changed_at, :ends_at, :status, :snapshot)
        ON CONFLICT DO NOTHING
        """

    /// Compares and sets: only over the revision that was read.
    private static let updateSession = """
        UPDATE session SET revision = :revision, revised_at = :revised_at, first_seen_at = :first_seen_at,
            restored_revision = :restored_revision, missing_runs = :missing_runs, missing_at = :missing_at,
            is_held = :is_held, changed_at = :changed_at, ends_at = :ends_at, status = :status, snapshot = :snapshot
        WHERE job = :job AND event = :event AND id = :id AND revision = :base
        """

    package func scan(job: String, session: SessionKey) async throws(LedgerError) -> ScanMemory? {
        try await read(shadowing: .sessions(job: job)) { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM scan WHERE job = ? AND event = ? AND session = ?",
                arguments: [job, session.event.rawValue, session.session.rawValue])
            guard let row else { return nil }
            return ScanMemory(
                rules: row["rules"], attendeesTag: row["attendees_tag"], revision: row["revision"],
                at: Instant(secondsSince1970: row["at"]),
                nextDueAt: (row["next_due_at"] as Int64?).map { Instant(secondsSince1970: $0) })
        }
    }

    package func recordScans(
        _ scans: [SessionKey: ScanMemory], under lease: PlanningLease
    ) async throws(LedgerError) {
        guard !scans.isEmpty else { return }
        let job = lease.job
        try await write("ledger.record-scans", shadowing: .sessions(job: job)) { db in
            try self.check(lease, db)
            for (key, scan) in scans {
                try db.execute(
                    sql: """
                        INSERT INTO scan (job, event, session, rules, attendees_tag, revision, at, next_due_at)
                        VALUES (:job, :event, :session, :rules, :tag, :revision, :at, :next)
                        ON CONFLICT DO UPDATE SET rules = excluded.rules, attendees_tag = excluded.attendees_tag,
                            revision = excluded.revision, at = excluded.at, next_due_at = excluded.next_due_at
                        """,
                    arguments: [
                        "job": job, "event": key.event.rawValue, "session": key.session.rawValue, "rules": scan.rules,
                        "tag": scan.attendeesTag, "revision": scan.revision, "at": scan.at.secondsSince1970,
                        "next": scan.nextDueAt?.secondsSince1970,
                    ])
            }
        }
    }
}

extension SessionMemory {
    init(row: Row) throws {
        self.init(
            session: try Snapshot.value(Session.self, row["snapshot"]), revision: row["revision"],
            revisedAt: Instant(secondsSince1970: row["revised_at"]),
            firstSeenAt: Instant(secondsSince1970: row["first_seen_at"]), restoredRevision: row["restored_revision"],
            missingRuns: row["missing_runs"],
            missingAt: (row["missing_at"] as Int64?).map { Instant(secondsSince1970: $0) })
        isHeld = row["is_held"]
        if let changed = row["changed_at"] as Int64? { changedAt = Instant(secondsSince1970: changed) }
    }

    fileprivate func arguments(job: String) throws -> StatementArguments {
        [
            "job": job, "event": session.key.event.rawValue, "id": session.key.session.rawValue, "revision": revision,
            "revised_at": revisedAt.secondsSince1970, "first_seen_at": firstSeenAt.secondsSince1970,
            "restored_revision": restoredRevision, "missing_runs": missingRuns,
            "missing_at": missingAt?.secondsSince1970, "is_held": isHeld, "changed_at": changedAt.secondsSince1970,
            "ends_at": session.end.secondsSince1970,
            "status": session.status.rawValue, "snapshot": try Snapshot.text(session),
        ]
    }
}

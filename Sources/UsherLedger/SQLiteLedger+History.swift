internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func list(_ filter: LedgerFilter) async throws(LedgerError) -> [LedgerRow] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT d.*, s.snapshot FROM delivery d
                    LEFT JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE (:job IS NULL OR d.job = :job) AND (:state IS NULL OR d.state = :state)
                        AND (:session IS NULL OR d.session = :session)
                        AND (:channel IS NULL OR d.channel = :channel)
                        AND (:recipient IS NULL OR d.recipient = :recipient)
                        AND (:since IS NULL OR coalesce(d.finished_at, d.due_at) >= :since)
                    ORDER BY d.enrolled_at DESC, d.due_at DESC, d.address, d.rule LIMIT :limit
                    """,
                arguments: filter.arguments + ["state": filter.state?.rawValue, "limit": filter.limit])
            let secrets = try Self.secrets(db)
            var subjects = Subjects()
            return try rows.map { try LedgerRow(row: $0, secrets, &subjects) }
        }
    }

    package func show(prefix: String) async throws(LedgerError) -> [(row: LedgerRow, attempts: [AttemptRow])] {
        // An id begins with digits of the key.
        let digits = prefix.utf8.count > DeliveryID.keyDigits ? prefix.prefix(DeliveryID.keyDigits) : prefix[...]
        return try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT d.*, s.snapshot FROM delivery d
                    LEFT JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE d.key >= :low AND d.key < :high ORDER BY d.key LIMIT 20
                    """,
                arguments: ["low": String(digits), "high": digits + "g"])
            let secrets = try Self.secrets(db)
            var subjects = Subjects()
            return try rows.map { row in
                let attempts = try Row.fetchAll(
                    db, sql: "SELECT at, outcome, text FROM attempt WHERE key = ? ORDER BY id",
                    arguments: [row["key"] as String])
                return (
                    try LedgerRow(row: row, secrets, &subjects),
                    attempts.map {
                        AttemptRow(at: Instant(secondsSince1970: $0["at"]), outcome: $0["outcome"], text: $0["text"])
                    }
                )
            }
        }
    }
}

extension LedgerFilter {
    fileprivate var arguments: StatementArguments {
        [
            "job": job, "session": session, "channel": channel?.rawValue,
            "recipient": address.map { Recipient.person($0).id.rawValue }, "since": since?.secondsSince1970,
        ]
    }
}

/// The subjects of sessions, each decoded once: a list may have many deliveries of one.
private struct Subjects {
    private var decoded: [String: Line] = [:]

    mutating func subject(of snapshot: String) throws -> Line {
        if let subject = decoded[snapshot] { return subject }
        let subject = try Snapshot.value(Session.self, snapshot).subject
        decoded[snapshot] = subject
        return subject
    }
}

extension LedgerRow {
    fileprivate init(row: Row, _ secrets: LedgerSecrets?, _ subjects: inout Subjects) throws {
        guard let key = DedupeKey(hex: row["key"]), let state = DeliveryState(rawValue: row["state"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a delivery has no key or no state")
        }
        let channel = ChannelName(rawValue: row["channel"])
        let isChannel = Recipient.channel(channel).id.rawValue == row["recipient"]
        let snapshot: String? = row["snapshot"]
        self.init(
            key: key, id: secrets?.id(of: key, under: row["secret"]) ?? DeliveryID(key), job: row["job"],
            rule: RuleID(rawValue: row["rule"]),
            session: SessionKey(event: EventID(rawValue: row["event"]), session: SessionID(rawValue: row["session"])),
            subject: try snapshot.map { try subjects.subject(of: $0) } ?? Line(cleaning: ""),
            channel: channel, recipient: row["address"] ?? (isChannel ? "[\(channel)]" : "(forgotten)"), state: state,
            reason: (row["reason"] as String?).flatMap { SkipReason(rawValue: $0) },
            dueAt: Instant(secondsSince1970: row["due_at"]), expiresAt: Instant(secondsSince1970: row["expires_at"]),
            notBefore: Instant(secondsSince1970: row["not_before"]),
            finishedAt: (row["finished_at"] as Int64?).map { Instant(secondsSince1970: $0) }, attempts: row["attempts"],
            toldRevision: row["told_revision"] ?? row["doubted_revision"], evidence: row["evidence"])
    }
}

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
                    arguments: [try row.value("key") as String])
                return (
                    try LedgerRow(row: row, secrets, &subjects),
                    try attempts.map { attempt in
                        try AttemptRow(
                            at: attempt.instant("at", of: "attempt"), outcome: attempt.value("outcome", of: "attempt"),
                            text: attempt.value("text", of: "attempt"))
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
        guard let key = try DedupeKey(hex: row.value("key")) else {
            throw DamagedValue(table: "delivery", column: "key")
        }
        guard let state = try DeliveryState(rawValue: row.value("state")) else {
            throw DamagedValue(table: "delivery", column: "state")
        }
        let channel = try ChannelName(rawValue: row.value("channel"))
        let isChannel = try Recipient.channel(channel).id.rawValue == row.value("recipient")
        let snapshot: String? = try row.value("snapshot", of: "session")
        let address: String? = try row.value("address")
        let reason: String? = try row.value("reason")
        let finishedAt: Int64? = try row.value("finished_at")
        let (told, doubted): (Int?, Int?) = try (row.value("told_revision"), row.value("doubted_revision"))
        try self.init(
            key: key, id: secrets?.id(of: key, under: row.value("secret")) ?? DeliveryID(key), job: row.value("job"),
            rule: RuleID(rawValue: row.value("rule")),
            session: SessionKey(
                event: EventID(rawValue: row.value("event")), session: SessionID(rawValue: row.value("session"))),
            subject: snapshot.map { try subjects.subject(of: $0) } ?? Line(cleaning: ""), channel: channel,
            recipient: address ?? (isChannel ? "[\(channel)]" : "(forgotten)"), state: state,
            reason: reason.flatMap { SkipReason(rawValue: $0) }, dueAt: row.instant("due_at"),
            expiresAt: row.instant("expires_at"), notBefore: row.instant("not_before"),
            finishedAt: finishedAt.map { Instant(secondsSince1970: $0) }, attempts: row.value("attempts"),
            toldRevision: told ?? doubted, evidence: row.value("evidence"))
    }
}

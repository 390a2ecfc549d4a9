internal import GRDB
package import UsherModel

/// What a plan amounts to.
package struct PlanSummary: Hashable, Sendable {
    /// Deliveries to be sent.
    package let sends: Int
    /// Deliveries recorded as not to be sent, by reason.
    package let skips: [SkipReason: Int]
    /// Stands for exactly the keys to be sent: 16 hexadecimal digits.
    package let digest: String
}

/// One proposed delivery, for people.
package struct PlannedRow: Hashable, Sendable {
    /// The dedupe key.
    package let key: DedupeKey
    /// The rule.
    package let rule: RuleID
    /// The channel.
    package let channel: ChannelName
    /// The template.
    package let template: String
    /// The session's subject.
    package let subject: Line
    /// The session.
    package let session: SessionKey
    /// The address, or the channel's name in square brackets.
    package let recipient: String
    /// The kind of moment.
    package let kind: MomentKind
    /// When it fell due.
    package let dueAt: Instant
    /// Why it is not to be sent; nil where it is.
    package let reason: SkipReason?
}

extension Ledger {
    /// Forgets what was proposed before, and makes room for a plan: a temporary table of this connection, on disk where it grows.
    ///
    /// - Throws: ``LedgerError``.
    package func beginPlan(job: String) throws(LedgerError) {
        do {
            try queue.writeWithoutTransaction { db in
                try db.execute(
                    sql: """
                        DROP TABLE IF EXISTS temp.proposal;
                        DROP TABLE IF EXISTS temp.proposal_superseding;
                        CREATE TEMP TABLE proposal (
                            key TEXT NOT NULL PRIMARY KEY, job TEXT NOT NULL, rule TEXT NOT NULL, channel TEXT NOT NULL,
                            template TEXT NOT NULL, event TEXT NOT NULL, session TEXT NOT NULL, recipient TEXT NOT NULL,
                            address TEXT, list TEXT, registration TEXT, kind TEXT NOT NULL, is_own INTEGER NOT NULL,
                            due_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, reason TEXT) STRICT, WITHOUT ROWID;
                        CREATE INDEX temp.proposal_of_recipient ON proposal (event, session, recipient);
                        CREATE TEMP TABLE proposal_superseding (
                            key TEXT NOT NULL PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
                        """)
            }
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    /// Adds to the plan.
    ///
    /// - Parameters:
    ///   - deliveries: To be sent, or recorded as not to be sent.
    ///   - superseding: Deliveries that wait to be sent, enrolled or proposed, and are now to be skipped.
    ///   - job: The job.
    /// - Throws: ``LedgerError``.
    package func propose(
        _ deliveries: [Delivery], superseding: [(key: DedupeKey, reason: SkipReason)], job: String
    ) throws(LedgerError) {
        try write("ledger.propose") { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO temp.proposal (key, job, rule, channel, template, event, session, recipient, address,
                        list, registration, kind, is_own, due_at, expires_at, reason)
                    VALUES (:key, :job, :rule, :channel, :template, :event, :session, :recipient, :address, :list,
                        :registration, :kind, :is_own, :due_at, :expires_at, :reason) ON CONFLICT DO NOTHING
                    """)
            for delivery in deliveries { try insert.execute(arguments: delivery.arguments(job: job)) }
            for item in superseding {
                try db.execute(
                    sql: "UPDATE temp.proposal SET reason = :reason WHERE key = :key AND reason IS NULL",
                    arguments: ["reason": item.reason.rawValue, "key": item.key.hex])
                guard db.changesCount == 0 else { continue }
                try db.execute(
                    sql:
                        "INSERT INTO temp.proposal_superseding (key, reason) VALUES (:key, :reason) ON CONFLICT DO NOTHING",
                    arguments: ["reason": item.reason.rawValue, "key": item.key.hex])
            }
        }
    }

    /// What has been proposed amounts to.
    ///
    /// - Throws: ``LedgerError``.
    package func planSummary() throws(LedgerError) -> PlanSummary {
        try read { db in
            var skips: [SkipReason: Int] = [:]
            let counts = try Row.fetchAll(
                db,
                sql: """
                    SELECT reason, count(*) AS number FROM temp.proposal WHERE reason IS NOT NULL GROUP BY reason
                    UNION ALL SELECT reason, count(*) FROM temp.proposal_superseding GROUP BY reason
                    """)
            for row in counts { SkipReason(rawValue: row["reason"]).map { skips[$0, default: 0] += row["number"] } }
            let keys = try String.fetchCursor(
                db, sql: "SELECT key FROM temp.proposal WHERE reason IS NULL ORDER BY key")
            var digest = RunningDigest()
            var sends = 0
            while let key = try keys.next() {
                digest.add(key)
                sends += 1
            }
            return PlanSummary(sends: sends, skips: skips, digest: String(digest.hex.prefix(16)))
        }
    }

    /// Hands every proposed delivery to `body`, in the order of due time, session and recipient.
    ///
    /// - Throws: ``LedgerError``.
    package func eachPlanned(_ body: (PlannedRow) throws -> Bool) throws(LedgerError) {
        try read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT p.*, s.snapshot FROM temp.proposal p
                    LEFT JOIN session s ON s.job = p.job AND s.event = p.event AND s.id = p.session
                    ORDER BY p.due_at, p.event, p.session, p.address, p.rule
                    """)
            var subjects: [SessionKey: Line] = [:]
            while let row = try rows.next() {
                guard try body(try PlannedRow(row: row, subjects: &subjects)) else { return }
            }
        }
    }

    /// Writes the plan down, wholly or not at all: from now on it is due.
    ///
    /// What another run has enrolled meanwhile under the same keys stays as it is.
    ///
    /// - Returns: How many deliveries were new.
    /// - Throws: ``LedgerError``.
    @discardableResult
    package func enrol(now: Instant) throws(LedgerError) -> Int {
        try write("ledger.enrol") { db in
            try db.execute(sql: Self.insertProposals, arguments: ["now": now.secondsSince1970, "adopt": 0])
            let count = db.changesCount
            try Self.supersede(db, now: now)
            return count
        }
    }

    /// Writes the plan down as already told: what was to be sent is skipped as adopted, at the present revision of its session.
    ///
    /// - Throws: ``LedgerError``.
    package func enrolAsAdopted(now: Instant) throws(LedgerError) {
        try write("ledger.adopt") { db in
            try db.execute(sql: Self.insertProposals, arguments: ["now": now.secondsSince1970, "adopt": 1])
            try Self.supersede(db, now: now)
            try db.execute(
                sql:
                    "UPDATE counter SET value = max(value, (SELECT coalesce(max(told_order), 0) FROM delivery)) WHERE name = 'told'"
            )
        }
    }

    private static let insertProposals = """
        INSERT INTO delivery (key, job, rule, channel, template, event, session, recipient, address, list, registration,
            kind, is_own, due_at, expires_at, enrolled_at, state, reason, attempts, not_before, told_revision, told_order,
            finished_at)
        SELECT p.key, p.job, p.rule, p.channel, p.template, p.event, p.session, p.recipient, p.address, p.list,
            p.registration, p.kind, p.is_own, p.due_at, p.expires_at, :now,
            CASE WHEN p.reason IS NULL AND :adopt = 0 THEN 'pending' ELSE 'skipped' END,
            CASE WHEN p.reason IS NULL AND :adopt = 1 THEN 'adopted' ELSE p.reason END,
            0, p.due_at,
            CASE WHEN p.reason IS NULL AND :adopt = 1 THEN s.revision END,
            CASE WHEN p.reason IS NULL AND :adopt = 1
                THEN (SELECT value FROM counter WHERE name = 'told') + row_number() OVER (ORDER BY p.reason IS NULL, p.key)
                END,
            CASE WHEN p.reason IS NULL AND :adopt = 0 THEN NULL ELSE :now END
        FROM temp.proposal p JOIN session s ON s.job = p.job AND s.event = p.event AND s.id = p.session
        WHERE true ON CONFLICT (key) DO NOTHING
        """

    private static func supersede(_ db: Database, now: Instant) throws {
        try db.execute(
            sql: """
                UPDATE delivery SET state = 'skipped', finished_at = :now,
                    reason = (SELECT u.reason FROM temp.proposal_superseding u WHERE u.key = delivery.key)
                WHERE key IN (SELECT key FROM temp.proposal_superseding) AND state = 'pending'
                """,
            arguments: ["now": now.secondsSince1970])
    }

    /// All deliveries of a session to recipients, and what is proposed for them, as the planner needs to remember them.
    ///
    /// - Throws: ``LedgerError``.
    package func memory(
        job: String, session: SessionKey, recipients: [RecipientID]
    ) throws(LedgerError) -> [RecipientID: [RememberedDelivery]] {
        try read { db in
            let rows = try Row.fetchCursor(
                db, sql: Self.selectMemory,
                arguments: [
                    "job": job, "event": session.event.rawValue, "session": session.session.rawValue,
                    "recipients": try Snapshot.text(recipients.map(\.rawValue)),
                ])
            var memory: [RecipientID: [RememberedDelivery]] = [:]
            while let row = try rows.next() {
                guard let delivery = RememberedDelivery(row: row) else { continue }
                memory[RecipientID(rawValue: row["recipient"]), default: []].append(delivery)
            }
            return memory
        }
    }

    private static let selectMemory = """
        SELECT d.recipient, d.key, d.rule, d.channel, d.kind, d.registration, d.due_at,
            CASE WHEN u.key IS NOT NULL AND d.state = 'pending' THEN 'skipped' ELSE d.state END AS state,
            CASE WHEN u.key IS NOT NULL AND d.state = 'pending' THEN u.reason ELSE d.reason END AS reason,
            d.told_revision, d.told_order
        FROM delivery d LEFT JOIN temp.proposal_superseding u ON u.key = d.key
        WHERE d.job = :job AND d.event = :event AND d.session = :session
            AND d.recipient IN (SELECT value FROM json_each(:recipients))
        UNION ALL
        SELECT p.recipient, p.key, p.rule, p.channel, p.kind, p.registration, p.due_at,
            CASE WHEN p.reason IS NULL THEN 'pending' ELSE 'skipped' END, p.reason, NULL, NULL
        FROM temp.proposal p
        WHERE p.event = :event AND p.session = :session
            AND p.recipient IN (SELECT value FROM json_each(:recipients))
        """
}

extension RememberedDelivery {
    fileprivate init?(row: Row) {
        guard let key = DedupeKey(hex: row["key"]), let kind = MomentKind(rawValue: row["kind"]),
            let state = DeliveryState(rawValue: row["state"])
        else { return nil }
        self.init(
            key: key, rule: RuleID(rawValue: row["rule"]), channel: ChannelName(rawValue: row["channel"]), kind: kind,
            registration: (row["registration"] as String?).map { RegistrationID(rawValue: $0) },
            dueAt: Instant(secondsSince1970: row["due_at"]), state: state,
            reason: (row["reason"] as String?).flatMap { SkipReason(rawValue: $0) }, toldRevision: row["told_revision"],
            toldOrder: row["told_order"] ?? 0)
    }
}

extension PlannedRow {
    fileprivate init(row: Row, subjects: inout [SessionKey: Line]) throws {
        let session = SessionKey(event: EventID(rawValue: row["event"]), session: SessionID(rawValue: row["session"]))
        if subjects[session] == nil {
            let snapshot: String? = row["snapshot"]
            subjects[session] = try snapshot.map { try Snapshot.value(Session.self, $0).subject }
        }
        guard let key = DedupeKey(hex: row["key"]), let kind = MomentKind(rawValue: row["kind"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a proposal has no key")
        }
        let channel = ChannelName(rawValue: row["channel"])
        self.init(
            key: key, rule: RuleID(rawValue: row["rule"]), channel: channel, template: row["template"],
            subject: subjects[session] ?? Line(cleaning: ""), session: session,
            recipient: row["address"] ?? "[\(channel)]", kind: kind, dueAt: Instant(secondsSince1970: row["due_at"]),
            reason: (row["reason"] as String?).flatMap { SkipReason(rawValue: $0) })
    }
}

extension Delivery {
    fileprivate func arguments(job: String) -> StatementArguments {
        var address: String?
        if case .person(let person) = recipient { address = person.text }
        var reason: String?
        if case .skip(let why) = outcome { reason = why.rawValue }
        var isOwn = false
        if case .registrationCanceled = moment { isOwn = true }
        return [
            "key": key.hex, "job": job, "rule": rule.rawValue, "channel": channel.rawValue, "template": template,
            "event": session.event.rawValue, "session": session.session.rawValue, "recipient": recipient.id.rawValue,
            "address": address, "list": list?.rawValue, "registration": registration?.rawValue,
            "kind": moment.kind.rawValue, "is_own": isOwn, "due_at": dueAt.secondsSince1970,
            "expires_at": expiresAt.secondsSince1970, "reason": reason,
        ]
    }
}

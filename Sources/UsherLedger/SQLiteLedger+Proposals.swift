internal import GRDB
internal import Synchronization
package import UsherModel

/// Proposals are rows of temporary tables of this connection, on disk where they grow, each with the number of its proposal.
extension SQLiteLedger {
    package func beginProposal(under lease: PlanningLease) async throws(LedgerError) -> ProposalID {
        let number = proposals.withLock { number in
            number += 1
            return number
        }
        try await access { db in try Self.createProposalTables(db) }
        return ProposalID(lease: lease, number: number)
    }

    private static func createProposalTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TEMP TABLE IF NOT EXISTS proposal (
                    proposal INTEGER NOT NULL, key TEXT NOT NULL, job TEXT NOT NULL, rule TEXT NOT NULL,
                    channel TEXT NOT NULL, template TEXT NOT NULL, event TEXT NOT NULL, session TEXT NOT NULL,
                    recipient TEXT NOT NULL, address TEXT, list TEXT, registration TEXT, kind TEXT NOT NULL,
                    is_own INTEGER NOT NULL, due_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, reason TEXT,
                    PRIMARY KEY (proposal, key)) STRICT, WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS temp.proposal_of_recipient ON proposal (proposal, event, session, recipient);
                CREATE TEMP TABLE IF NOT EXISTS proposal_superseding (
                    proposal INTEGER NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL,
                    PRIMARY KEY (proposal, key)) STRICT, WITHOUT ROWID;
                CREATE TEMP TABLE IF NOT EXISTS proposal_order (
                    proposal INTEGER NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL,
                    PRIMARY KEY (proposal, position)) STRICT, WITHOUT ROWID;
                """)
    }

    package func propose(
        _ deliveries: [Delivery], superseding: [(key: DedupeKey, reason: SkipReason)], in proposal: ProposalID
    ) async throws(LedgerError) {
        try await read { [steps] db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT INTO temp.proposal (proposal, key, job, rule, channel, template, event, session, recipient,
                        address, list, registration, kind, is_own, due_at, expires_at, reason)
                    VALUES (:proposal, :key, :job, :rule, :channel, :template, :event, :session, :recipient, :address,
                        :list, :registration, :kind, :is_own, :due_at, :expires_at, :reason) ON CONFLICT DO NOTHING
                    """)
            for delivery in deliveries { try insert.execute(arguments: delivery.arguments(in: proposal)) }
            for item in superseding {
                let arguments: StatementArguments = [
                    "proposal": proposal.number, "reason": item.reason.rawValue, "key": item.key.hex,
                ]
                try db.executeCached(
                    sql: """
                        UPDATE temp.proposal SET reason = :reason
                        WHERE proposal = :proposal AND key = :key AND reason IS NULL
                        """,
                    arguments: arguments)
                guard db.changesCount == 0 else { continue }
                try db.executeCached(
                    sql: """
                        INSERT INTO temp.proposal_superseding (proposal, key, reason) VALUES (:proposal, :key, :reason)
                        ON CONFLICT DO NOTHING
                        """,
                    arguments: arguments)
            }
            // Nothing of this is durable, but a process may die here as well.
            steps.pass("ledger.propose")
        }
    }

    package func summary(of proposal: ProposalID) async throws(LedgerError) -> PlanSummary {
        try await read { db in
            let arguments: StatementArguments = ["proposal": proposal.number]
            var skips: [SkipReason: Int] = [:]
            var digest = RunningDigest()
            var sends = 0
            // In one pass, in the order of the primary key: grouping by reason would sort a table that can be large.
            let rows = try Row.fetchCursor(
                db, sql: "SELECT key, reason FROM temp.proposal WHERE proposal = :proposal ORDER BY key",
                arguments: arguments)
            while let row = try rows.next() {
                if let reason = row["reason"] as String? {
                    SkipReason(rawValue: reason).map { skips[$0, default: 0] += 1 }
                } else {
                    digest.add(row["key"])
                    sends += 1
                }
            }
            let reasons = try String.fetchCursor(
                db, sql: "SELECT reason FROM temp.proposal_superseding WHERE proposal = :proposal",
                arguments: arguments)
            while let reason = try reasons.next() { SkipReason(rawValue: reason).map { skips[$0, default: 0] += 1 } }
            return PlanSummary(sends: sends, skips: skips, digest: String(digest.hex.prefix(16)))
        }
    }

    package func rows(of proposal: ProposalID, from offset: Int, limit: Int) async throws(LedgerError) -> [PlannedRow] {
        try await read(shadowing: .sessions(job: proposal.job)) { db in
            // Sorted once, for all pages.
            if offset == 0 { try Self.order(proposal, db) }
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT p.*, s.snapshot FROM temp.proposal_order o
                    JOIN temp.proposal p ON p.proposal = o.proposal AND p.key = o.key
                    LEFT JOIN session s ON s.job = p.job AND s.event = p.event AND s.id = p.session
                    WHERE o.proposal = :proposal AND o.position > :offset ORDER BY o.position LIMIT :limit
                    """,
                arguments: ["proposal": proposal.number, "offset": offset, "limit": limit])
            var subjects: [SessionKey: Line] = [:]
            var page: [PlannedRow] = []
            while let row = try rows.next() { page.append(try PlannedRow(row: row, subjects: &subjects)) }
            return page
        }
    }

    private static func order(_ proposal: ProposalID, _ db: Database) throws {
        let arguments: StatementArguments = ["proposal": proposal.number]
        try db.execute(sql: "DELETE FROM temp.proposal_order WHERE proposal = :proposal", arguments: arguments)
        try db.execute(
            sql: """
                INSERT INTO temp.proposal_order (proposal, position, key)
                SELECT proposal, row_number() OVER (ORDER BY due_at, event, session, address, rule), key
                FROM temp.proposal WHERE proposal = :proposal
                """,
            arguments: arguments)
    }

    @discardableResult
    package func enrol(_ proposal: ProposalID, now: Instant) async throws(LedgerError) -> Int {
        try await access { db in
            let (count, before) = try self.transaction(db, "ledger.enrol") { db in
                try self.check(proposal.lease, db)
                var count = try Self.insert(proposal, db, now: now, isAdopted: false)
                let before = try Self.adopts(proposal, db) ? try Counts(db).told : nil
                if before != nil {
                    // What is left is known to its recipients, and nothing else of the proposal is inserted twice.
                    count += try Self.insert(proposal, db, now: now, isAdopted: true)
                    try Self.countTold(db)
                }
                try Self.supersede(proposal, db, now: now)
                try Self.drop(proposal, db)
                return (count, before)
            }
            if let before { try self.witnessAdopted(after: before, now, db) }
            return count
        }
    }

    package func adopt(_ proposal: ProposalID, now: Instant) async throws(LedgerError) {
        try await access { db in
            let before = try self.transaction(db, "ledger.adopt") { db in
                try self.check(proposal.lease, db)
                let before = try Counts(db).told
                _ = try Self.insert(proposal, db, now: now, isAdopted: true)
                try Self.supersede(proposal, db, now: now)
                try Self.countTold(db)
                try Self.adoptPending(proposal.job, db, now: now)
                try Self.countTold(db)
                try Self.drop(proposal, db)
                return before
            }
            try self.witnessAdopted(after: before, now, db)
        }
    }

    /// What waits to be sent and is due counts as told, too, at the present revision of its session.
    private static func adoptPending(_ job: String, _ db: Database, now: Instant) throws {
        try db.execute(
            sql: """
                UPDATE delivery SET state = 'skipped', reason = 'adopted', finished_at = :now, told_revision = w.revision,
                    told_order = (SELECT value FROM counter WHERE name = 'told') + w.number
                FROM (SELECT d.key, s.revision, row_number() OVER (ORDER BY d.key) AS number FROM delivery d
                    JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE d.job = :job AND d.state = 'pending' AND d.due_at <= :now) w
                WHERE delivery.key = w.key
                """,
            arguments: ["job": job, "now": now.secondsSince1970])
    }

    /// Whether a proposal records something as told that it does not send.
    private static func adopts(_ proposal: ProposalID, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM temp.proposal WHERE proposal = ? AND reason = 'adopted')",
            arguments: [proposal.number]) ?? false
    }

    private static func countTold(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE counter SET value = max(value, (SELECT coalesce(max(told_order), 0) FROM delivery))
                WHERE name = 'told'
                """)
    }

    package func discard(_ proposal: ProposalID) async throws(LedgerError) {
        try await read { db in try Self.drop(proposal, db) }
    }

    private static func drop(_ proposal: ProposalID, _ db: Database) throws {
        for table in ["proposal", "proposal_superseding", "proposal_order"] {
            try db.execute(sql: "DELETE FROM temp.\(table) WHERE proposal = ?", arguments: [proposal.number])
        }
    }

    private static func insert(_ proposal: ProposalID, _ db: Database, now: Instant, isAdopted: Bool) throws -> Int {
        try db.execute(
            sql: isAdopted ? insertAdopted : insertDue,
            arguments: ["proposal": proposal.number, "now": now.secondsSince1970])
        return db.changesCount
    }

    private static let insertDue = """
        INSERT INTO delivery (key, job, rule, channel, template, event, session, recipient, address, list, registration,
            kind, is_own, due_at, expires_at, enrolled_at, state, reason, attempts, not_before, finished_at)
        SELECT p.key, p.job, p.rule, p.channel, p.template, p.event, p.session, p.recipient, p.address, p.list,
            p.registration, p.kind, p.is_own, p.due_at, p.expires_at, :now,
            CASE WHEN p.reason IS NULL THEN 'pending' ELSE 'skipped' END, p.reason, 0, p.due_at,
            CASE WHEN p.reason IS NULL THEN NULL ELSE :now END
        FROM temp.proposal p JOIN session s ON s.job = p.job AND s.event = p.event AND s.id = p.session
        WHERE p.proposal = :proposal AND p.reason IS NOT 'adopted' ON CONFLICT (key) DO NOTHING
        """

    /// What was to be sent has told its recipients the present revision, one after the other.
    private static let insertAdopted = """
        INSERT INTO delivery (key, job, rule, channel, template, event, session, recipient, address, list, registration,
            kind, is_own, due_at, expires_at, enrolled_at, state, reason, attempts, not_before, told_revision, told_order,
            finished_at)
        SELECT p.key, p.job, p.rule, p.channel, p.template, p.event, p.session, p.recipient, p.address, p.list,
            p.registration, p.kind, p.is_own, p.due_at, p.expires_at, :now, 'skipped', coalesce(p.reason, 'adopted'),
            0, p.due_at, CASE WHEN p.reason IS NULL OR p.reason = 'adopted' THEN s.revision END,
            CASE WHEN p.reason IS NULL OR p.reason = 'adopted'
                THEN (SELECT value FROM counter WHERE name = 'told') + row_number() OVER (ORDER BY p.reason IS NULL, p.key)
                END, :now
        FROM temp.proposal p JOIN session s ON s.job = p.job AND s.event = p.event AND s.id = p.session
        WHERE p.proposal = :proposal ON CONFLICT (key) DO NOTHING
        """

    private static func supersede(_ proposal: ProposalID, _ db: Database, now: Instant) throws {
        try db.execute(
            sql: """
                UPDATE delivery SET state = 'skipped', finished_at = :now,
                    reason = (SELECT u.reason FROM temp.proposal_superseding u
                        WHERE u.proposal = :proposal AND u.key = delivery.key)
                WHERE key IN (SELECT key FROM temp.proposal_superseding WHERE proposal = :proposal) AND state = 'pending'
                """,
            arguments: ["proposal": proposal.number, "now": now.secondsSince1970])
    }

    package func memory(
        job: String, session: SessionKey, recipients: [RecipientID], in proposal: ProposalID?
    ) async throws(LedgerError) -> [RecipientID: [RememberedDelivery]] {
        try await read { db in
            try Self.createProposalTables(db)
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: Self.selectMemory),
                arguments: [
                    "job": job, "event": session.event.rawValue, "session": session.session.rawValue,
                    "recipients": try Snapshot.text(recipients.map(\.rawValue)), "proposal": proposal?.number ?? 0,
                ])
            var memory: [RecipientID: [RememberedDelivery]] = [:]
            while let row = try rows.next() {
                guard let delivery = RememberedDelivery(row: row) else { continue }
                memory[RecipientID(rawValue: row["recipient"]), default: []].append(delivery)
            }
            return memory
        }
    }

    package func seriesMemory(
        job: String, besides session: SessionKey, rules: [RuleID], recipients: [RecipientID]
    ) async throws(LedgerError) -> [RecipientID: [SeriesMemory]] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT recipient, rule, registration, max(coalesce(told_order, doubted_order) IS NOT NULL) AS is_told,
                        max(state IN ('pending', 'claimed', 'wire')) AS is_open, max(state = 'failed') AS is_failed
                    FROM delivery INDEXED BY delivery_by_person
                    WHERE recipient IN (SELECT value FROM json_each(:recipients)) AND job = :job AND event = :event
                        AND session <> :session AND rule IN (SELECT value FROM json_each(:rules))
                    GROUP BY recipient, rule, registration
                    """,
                arguments: [
                    "job": job, "event": session.event.rawValue, "session": session.session.rawValue,
                    "rules": try Snapshot.text(rules.map(\.rawValue)),
                    "recipients": try Snapshot.text(recipients.map(\.rawValue)),
                ])
            var memory: [RecipientID: [SeriesMemory]] = [:]
            while let row = try rows.next() {
                memory[RecipientID(rawValue: row["recipient"]), default: []].append(
                    SeriesMemory(
                        rule: RuleID(rawValue: row["rule"]),
                        registration: (row["registration"] as String?).map { RegistrationID(rawValue: $0) },
                        isTold: row["is_told"], isOpen: row["is_open"], isFailed: row["is_failed"]))
            }
            return memory
        }
    }

    private static let selectMemory = """
        SELECT d.recipient, d.key, d.rule, d.channel, d.kind, d.registration, d.is_own, d.due_at, d.enrolled_at, d.not_before,
            d.finished_at, d.list IS NOT NULL AND d.address IS NULL AS is_forgotten,
            CASE WHEN u.key IS NOT NULL AND d.state = 'pending' THEN 'skipped' ELSE d.state END AS state,
            CASE WHEN u.key IS NOT NULL AND d.state = 'pending' THEN u.reason ELSE d.reason END AS reason,
            coalesce(d.told_revision, d.doubted_revision) AS told_revision, coalesce(d.told_order, d.doubted_order) AS told_order
        FROM delivery d LEFT JOIN temp.proposal_superseding u ON u.proposal = :proposal AND u.key = d.key
        WHERE d.job = :job AND d.event = :event AND d.session = :session
            AND d.recipient IN (SELECT value FROM json_each(:recipients))
        UNION ALL
        SELECT p.recipient, p.key, p.rule, p.channel, p.kind, p.registration, p.is_own, p.due_at, p.due_at, p.due_at, NULL, 0,
            CASE WHEN p.reason IS NULL THEN 'pending' ELSE 'skipped' END, p.reason, NULL, NULL
        FROM temp.proposal p
        WHERE p.proposal = :proposal AND p.event = :event AND p.session = :session
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
            isOwnCancellation: row["is_own"], dueAt: Instant(secondsSince1970: row["due_at"]),
            enrolledAt: Instant(secondsSince1970: row["enrolled_at"]),
            notBefore: Instant(secondsSince1970: row["not_before"]),
            finishedAt: (row["finished_at"] as Int64?).map { Instant(secondsSince1970: $0) }, state: state,
            reason: (row["reason"] as String?).flatMap { SkipReason(rawValue: $0) }, isForgotten: row["is_forgotten"],
            toldRevision: row["told_revision"], toldOrder: row["told_order"] ?? 0)
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
    fileprivate func arguments(in proposal: ProposalID) -> StatementArguments {
        var address: String?
        if case .person(let person) = recipient { address = person.text }
        var reason: String?
        if case .skip(let why) = outcome { reason = why.rawValue }
        var isOwn = false
        if case .registrationCanceled = moment { isOwn = true }
        return [
            "proposal": proposal.number, "key": key.hex, "job": proposal.job, "rule": rule.rawValue,
            "channel": channel.rawValue, "template": template,
            "event": session.event.rawValue, "session": session.session.rawValue, "recipient": recipient.id.rawValue,
            "address": address, "list": list?.rawValue, "registration": registration?.rawValue,
            "kind": moment.kind.rawValue, "is_own": isOwn, "due_at": dueAt.secondsSince1970,
            "expires_at": expiresAt.secondsSince1970, "reason": reason,
        ]
    }
}

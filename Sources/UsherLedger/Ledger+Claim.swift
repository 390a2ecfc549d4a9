internal import GRDB
package import UsherModel

/// The right to send one delivery, under a lease; only the ledger hands it out.
package struct Claim: Hashable, Sendable {
    /// The dedupe key.
    package let key: DedupeKey
    /// The rule.
    package let rule: RuleID
    /// The channel.
    package let channel: ChannelName
    /// The template that the rule named when the delivery was enrolled.
    package let template: String
    /// Who it goes to.
    package let recipient: Recipient
    /// What it is about.
    package let kind: MomentKind
    /// Whether it tells that the recipient's own registration is canceled, not the session.
    package let isOwnCancellation: Bool
    /// When it fell due.
    package let dueAt: Instant
    /// When it loses its point.
    package let expiresAt: Instant
    /// Which attempt this is, counted from 1.
    package let attempt: Int
    /// The session as it is remembered at this moment.
    package let session: SessionMemory
    /// The recipient's registration; nil for a channel.
    package let attendee: Attendee?
    /// The session as this recipient was told it last over this channel, where that differs.
    package let previous: Session?
    /// The first delivery that told this recipient of the session over this channel: what a reply refers to.
    package let firstTold: DedupeKey?
    let owner: Owner
}

/// What a claim brought.
package struct ClaimBatch: Sendable {
    /// What may be sent.
    package let claims: [Claim]
    /// How many were too late and are skipped.
    package let expired: Int
}

extension Ledger {
    /// Whether anything of a channel is due.
    ///
    /// - Throws: ``LedgerError``.
    package func hasDue(job: String, channel: ChannelName, now: Instant) throws(LedgerError) -> Bool {
        try read { db in
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM delivery d JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                            WHERE d.job = :job AND d.channel = :channel AND d.state = 'pending' AND d.not_before <= :now
                                AND (s.status = 'published' OR d.kind = 'canceled'))
                        """),
                arguments: ["job": job, "channel": channel.rawValue, "now": now.secondsSince1970]) ?? false
        }
    }

    /// Takes up deliveries of a channel that are due, oldest first; what is past its expiry is skipped.
    ///
    /// A delivery of a session that is not on stays where it is, unless it tells of the cancellation: the next plan decides.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - limit: How many at most.
    ///   - owner: Who takes them up.
    ///   - until: When the lease ends, by the clock.
    ///   - now: The time of the run.
    ///   - isExpiring: Whether what is too late is looked for; once in a run is enough, as its time stands still.
    /// - Returns: The claims; each is this owner's alone.
    /// - Throws: ``LedgerError``.
    package func claim(
        job: String, channel: ChannelName, limit: Int, owner: Owner, until: Instant, now: Instant,
        isExpiring: Bool = true
    ) throws(LedgerError) -> ClaimBatch {
        guard try hasDue(job: job, channel: channel, now: now) else { return ClaimBatch(claims: [], expired: 0) }
        var reader = ClaimReader(job: job, channel: channel, owner: owner)
        let (expired, claimed) = try write("ledger.claim") { db in
            let expired = isExpiring ? try Self.expire(db, job: job, channel: channel, now: now) : 0
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: Self.takeUp),
                arguments: [
                    "owner": owner.rawValue, "until": until.secondsSince1970, "job": job, "channel": channel.rawValue,
                    "now": now.secondsSince1970, "limit": limit,
                ])
            var claimed: [ClaimReader.ClaimedRow] = []
            while let row = try rows.next() { claimed.append(try reader.find(row, db)) }
            return (expired, claimed)
        }
        // Others may have the file meanwhile.
        do {
            let claims = try claimed.compactMap { try reader.claim($0) }
            return ClaimBatch(claims: claims.sorted { ($0.dueAt, $0.key) < ($1.dueAt, $1.key) }, expired: expired)
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    private static let takeUp = """
        UPDATE delivery SET state = 'claimed', owner = :owner, lease_until = :until, attempts = attempts + 1
        WHERE key IN (
            SELECT d.key FROM delivery d
            JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
            WHERE d.job = :job AND d.channel = :channel AND d.state = 'pending' AND d.not_before <= :now
                AND d.expires_at > :now AND (s.status = 'published' OR d.kind = 'canceled')
            ORDER BY d.due_at, d.key LIMIT :limit)
        RETURNING \(ClaimColumn.allCases.map(\.sql).joined(separator: ", "))
        """

    private static func expire(_ db: Database, job: String, channel: ChannelName, now: Instant) throws -> Int {
        try db.execute(
            sql: """
                UPDATE delivery SET state = 'skipped', reason = 'expired', finished_at = :now
                WHERE job = :job AND channel = :channel AND state = 'pending' AND expires_at <= :now
                """,
            arguments: ["job": job, "channel": channel.rawValue, "now": now.secondsSince1970])
        return db.changesCount
    }
}

/// What the claiming statement says of a delivery, in this order.
private enum ClaimColumn: Int, CaseIterable {
    case key, rule, template, event, session, recipient, address, kind, isOwn, dueAt, expiresAt, attempts
    case attendee, firstTold

    var sql: String {
        switch self {
        case .isOwn: "is_own"
        case .dueAt: "due_at"
        case .expiresAt: "expires_at"
        case .attendee:
            """
            (SELECT r.attendee FROM registration r
                WHERE r.job = delivery.job AND r.list = delivery.list AND r.id = delivery.registration)
            """
        // Of the deliveries that told this recipient of the session over this channel, the first.
        case .firstTold:
            """
            (SELECT t.key FROM delivery t INDEXED BY delivery_of_recipient
                WHERE t.job = delivery.job AND t.event = delivery.event AND t.session = delivery.session
                    AND t.recipient = delivery.recipient AND t.channel = delivery.channel AND t.told_order IS NOT NULL
                ORDER BY t.told_order LIMIT 1)
            """
        default: "\(self)"
        }
    }
}

/// Reads what a claim needs beside its row, and then makes the claim of it; sessions are decoded once a batch.
private struct ClaimReader {
    /// What the file says of one delivery.
    struct ClaimedRow {
        let key: String
        let rule: String
        let template: String
        let recipient: String
        let address: String?
        let kind: String
        let isOwn: Bool
        let dueAt: Int64
        let expiresAt: Int64
        let attempts: Int
        let attendee: String?
        let firstTold: String?
        let session: SessionMemory?
        let previous: Session?
    }

    let job: String
    let channel: ChannelName
    let owner: Owner
    private var sessions: [SessionKey: SessionMemory] = [:]
    private var revisions: [String: Session] = [:]

    init(job: String, channel: ChannelName, owner: Owner) {
        (self.job, self.channel, self.owner) = (job, channel, owner)
    }

    // MARK: While the file is held

    mutating func find(_ row: Row, _ db: Database) throws -> ClaimedRow {
        func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: ClaimColumn) -> Value {
            row[column.rawValue]
        }
        func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: ClaimColumn) -> Value? {
            row[column.rawValue]
        }
        let key = SessionKey(
            event: EventID(rawValue: value(.event)), session: SessionID(rawValue: value(.session)))
        let memory = try session(key, db)
        let first: String? = optional(.firstTold)
        let told = try first == nil ? nil : lastTold(key, to: value(.recipient), db)
        return ClaimedRow(
            key: value(.key), rule: value(.rule), template: value(.template), recipient: value(.recipient),
            address: optional(.address), kind: value(.kind), isOwn: value(.isOwn), dueAt: value(.dueAt),
            expiresAt: value(.expiresAt), attempts: value(.attempts), attendee: optional(.attendee),
            firstTold: first, session: memory,
            previous: told == memory?.revision ? nil : try previous(key, told, db))
    }

    private mutating func session(_ key: SessionKey, _ db: Database) throws -> SessionMemory? {
        if let known = sessions[key] { return known }
        // GRDB has SQLite prepare all statements anew once one is that it has not kept.
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM session WHERE job = ? AND event = ? AND id = ?"),
            arguments: [job, key.event.rawValue, key.session.rawValue])
        let memory = try row.map { try SessionMemory(row: $0) }
        sessions[key] = memory
        return memory
    }

    /// The revision of the session that this recipient was told last over this channel.
    private func lastTold(_ key: SessionKey, to recipient: String, _ db: Database) throws -> Int? {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT told_revision FROM delivery INDEXED BY delivery_of_recipient
                    WHERE job = ? AND event = ? AND session = ? AND recipient = ? AND channel = ? AND told_order IS NOT NULL
                    ORDER BY told_order DESC LIMIT 1
                    """),
            arguments: [job, key.event.rawValue, key.session.rawValue, recipient, channel.rawValue])
    }

    private mutating func previous(_ key: SessionKey, _ revision: Int?, _ db: Database) throws -> Session? {
        guard let revision else { return nil }
        let name = "\(key) \(revision)"
        if let known = revisions[name] { return known }
        let text = try String.fetchOne(
            db.cachedStatement(
                sql: "SELECT snapshot FROM session_revision WHERE job = ? AND event = ? AND id = ? AND revision = ?"),
            arguments: [job, key.event.rawValue, key.session.rawValue, revision])
        let session = try text.map { try Snapshot.value(Session.self, $0) }
        revisions[name] = session
        return session
    }

    // MARK: After it

    func claim(_ row: ClaimedRow) throws -> Claim? {
        guard let dedupe = DedupeKey(hex: row.key), let kind = MomentKind(rawValue: row.kind),
            let memory = row.session
        else { return nil }
        let attendee = try row.attendee.map { try Snapshot.value(Attendee.self, $0) }
        guard let recipient = try recipient(row, attendee) else { return nil }
        return Claim(
            key: dedupe, rule: RuleID(rawValue: row.rule), channel: channel, template: row.template,
            recipient: recipient, kind: kind, isOwnCancellation: row.isOwn,
            dueAt: Instant(secondsSince1970: row.dueAt), expiresAt: Instant(secondsSince1970: row.expiresAt),
            attempt: row.attempts, session: memory, attendee: attendee, previous: row.previous,
            firstTold: row.firstTold.flatMap { DedupeKey(hex: $0) }, owner: owner)
    }

    /// A person who was forgotten has no address any more: there is no one to send to.
    private func recipient(_ row: ClaimedRow, _ attendee: Attendee?) throws -> Recipient? {
        if let address = row.address {
            if let attendee, attendee.address.text == address { return .person(attendee.address) }
            return .person(try Address(address))
        }
        let channel = Recipient.channel(channel)
        return channel.id.rawValue == row.recipient ? channel : nil
    }
}

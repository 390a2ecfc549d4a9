internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func hasDue(job: String, channel: ChannelName, now: Instant) async throws(LedgerError) -> Bool {
        try await read { db in try Self.hasDue(job, channel, now, db) }
    }

    private static func hasDue(_ job: String, _ channel: ChannelName, _ now: Instant, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM delivery d
                        JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                        WHERE d.job = :job AND d.channel = :channel AND d.state = 'pending' AND d.not_before <= :now
                            AND (s.status <> 'draft' OR d.kind = 'canceled') AND s.is_held = 0)
                    """),
            arguments: ["job": job, "channel": channel.rawValue, "now": now.secondsSince1970]) ?? false
    }

    package func claim(
        job: String, channel: ChannelName, limit: Int, order: ClaimOrder, owner: Owner, until: Instant, now: Instant
    ) async throws(LedgerError) -> ClaimBatch {
        let (expired, claimed) = try await access { db -> (Int, [ClaimedRow]) in
            // Where nothing is due, the lock is not even asked for.
            guard try Self.hasDue(job, channel, now, db) || Self.hasExpired(job, channel, now, db) else {
                return (0, [])
            }
            return try self.transaction(db, "ledger.claim") { db in
                let expired = try Self.expire(db, job: job, channel: channel, now: now)
                let secrets = try Self.secrets(db)
                var reader = ClaimReader(job: job, channel: channel, now: now, secrets: secrets)
                let arguments: StatementArguments = [
                    "owner": owner.rawValue, "until": until.secondsSince1970, "job": job,
                    "channel": channel.rawValue, "now": now.secondsSince1970, "secret": secrets?.number,
                ]
                var claimed: [ClaimedRow] = []
                // What turns out to be moot does not count, so that a batch of it does not end the run.
                while claimed.count < limit {
                    let rows = try Row.fetchAll(
                        db.cachedStatement(sql: order == .oldest ? Self.claimOldest : Self.claimUntried),
                        arguments: arguments + ["limit": limit - claimed.count])
                    if rows.isEmpty { break }
                    for row in rows { if let row = try reader.read(row, db) { claimed.append(row) } }
                }
                return (expired, claimed)
            }
        }
        // Decoded here, off the connection's queue: the next call need not wait for it.
        do {
            let claims = try claimed.compactMap { try $0.claim(channel, owner) }
            return ClaimBatch(claims: claims.sorted { ($0.dueAt, $0.key) < ($1.dueAt, $1.key) }, expired: expired)
        } catch {
            throw LedgerError(error, location: location)
        }
    }

    /// The id of what has never left is made with the newest secret.
    ///
    /// What is sent again after a doubt goes before anything newer to the same recipient: it tells older facts.
    private static func claimDue(by order: String) -> String {
        """
        UPDATE delivery SET state = 'claimed', owner = :owner, lease_until = :until, attempts = attempts + 1,
            secret = coalesce(secret, CASE WHEN attempts = 0 AND doubted_order IS NULL THEN :secret END)
        WHERE key IN (
            SELECT d.key FROM delivery d
            JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
            WHERE d.job = :job AND d.channel = :channel AND d.state = 'pending' AND d.not_before <= :now
                AND (s.status <> 'draft' OR d.kind = 'canceled') AND s.is_held = 0
                AND NOT EXISTS (SELECT 1 FROM delivery t INDEXED BY delivery_of_recipient
                    WHERE t.job = d.job AND t.event = d.event AND t.session = d.session AND t.recipient = d.recipient
                        AND t.channel = d.channel AND t.key <> d.key AND t.doubted_order IS NOT NULL
                        AND t.state IN ('pending', 'claimed', 'wire'))
            ORDER BY \(order) LIMIT :limit)
        RETURNING \(ClaimColumn.allCases.map(\.sql).joined(separator: ", "))
        """
    }

    private static let claimOldest = claimDue(by: "d.due_at, d.key")
    private static let claimUntried = claimDue(by: "d.refused IS NOT NULL, d.due_at, d.key")

    private static func hasExpired(
        _ job: String, _ channel: ChannelName, _ now: Instant, _ db: Database
    ) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM delivery INDEXED BY delivery_expiring
                        WHERE job = ? AND channel = ? AND state = 'pending' AND expires_at <= ?)
                    """),
            arguments: [job, channel.rawValue, now.secondsSince1970]) ?? false
    }

    private static func expire(_ db: Database, job: String, channel: ChannelName, now: Instant) throws -> Int {
        try db.executeCached(
            sql: """
                UPDATE delivery INDEXED BY delivery_expiring SET state = 'skipped', reason = 'expired', finished_at = :now,
                    evidence = coalesce(evidence,
                        (SELECT t.reason FROM channel_trouble t WHERE t.job = :job AND t.channel = :channel))
                WHERE job = :job AND channel = :channel AND state = 'pending' AND expires_at <= :now
                """,
            arguments: ["job": job, "channel": channel.rawValue, "now": now.secondsSince1970])
        return db.changesCount
    }

    package func backlog(
        job: String, channel: ChannelName, owner: Owner, now: Instant
    ) async throws(LedgerError) -> Backlog {
        try await read { db in
            let isBeingSent = try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM delivery WHERE job = ? AND owner <> ? AND state IN ('claimed', 'wire')
                        AND channel = ?)
                    """,
                arguments: [job, owner.rawValue, channel.rawValue])
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT count(*) AS number, min(d.not_before) AS next, min(\(Self.deadline)) AS expiry, d.refused,
                        min(d.due_at) AS since, max(d.evidence) AS evidence
                    FROM delivery d JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
                    WHERE d.job = :job AND d.channel = :channel AND d.state = 'pending' AND d.due_at <= :now
                        AND (s.status <> 'draft' OR d.kind = 'canceled') AND s.is_held = 0
                    GROUP BY d.refused ORDER BY d.refused
                    """,
                arguments: ["job": job, "channel": channel.rawValue, "now": now.secondsSince1970])
            return try Backlog(rows, isBeingSent: isBeingSent ?? false)
        }
    }

    /// Until when a pending delivery must be tried: what took the place of a reminder serves that one's purpose, too.
    private static let deadline = """
        min(d.expires_at, coalesce((SELECT min(o.expires_at) FROM delivery o INDEXED BY delivery_of_recipient
            WHERE o.job = d.job AND o.event = d.event AND o.session = d.session AND o.recipient = d.recipient
                AND o.channel = d.channel AND o.reason IN ('superseded', 'told by change') AND o.expires_at > :now
                AND d.kind <> 'canceled'), d.expires_at))
        """

    package func expiring(
        job: String, channel: ChannelName, after: Instant, until: Instant
    ) async throws(LedgerError) -> Expiring {
        try await read { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT sum(state IN ('pending', 'claimed')) AS waiting, sum(state IN ('wire', 'in_doubt')) AS doubtful FROM (
                        SELECT channel, state, expires_at FROM delivery INDEXED BY delivery_expiring
                        WHERE job = :job AND channel = :channel AND state = 'pending' AND expires_at > :after
                        UNION ALL
                        SELECT channel, state, expires_at FROM delivery INDEXED BY delivery_held
                        WHERE job = :job AND state IN ('claimed', 'wire')
                        UNION ALL
                        SELECT channel, state, expires_at FROM delivery INDEXED BY delivery_doubtful
                        WHERE job = :job AND channel = :channel AND state = 'in_doubt')
                    WHERE channel = :channel AND expires_at > :after AND expires_at <= :until
                    """,
                arguments: [
                    "job": job, "channel": channel.rawValue, "after": after.secondsSince1970,
                    "until": until.secondsSince1970,
                ])
            // Both are NULL where there is none.
            let (waiting, doubtful): (Int?, Int?) = try (row?.value("waiting"), row?.value("doubtful"))
            return Expiring(waiting: waiting ?? 0, doubtful: doubtful ?? 0)
        }
    }
}

extension Backlog {
    /// Reads one row for each scope of refusals, and one for what was not refused.
    fileprivate init(_ rows: [Row], isBeingSent: Bool) throws {
        let refused = try rows.compactMap { row -> Part? in
            let (scope, evidence): (String?, String?) = try (row.value("refused"), row.value("evidence"))
            guard let scope = scope.flatMap({ RefusalScope(rawValue: $0) }) else { return nil }
            return try Part(
                refusal: Refusal(scope, evidence ?? ""), count: row.value("number"), since: row.instant("since"))
        }
        let next: [Int64] = try rows.compactMap { try $0.value("next") }
        let expiries: [Int64] = try rows.compactMap { try $0.value("expiry") }
        self.init(
            count: try rows.reduce(0) { sum, row in sum + (try row.value("number") as Int) },
            nextAt: next.min().map { Instant(secondsSince1970: $0) },
            firstExpiry: expiries.min().map { Instant(secondsSince1970: $0) },
            refused: refused, isBeingSent: isBeingSent)
    }
}

/// What the claiming statement returns of a delivery, in this order.
private enum ClaimColumn: Int, CaseIterable {
    case key, rule, template, event, session, recipient, address, kind, isOwn, dueAt, expiresAt, attempts
    case attendee, firstTold, reason, doubtedRevision, doubtedOrder, renderedAt, contentDigest, refused, secret

    var sql: String {
        switch self {
        case .isOwn: "is_own"
        case .dueAt: "due_at"
        case .expiresAt: "expires_at"
        case .doubtedRevision: "doubted_revision"
        case .doubtedOrder: "doubted_order"
        case .renderedAt: "rendered_at"
        case .contentDigest: "content_digest"
        case .reason:
            """
            (SELECT \(Mootness.sql(of: "delivery")) FROM session s
                WHERE s.job = delivery.job AND s.event = delivery.event AND s.id = delivery.session)
            """
        case .attendee:
            """
            (SELECT r.attendee FROM registration r
                WHERE r.job = delivery.job AND r.list = delivery.list AND r.id = delivery.registration)
            """
        // Of the deliveries that told this recipient of the session over this channel, the first. A delivery that is sent again after a
        // doubt looks back only as far as it did then.
        case .firstTold:
            """
            (SELECT t.key || coalesce(t.secret, '') FROM delivery t INDEXED BY delivery_of_recipient
                WHERE t.job = delivery.job AND t.event = delivery.event AND t.session = delivery.session
                    AND t.recipient = delivery.recipient AND t.channel = delivery.channel
                    AND coalesce(t.told_order, t.doubted_order) < coalesce(delivery.doubted_order, 9223372036854775807)
                ORDER BY coalesce(t.told_order, t.doubted_order) LIMIT 1)
            """
        default: "\(self)"
        }
    }
}

/// What the file holds of one claimed delivery.
private struct ClaimedRow: Sendable {
    let key: DedupeKey
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
    let id: DeliveryID
    let firstTold: DeliveryID?
    let ownCancellations: Int
    let session: SessionMemory?
    let previous: Session?
    let repeated: RenderedContent?
    let refused: String?

    func claim(_ channel: ChannelName, _ owner: Owner) throws -> Claim? {
        guard let kind = MomentKind(rawValue: kind), let session else { return nil }
        let attendee = try attendee.map { try Snapshot.value(Attendee.self, $0) }
        guard let recipient = try recipient(at: channel, attendee) else { return nil }
        return Claim(
            key: key, id: id, rule: RuleID(rawValue: rule), channel: channel, template: template, recipient: recipient,
            kind: kind, isOwnCancellation: isOwn, dueAt: Instant(secondsSince1970: dueAt),
            expiresAt: Instant(secondsSince1970: expiresAt), attempt: attempts, session: session, attendee: attendee,
            previous: previous, firstTold: firstTold, ownCancellations: ownCancellations,
            repeated: repeated, refused: refused.flatMap { RefusalScope(rawValue: $0) }, owner: owner)
    }

    /// A person who was forgotten has no address any more: there is no one to send to.
    private func recipient(at channel: ChannelName, _ attendee: Attendee?) throws -> Recipient? {
        if let address {
            if let attendee, attendee.address.text == address { return .person(attendee.address) }
            return .person(try Address(address))
        }
        let channel = Recipient.channel(channel)
        return channel.id.rawValue == recipient ? channel : nil
    }
}

/// Reads what a claim needs beside its row; sessions are decoded once per batch.
private struct ClaimReader {
    let job: String
    let channel: ChannelName
    let now: Instant
    let secrets: LedgerSecrets?
    private var sessions: [SessionKey: SessionMemory] = [:]
    private var revisions: [String: Revision] = [:]

    private struct Revision {
        let session: Session
        let seenAt: Instant
    }

    init(job: String, channel: ChannelName, now: Instant, secrets: LedgerSecrets?) {
        (self.job, self.channel, self.now, self.secrets) = (job, channel, now, secrets)
    }

    /// - Returns: nil where the delivery is no longer to be sent; it is skipped then.
    mutating func read(_ row: Row, _ db: Database) throws -> ClaimedRow? {
        func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: ClaimColumn) -> Value {
            row[column.rawValue]
        }
        func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: ClaimColumn) -> Value? {
            row[column.rawValue]
        }
        if let reason: String = optional(.reason) {
            try Mootness.skip(value(.key), reason, now, db)
            return nil
        }
        guard let delivery = DedupeKey(hex: value(.key)) else { return nil }
        let key = SessionKey(
            event: EventID(rawValue: value(.event)), session: SessionID(rawValue: value(.session)))
        let doubted: (revision: Int, order: Int64)? = optional(.doubtedRevision).flatMap { revision in
            optional(.doubtedOrder).map { (revision, $0) }
        }
        let memory = try session(key, at: doubted?.revision, db)
        let first: String? = optional(.firstTold)
        let told = try first == nil ? nil : lastTold(key, to: value(.recipient), before: doubted?.order, db)
        var repeated: RenderedContent?
        if doubted != nil, let at: Int64 = optional(.renderedAt) {
            repeated = RenderedContent(at: Instant(secondsSince1970: at), digest: optional(.contentDigest))
        }
        return ClaimedRow(
            key: delivery, rule: value(.rule), template: value(.template), recipient: value(.recipient),
            address: optional(.address), kind: value(.kind), isOwn: value(.isOwn), dueAt: value(.dueAt),
            expiresAt: value(.expiresAt), attempts: value(.attempts), attendee: optional(.attendee),
            id: id(of: delivery, under: optional(.secret)), firstTold: first.flatMap { firstTold($0) },
            ownCancellations: try first == nil
                ? 0 : ownCancellations(key, of: value(.recipient), before: doubted?.order, db),
            session: memory,
            previous: told == memory?.revision ? nil : try told.flatMap { try revision($0, of: key, db)?.session },
            repeated: repeated, refused: optional(.refused))
    }

    private func id(of key: DedupeKey, under secret: Int?) -> DeliveryID {
        secrets?.id(of: key, under: secret) ?? DeliveryID(key)
    }

    /// The id of the delivery that ``ClaimColumn/firstTold`` names: the digits of its key, and the number of its secret.
    private func firstTold(_ text: String) -> DeliveryID? {
        DedupeKey(hex: String(text.prefix(64))).map { id(of: $0, under: Int(text.dropFirst(64))) }
    }

    /// The session as it is stored, or as it was at an earlier revision.
    private mutating func session(_ key: SessionKey, at revision: Int?, _ db: Database) throws -> SessionMemory? {
        guard let memory = try session(key, db), let revision, revision != memory.revision else {
            return try session(key, db)
        }
        return try self.revision(revision, of: key, db).map {
            SessionMemory(
                session: $0.session, revision: revision, revisedAt: $0.seenAt, firstSeenAt: memory.firstSeenAt,
                restoredRevision: memory.restoredRevision, missingRuns: memory.missingRuns,
                missingAt: memory.missingAt)
        }
    }

    private mutating func session(_ key: SessionKey, _ db: Database) throws -> SessionMemory? {
        if let stored = sessions[key] { return stored }
        // GRDB has SQLite prepare all statements anew once one is that it has not kept.
        let row = try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM session WHERE job = ? AND event = ? AND id = ?"),
            arguments: [job, key.event.rawValue, key.session.rawValue])
        let memory = try row.map { try SessionMemory(row: $0) }
        sessions[key] = memory
        return memory
    }

    /// The revision of the session that this recipient was told last over this channel.
    private func lastTold(
        _ key: SessionKey, to recipient: String, before order: Int64?, _ db: Database
    ) throws -> Int? {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT coalesce(told_revision, doubted_revision) FROM delivery INDEXED BY delivery_of_recipient
                    WHERE job = ? AND event = ? AND session = ? AND recipient = ? AND channel = ?
                        AND coalesce(told_order, doubted_order) < ?
                    ORDER BY coalesce(told_order, doubted_order) DESC LIMIT 1
                    """),
            arguments: [
                job, key.event.rawValue, key.session.rawValue, recipient, channel.rawValue, order ?? .max,
            ])
    }

    /// How often a recipient was told before, over any channel, that their own registration is canceled.
    private func ownCancellations(
        _ key: SessionKey, of recipient: String, before order: Int64?, _ db: Database
    ) throws -> Int {
        try Int.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT count(*) FROM delivery INDEXED BY delivery_of_recipient
                    WHERE job = ? AND event = ? AND session = ? AND recipient = ? AND is_own = 1
                        AND coalesce(told_order, doubted_order) < ?
                    """),
            arguments: [job, key.event.rawValue, key.session.rawValue, recipient, order ?? .max]) ?? 0
    }

    private mutating func revision(_ revision: Int, of key: SessionKey, _ db: Database) throws -> Revision? {
        let name = "\(key) \(revision)"
        if let stored = revisions[name] { return stored }
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT snapshot, seen_at FROM session_revision
                    WHERE job = ? AND event = ? AND id = ? AND revision = ?
                    """),
            arguments: [job, key.event.rawValue, key.session.rawValue, revision])
        let stored = try row.map {
            Revision(
                session: try Snapshot.value(Session.self, $0["snapshot"]),
                seenAt: Instant(secondsSince1970: $0["seen_at"]))
        }
        revisions[name] = stored
        return stored
    }
}

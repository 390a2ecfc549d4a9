internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func acquirePlanningLease(
        job: String, owner: Owner, until: Instant, clock: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> PlanningLeaseAnswer {
        try await write("ledger.acquire-planning-lease") { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT owner, until FROM planning_lease WHERE job = ?", arguments: [job])
            if let row {
                let holder = try Owner(rawValue: row.value("owner", of: "planning_lease"))
                let end = try row.instant("until", of: "planning_lease")
                let isPlausible = end - clock <= (until - clock) * 2
                if holder != owner, end > clock, isPlausible, isAlive(holder) { return .held(by: holder, until: end) }
            }
            let token = try Int64.fetchOne(
                db,
                sql: """
                    INSERT INTO counter (name, value) VALUES ('planning', 1)
                    ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value
                    """)
            let lease = PlanningLease(job: job, owner: owner, token: token ?? 1)
            try db.execute(
                sql: """
                    INSERT INTO planning_lease (job, owner, until, token) VALUES (:job, :owner, :until, :token)
                    ON CONFLICT DO UPDATE SET owner = :owner, until = :until, token = :token
                    """,
                arguments: [
                    "job": job, "owner": owner.rawValue, "until": until.secondsSince1970, "token": lease.token,
                ])
            return .acquired(lease)
        }
    }

    package func release(_ lease: PlanningLease) async throws(LedgerError) {
        try await write("ledger.release-planning-lease") { db in
            try db.execute(
                sql: "DELETE FROM planning_lease WHERE job = ? AND token = ?", arguments: [lease.job, lease.token])
        }
    }

    /// Throws where another run has acquired the planning lease: what rests on it is outdated.
    func check(_ lease: PlanningLease, _ db: Database) throws {
        let isHeld = try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT token = ? FROM planning_lease WHERE job = ?"),
            arguments: [lease.token, lease.job])
        guard isHeld == true else {
            throw LedgerError(
                .leaseLost, location: location, problem: "another run is planning \(lease.job) by now",
                next: "Nothing to do: that run plans with newer facts")
        }
    }

    package func renewLeases(owner: Owner, until: Instant) async throws(LedgerError) {
        try await write("ledger.renew-leases") { db in
            try db.execute(
                sql: "UPDATE delivery SET lease_until = :until WHERE owner = :owner AND state IN ('claimed', 'wire')",
                arguments: ["until": until.secondsSince1970, "owner": owner.rawValue])
            try db.execute(
                sql: "UPDATE planning_lease SET until = :until WHERE owner = :owner",
                arguments: ["until": until.secondsSince1970, "owner": owner.rawValue])
        }
    }

    package func recover(
        job: String, clock: Instant, lease: Duration, now: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> Recovered {
        let holders = try await read { db in
            try String.fetchAll(
                db, sql: "SELECT DISTINCT owner FROM delivery WHERE job = ? AND state IN ('claimed', 'wire')",
                arguments: [job])
        }
        guard !holders.isEmpty else { return Recovered(released: 0, doubtful: 0) }
        let dead = holders.filter { !isAlive(Owner(rawValue: $0)) }
        return try await write("ledger.recover") { db in
            let arguments: StatementArguments = [
                "job": job, "dead": try Snapshot.text(dead), "clock": clock.secondsSince1970,
                // A lease that ends later than this was written by a clock that was wrong.
                "latest": (clock + lease * 2).secondsSince1970,
            ]
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'pending', owner = NULL, lease_until = NULL
                    WHERE job = :job AND state = 'claimed'
                        AND (lease_until NOT BETWEEN :clock + 1 AND :latest OR owner IN (SELECT value FROM json_each(:dead)))
                    """,
                arguments: arguments)
            let released = db.changesCount
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'in_doubt', owner = NULL, lease_until = NULL, finished_at = :now,
                        evidence = 'the run that was sending it ended before there was a reply'
                    WHERE job = :job AND state = 'wire'
                        AND (lease_until NOT BETWEEN :clock + 1 AND :latest OR owner IN (SELECT value FROM json_each(:dead)))
                    """,
                arguments: arguments + ["now": now.secondsSince1970])
            return Recovered(released: released, doubtful: db.changesCount)
        }
    }

    package func doubts(
        job: String, channel: ChannelName, after: DedupeKey?, limit: Int
    ) async throws(LedgerError) -> [Doubt] {
        try await read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT key, secret, channel, address, recipient, wired_at, CASE WHEN EXISTS (
                            SELECT 1 FROM delivery t INDEXED BY delivery_by_person
                            WHERE t.recipient = delivery.recipient AND t.key <> delivery.key
                                AND t.content_digest = delivery.content_digest
                                AND t.wired_at BETWEEN delivery.wired_at - :vicinity AND delivery.wired_at + :vicinity)
                        THEN NULL ELSE content_digest END AS subject
                    FROM delivery
                    WHERE job = :job AND channel = :channel AND state = 'in_doubt' AND key > :after
                    ORDER BY key LIMIT :limit
                    """,
                arguments: [
                    "vicinity": Doubt.vicinity.components.seconds, "job": job, "channel": channel.rawValue,
                    "after": after?.hex ?? "", "limit": limit,
                ])
            let secrets = try Self.secrets(db)
            return try rows.compactMap { try Doubt(row: $0, secrets) }
        }
    }

    package func resolveDoubt(
        _ key: DedupeKey, as outcome: DoubtOutcome, now: Instant
    ) async throws(LedgerError) -> Bool {
        try await writeWitnessed("ledger.resolve-doubt", now: now, when: { $0 }) { db in
            try Self.resolveDoubt(key, as: outcome, now, db)
        }
    }

    static func resolveDoubt(
        _ key: DedupeKey, as outcome: DoubtOutcome, _ now: Instant, _ db: Database
    ) throws -> Bool {
        let (state, text): (DeliveryState, String) =
            switch outcome {
            case .delivered(let evidence): (.sent, evidence.text.text)
            case .notDelivered: (.pending, "it had not arrived")
            case .repeated: (.pending, "it may have arrived; it is sent again under the same id")
            case .abandoned(let evidence): (.failed, evidence.text.text)
            }
        let mayHaveTold =
            switch outcome {
            case .repeated, .abandoned: true
            case .delivered, .notDelivered: false
            }
        try db.execute(
            sql: """
                UPDATE delivery SET state = :state, evidence = :text,
                    doubted_revision = CASE WHEN :doubted THEN told_revision ELSE doubted_revision END,
                    doubted_order = CASE WHEN :doubted THEN told_order ELSE doubted_order END,
                    finished_at = CASE WHEN :state = 'pending' THEN NULL ELSE :now END,
                    wired_at = CASE WHEN :state = 'sent' THEN wired_at END,
                    told_revision = CASE WHEN :state = 'sent' THEN told_revision END,
                    told_order = CASE WHEN :state = 'sent' THEN told_order END
                WHERE key = :key AND state = 'in_doubt'
                """,
            arguments: [
                "state": state.rawValue, "text": text, "now": now.secondsSince1970, "key": key.hex,
                "doubted": mayHaveTold,
            ])
        guard db.changesCount == 1 else { return false }
        try db.execute(
            sql: "INSERT INTO attempt (key, at, outcome, text) VALUES (?, ?, ?, ?)",
            arguments: [key.hex, now.secondsSince1970, "resolved: \(state.rawValue)", text])
        return true
    }
}

extension Doubt {
    fileprivate init?(row: Row, _ secrets: LedgerSecrets?) throws {
        guard let key = try DedupeKey(hex: row.value("key")) else { return nil }
        let channel = try ChannelName(rawValue: row.value("channel"))
        var recipient: Recipient?
        if let address: String = try row.value("address") {
            recipient = .person(try Address(address))
        } else if try Recipient.channel(channel).id.rawValue == row.value("recipient") {
            recipient = .channel(channel)
        }
        let wiredAt: Int64? = try row.value("wired_at")
        let subject: String? = try row.value("subject")
        self.init(
            key: key, id: secrets?.id(of: key, under: try row.value("secret")) ?? DeliveryID(key), channel: channel,
            recipient: recipient, wiredAt: Instant(secondsSince1970: wiredAt ?? 0),
            subject: subject.flatMap { SubjectDigest(stored: $0) })
    }
}

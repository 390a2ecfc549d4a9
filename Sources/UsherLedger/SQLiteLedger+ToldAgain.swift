internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func toldAgain(
        in proposal: ProposalID, mail: [ChannelName], others: [ChannelName]
    ) async throws(LedgerError) -> [ToldAgain] {
        try await read { db in
            let rows = try Row.fetchAll(
                db, sql: Self.selectToldAgain,
                arguments: [
                    "proposal": proposal.number, "mail": try Snapshot.text(mail.map(\.rawValue)),
                    "others": try Snapshot.text(others.map(\.rawValue)),
                ])
            return try rows.map { row in
                let before = ToldAgain.Names(
                    job: row["old_job"], rule: RuleID(rawValue: row["old_rule"]),
                    channel: ChannelName(rawValue: row["old_channel"]))
                let now = ToldAgain.Names(
                    job: row["job"], rule: RuleID(rawValue: row["rule"]), channel: ChannelName(rawValue: row["channel"])
                )
                return ToldAgain(
                    before: before, now: now, count: row["number"], told: try Self.told(by: before, in: proposal, db))
            }
        }
    }

    /// An invitation and an announcement are one kind; of reminders, those of the same moment.
    ///
    /// Whoever was told in between that their own registration is canceled is rightly told anew, and so is another moment of the same rule for
    /// the same registration.
    private static let selectToldAgain = """
        SELECT p.job, p.rule, p.channel, d.job AS old_job, d.rule AS old_rule, d.channel AS old_channel,
            count(DISTINCT p.event || ' ' || p.session || ' ' || p.recipient) AS number
        FROM temp.proposal p JOIN delivery d INDEXED BY delivery_by_person ON d.recipient = p.recipient
        WHERE p.proposal = :proposal AND p.reason IS NULL AND p.address IS NOT NULL
            AND d.event = p.event AND d.session = p.session AND d.key <> p.key
            AND coalesce(d.told_order, d.doubted_order) IS NOT NULL
            AND (p.kind IN ('registered', 'announced') AND d.kind IN ('registered', 'announced')
                OR p.kind = 'offset' AND d.kind = 'offset' AND d.due_at = p.due_at)
            AND NOT (d.job = p.job AND d.rule = p.rule AND d.channel = p.channel AND d.registration IS p.registration)
            AND NOT (d.job = p.job AND d.channel IN (SELECT value FROM json_each(:mail))
                AND p.channel IN (SELECT value FROM json_each(:others)))
            AND NOT (d.job = p.job AND d.channel IN (SELECT value FROM json_each(:others)) AND d.channel <> p.channel)
            AND NOT EXISTS (SELECT 1 FROM delivery c INDEXED BY delivery_by_person
                WHERE c.recipient = d.recipient AND c.event = d.event AND c.session = d.session AND c.kind = 'canceled'
                    AND coalesce(c.told_order, c.doubted_order) > coalesce(d.told_order, d.doubted_order))
        GROUP BY p.job, p.rule, p.channel, d.job, d.rule, d.channel ORDER BY number DESC, d.rule LIMIT 20
        """

    private static func told(by names: ToldAgain.Names, in proposal: ProposalID, _ db: Database) throws -> Int {
        try Int.fetchOne(
            db,
            sql: """
                SELECT count(DISTINCT d.event || ' ' || d.session || ' ' || d.recipient)
                FROM (SELECT DISTINCT event, session FROM temp.proposal WHERE proposal = :proposal) s
                CROSS JOIN delivery d INDEXED BY delivery_of_recipient
                    ON d.job = :job AND d.event = s.event AND d.session = s.session
                WHERE d.rule = :rule AND d.channel = :channel AND coalesce(d.told_order, d.doubted_order) IS NOT NULL
                """,
            arguments: [
                "proposal": proposal.number, "job": names.job, "rule": names.rule.rawValue,
                "channel": names.channel.rawValue,
            ]) ?? 0
    }

    // MARK: Renaming

    package func earlierNames(job: String) async throws(LedgerError) -> EarlierNames {
        try await read { db in
            var names = EarlierNames()
            let rows = try Row.fetchAll(
                db, sql: "SELECT what, earlier, name FROM renaming WHERE job = ? ORDER BY id", arguments: [job])
            for row in rows {
                if row["what"] == "job" {
                    names.jobs.append(row["earlier"])
                } else {
                    names.rules[RuleID(rawValue: row["name"]), default: []].append(RuleID(rawValue: row["earlier"]))
                }
            }
            return names
        }
    }

    package func rename(_ renaming: Renaming, job: String) async throws(LedgerError) -> Int {
        try await writeWitnessed("ledger.rename", when: { $0 > 0 }) { db in
            // The trigger keeps runs from changing what a delivery is; here a person does.
            let trigger = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_schema WHERE name = 'delivery_identity'")
            try db.execute(sql: "DROP TRIGGER IF EXISTS delivery_identity")
            let count =
                switch renaming {
                case .rule(let old, let new): try Self.rename(rule: old.rawValue, new.rawValue, job, db)
                case .channel(let old, let new): try Self.rename(channel: old.rawValue, new.rawValue, job, db)
                case .job(let new): try Self.rename(job: job, new, db)
                }
            if let trigger { try db.execute(sql: trigger) }
            return count
        }
    }

    private static func rename(rule old: String, _ new: String, _ job: String, _ db: Database) throws -> Int {
        let arguments: StatementArguments = ["old": old, "new": new, "job": job]
        try db.execute(sql: "UPDATE delivery SET rule = :new WHERE job = :job AND rule = :old", arguments: arguments)
        let count = db.changesCount
        // What was renamed before is known by its first name, too.
        try db.execute(
            sql: "UPDATE renaming SET name = :new WHERE job = :job AND what = 'rule' AND name = :old",
            arguments: arguments)
        try db.execute(
            sql: "INSERT INTO renaming (job, what, earlier, name) VALUES (:job, 'rule', :old, :new)",
            arguments: arguments)
        try db.execute(sql: "DELETE FROM scan WHERE job = ?", arguments: [job])
        return count
    }

    /// A rule without an id of its own is named after its channel: `registered/attendees/mail`.
    private static func rename(channel old: String, _ new: String, _ job: String, _ db: Database) throws -> Int {
        let rules = try String.fetchAll(
            db, sql: "SELECT DISTINCT rule FROM delivery WHERE job = ? AND channel = ? AND rule LIKE '%/%'",
            arguments: [job, old]
        ).filter { $0.hasSuffix("/" + old) }
        for rule in rules { _ = try rename(rule: rule, rule.dropLast(old.count) + new, job, db) }
        let arguments: StatementArguments = ["old": old, "new": new, "job": job]
        try db.execute(
            sql: "UPDATE delivery SET channel = :new WHERE job = :job AND channel = :old", arguments: arguments)
        let count = db.changesCount
        for table in ["channel_trouble", "budget", "budget_wait", "refusal"] {
            try db.execute(
                sql: "UPDATE OR REPLACE \(table) SET channel = :new WHERE job = :job AND channel = :old",
                arguments: arguments)
        }
        try db.execute(sql: "DELETE FROM scan WHERE job = ?", arguments: [job])
        return count
    }

    private static func rename(job old: String, _ new: String, _ db: Database) throws -> Int {
        let tables = try String.fetchAll(
            db,
            sql: """
                SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                WHERE m.type = 'table' AND c.name = 'job' AND m.name NOT IN ('scan', 'renaming') ORDER BY m.name
                """)
        var count = 0
        for table in tables {
            // What a run under the new name has stored already gives way.
            try db.execute(
                sql: "UPDATE OR REPLACE \(table) SET job = :new WHERE job = :old", arguments: ["new": new, "old": old])
            if table == "delivery" { count = db.changesCount }
        }
        try db.execute(sql: "DELETE FROM scan WHERE job IN (?, ?)", arguments: [old, new])
        try db.execute(sql: "UPDATE renaming SET job = :new WHERE job = :old", arguments: ["new": new, "old": old])
        try db.execute(
            sql: "INSERT INTO renaming (job, what, earlier, name) VALUES (?, 'job', ?, ?)", arguments: [new, old, new])
        return count
    }
}

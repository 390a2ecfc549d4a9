internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func trouble(job: String, channel: ChannelName) async throws(LedgerError) -> ChannelTrouble? {
        try await read { db in try Self.trouble(job, channel.rawValue, db) }
    }

    static func trouble(_ job: String, _ channel: String, _ db: Database) throws -> ChannelTrouble? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT since, at, count, not_before, reason, scope FROM channel_trouble
                    WHERE job = ? AND channel = ?
                    """),
            arguments: [job, channel])
        let table = "channel_trouble"
        return try row.map { row in
            let scope: String = try row.value("scope", of: table)
            return try ChannelTrouble(
                since: row.instant("since", of: table), at: row.instant("at", of: table),
                count: row.value("count", of: table), notBefore: row.instant("not_before", of: table),
                refusal: Refusal(RefusalScope(rawValue: scope) ?? .channel, row.value("reason", of: table)))
        }
    }

    package func recordTrouble(
        job: String, channel: ChannelName, _ refusal: Refusal, notBefore: Instant, now: Instant
    ) async throws(LedgerError) {
        try await write("ledger.record-trouble") { db in
            try db.execute(
                sql: """
                    INSERT INTO channel_trouble (job, channel, since, at, count, not_before, reason, scope)
                    VALUES (:job, :channel, :now, :now, 1, :not_before, :reason, :scope)
                    ON CONFLICT DO UPDATE SET at = :now, count = count + 1, not_before = :not_before,
                        reason = :reason, scope = :scope
                    """,
                arguments: [
                    "job": job, "channel": channel.rawValue, "now": now.secondsSince1970,
                    "not_before": notBefore.secondsSince1970, "reason": refusal.reason.text,
                    "scope": refusal.scope.rawValue,
                ])
        }
    }

    package func endTrouble(job: String, channel: ChannelName) async throws(LedgerError) {
        try await write("ledger.end-trouble") { db in
            try db.execute(
                sql: "DELETE FROM channel_trouble WHERE job = ? AND channel = ?", arguments: [job, channel.rawValue])
            try db.execute(
                sql: "DELETE FROM refusal WHERE job = ? AND channel = ?", arguments: [job, channel.rawValue])
        }
    }

    // MARK: Refusals in a row

    package func hasRefusals(job: String, channel: ChannelName) async throws(LedgerError) -> Bool {
        try await read { db in
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM refusal WHERE job = ? AND channel = ?)",
                arguments: [job, channel.rawValue]) ?? false
        }
    }

    package func countRefusal(
        _ kind: RefusalKind, of key: DedupeKey, limit: Int, job: String, channel: ChannelName, now: Instant
    ) async throws(LedgerError) -> Int {
        try await write("ledger.count-refusal") { db in
            let ids: StatementArguments = ["job": job, "channel": channel.rawValue, "kind": kind.text]
            try db.execute(
                sql: """
                    INSERT INTO refusal (job, channel, kind, key, at) VALUES (:job, :channel, :kind, :key, :at)
                    ON CONFLICT DO UPDATE SET at = :at
                    """,
                arguments: ids + ["key": key.hex, "at": now.secondsSince1970])
            let count = try Int.fetchOne(
                db, sql: "SELECT count(*) FROM refusal WHERE job = :job AND channel = :channel AND kind = :kind",
                arguments: ids)
            guard let count, count >= limit else { return 0 }
            // It was no attempt of theirs, and they keep what the server said.
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'pending', finished_at = NULL, attempts = attempts - 1, wired_at = NULL
                    WHERE state = 'failed' AND key IN (
                        SELECT key FROM refusal WHERE job = :job AND channel = :channel AND kind = :kind)
                    """,
                arguments: ids)
            return db.changesCount
        }
    }

    // MARK: Budgets

    package func spend(
        _ wanted: Int, of budget: Budget, job: String, channel: ChannelName, owner: Owner, clock: Instant
    ) async throws(LedgerError) -> Grant {
        try await write("ledger.spend") { db in
            let window = budget.window.components.seconds
            let ids: StatementArguments = ["job": job, "channel": channel.rawValue]
            let now = Self.slot(clock, window)
            try Self.forget(before: clock.secondsSince1970 - window, after: now, ids, db)
            let used = try Int.fetchOne(
                db, sql: "SELECT coalesce(sum(used), 0) FROM budget WHERE job = :job AND channel = :channel",
                arguments: ids)
            let granted = max(0, min(wanted, budget.count - (used ?? 0)))
            if granted > 0 {
                try Self.record(granted, at: now, ids, db)
                return Grant(granted: granted, nextAt: clock, isAwaited: false)
            }
            // The oldest slot is the next to be given back.
            let oldest = try Int64.fetchOne(
                db, sql: "SELECT min(at) FROM budget WHERE job = :job AND channel = :channel", arguments: ids)
            let isFree = (used ?? 0) < budget.count
            let next = isFree ? clock : Instant(secondsSince1970: (oldest ?? clock.secondsSince1970) + window + 1)
            return Grant(
                granted: 0, nextAt: next, isAwaited: try Self.isAwaited(by: owner, until: next, clock, ids, db))
        }
    }

    package func giveBack(_ unused: Int, job: String, channel: ChannelName) async throws(LedgerError) {
        guard unused > 0 else { return }
        try await write("ledger.give-back") { db in
            let ids: StatementArguments = ["job": job, "channel": channel.rawValue]
            var left = unused
            let slots = try Row.fetchAll(
                db, sql: "SELECT at, used FROM budget WHERE job = :job AND channel = :channel ORDER BY at DESC",
                arguments: ids)
            for slot in slots where left > 0 {
                let used: Int = slot["used"]
                let at: Int64 = slot["at"]
                try db.execute(
                    sql: used > left
                        ? "UPDATE budget SET used = used - :left WHERE job = :job AND channel = :channel AND at = :at"
                        : "DELETE FROM budget WHERE job = :job AND channel = :channel AND at = :at AND used <= :left",
                    arguments: ids + ["at": at, "left": left])
                left -= min(used, left)
            }
        }
    }

    /// The slot of an instant: a sixtieth of the window, so that a budget is a few rows however many deliveries it counts.
    private static func slot(_ clock: Instant, _ window: Int64) -> Int64 {
        let width = max(1, window / 60)
        // Its last second, so that what is spent in it never counts for less than the window.
        return (clock.secondsSince1970 / width + 1) * width - 1
    }

    private static func record(_ number: Int, at slot: Int64, _ ids: StatementArguments, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO budget (job, channel, at, used) VALUES (:job, :channel, :at, :used)
                ON CONFLICT DO UPDATE SET used = used + excluded.used
                """,
            arguments: ids + ["at": slot, "used": number])
    }

    /// Deletes what left the window, and moves what a wrong clock put into the future to the present.
    private static func forget(
        before first: Int64, after now: Int64, _ ids: StatementArguments, _ db: Database
    ) throws {
        try db.execute(
            sql: "DELETE FROM budget WHERE job = :job AND channel = :channel AND at < :first",
            arguments: ids + ["first": first])
        let ahead = try Int.fetchOne(
            db, sql: "SELECT sum(used) FROM budget WHERE job = :job AND channel = :channel AND at > :now",
            arguments: ids + ["now": now])
        guard let ahead, ahead > 0 else { return }
        try db.execute(
            sql: "DELETE FROM budget WHERE job = :job AND channel = :channel AND at > :now",
            arguments: ids + ["now": now])
        try record(ahead, at: now, ids, db)
    }

    /// Whether another run waits already; otherwise this one is recorded as waiting.
    private static func isAwaited(
        by owner: Owner, until next: Instant, _ clock: Instant, _ ids: StatementArguments, _ db: Database
    ) throws -> Bool {
        let row = try Row.fetchOne(
            db, sql: "SELECT owner, until FROM budget_wait WHERE job = :job AND channel = :channel", arguments: ids)
        if let row, try row.value("owner", of: "budget_wait") != owner.rawValue,
            try (clock..<clock + .seconds(300)).contains(row.instant("until", of: "budget_wait"))
        {
            return true
        }
        try db.execute(
            sql: """
                INSERT INTO budget_wait (job, channel, owner, until) VALUES (:job, :channel, :owner, :until)
                ON CONFLICT DO UPDATE SET owner = :owner, until = :until
                """,
            arguments: ids + ["owner": owner.rawValue, "until": next.secondsSince1970 + 5])
        return false
    }
}

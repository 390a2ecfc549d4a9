internal import GRDB
package import UsherModel

extension SQLiteLedger {
    package func verify(clock: Instant) async throws(LedgerError) -> Verification {
        try await read { db in
            let damage = try Self.damage(db)
            do {
                return Verification(
                    problems: damage + (try Self.broken(db)), counts: try Self.counts(db),
                    abandoned: try Int.fetchOne(
                        db,
                        sql: "SELECT count(*) FROM delivery WHERE state IN ('claimed', 'wire') AND lease_until <= ?",
                        arguments: [clock.secondsSince1970]) ?? 0)
            } catch  where !damage.isEmpty || error is DamagedValue || error is RowDecodingError {
                // Of a damaged file one can only say where it is damaged, and what could not be read.
                let words = (error as? DamagedValue)?.description ?? (error as? DatabaseError)?.message
                let rest = LedgerProblem(check: .integrity, count: 1, examples: [words ?? "a value cannot be read"])
                return Verification(problems: damage + [rest], counts: [:], abandoned: 0)
            }
        }
    }

    private static func broken(_ db: Database) throws -> [LedgerProblem] {
        let rules = try queries.compactMap { check, sql in problem(check, try String.fetchAll(db, sql: sql)) }
        return rules
            + [problem(.guards, try missingGuards(db)), problem(.snapshots, try unreadable(db))].compactMap { $0 }
    }

    /// Whether a rule is broken that is checked in one pass over the deliveries.
    static func breaksCheapRules(_ db: Database) throws -> Bool {
        for (check, sql) in queries where [.told, .order, .holders].contains(check) {
            if try String.fetchOne(db, sql: sql) != nil { return true }
        }
        return false
    }

    private static let examples = 5

    private static func problem(_ check: LedgerCheck, _ locations: [String]) -> LedgerProblem? {
        locations.isEmpty
            ? nil : LedgerProblem(check: check, count: locations.count, examples: Array(locations.prefix(examples)))
    }

    /// What SQLite itself finds; a page that cannot be read ends its check with an error.
    private static func damage(_ db: Database) throws -> [LedgerProblem] {
        let lines: [String]
        let references: Int
        do {
            lines = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            references = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return [LedgerProblem(check: .integrity, count: 1, examples: [error.message ?? "a page cannot be read"])]
        }
        return [
            problem(.integrity, lines + (try missingColumns(db))),
            references == 0 ? nil : LedgerProblem(check: .references, count: references, examples: []),
        ].compactMap { $0 }
    }

    /// Each query returns the locations where its rule is broken.
    private static let queries: [(LedgerCheck, String)] = [
        (
            .holders,
            """
            SELECT key FROM delivery WHERE (state IN ('claimed', 'wire')) <> (owner IS NOT NULL)
                OR (owner IS NULL) <> (lease_until IS NULL) ORDER BY key
            """
        ),
        (
            .finished,
            """
            SELECT key FROM delivery
            WHERE (state IN ('sent', 'failed', 'skipped', 'in_doubt')) <> (finished_at IS NOT NULL) ORDER BY key
            """
        ),
        (.reasons, "SELECT key FROM delivery WHERE (state = 'skipped') <> (reason IS NOT NULL) ORDER BY key"),
        (
            .told,
            """
            SELECT key FROM delivery
            WHERE (state IN ('wire', 'sent', 'in_doubt') OR coalesce(reason, '') = 'adopted') <> (told_revision IS NOT NULL)
                OR (told_revision IS NULL) <> (told_order IS NULL) OR (state = 'wire' AND wired_at IS NULL) ORDER BY key
            """
        ),
        (.keys, "SELECT key FROM delivery WHERE length(key) <> 64 OR key GLOB '*[^0-9a-f]*' ORDER BY key"),
        (
            .twice,
            // Told again rightly: what was never told (its skip was undone), and what follows a cancellation that was told since, as when a
            // registration comes back. Of a delivery that was repeated after a doubt, its first attempt counts.
            """
            SELECT earlier || ' and ' || key FROM (
                SELECT *, lag(key) OVER message AS earlier, lag(at) OVER message AS earlier_at FROM (
                    SELECT *, coalesce(doubted_order, told_order, 9223372036854775807) AS at FROM delivery
                    WHERE kind IN ('registered', 'announced', 'offset')
                        AND (told_order IS NOT NULL OR doubted_order IS NOT NULL OR state IN ('pending', 'claimed')))
                WINDOW message AS (
                    PARTITION BY job, rule, event, session, recipient, kind, coalesce(registration, ''), due_at
                    ORDER BY at, key)) d
            WHERE earlier IS NOT NULL AND NOT EXISTS (SELECT 1 FROM delivery c INDEXED BY delivery_of_recipient
                WHERE c.job = d.job AND c.event = d.event AND c.session = d.session AND c.recipient = d.recipient
                    AND c.kind = 'canceled' AND (c.told_order > d.earlier_at AND c.told_order < d.at
                        OR c.doubted_order > d.earlier_at AND c.doubted_order < d.at))
            ORDER BY key
            """
        ),
        (
            .order,
            """
            SELECT key FROM delivery
            WHERE told_order > (SELECT coalesce(max(value), 0) FROM counter WHERE name = 'told') ORDER BY told_order
            """
        ),
        (
            .sessions,
            """
            SELECT d.key FROM delivery d LEFT JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
            WHERE d.state IN ('pending', 'claimed', 'wire', 'in_doubt') AND s.id IS NULL ORDER BY d.key
            """
        ),
        (
            .revisions,
            """
            SELECT s.id || ' revision ' || s.revision FROM session s LEFT JOIN session_revision r
                ON r.job = s.job AND r.event = s.event AND r.id = s.id AND r.revision = s.revision WHERE r.id IS NULL
            UNION ALL
            SELECT d.key FROM delivery d JOIN session s ON s.job = d.job AND s.event = d.event AND s.id = d.session
            WHERE d.told_revision > s.revision
            """
        ),
    ]

    /// Columns and indexes of the schema that the file does not have: what describes it may be damaged, too.
    private static func missingColumns(_ db: Database) throws -> [String] {
        let fresh = try DatabaseQueue()
        try Schema.migrator.migrate(fresh)
        let columns = """
            SELECT 'the column ' || m.name || '.' || c.name || ' ' || c.type || ' is missing' FROM sqlite_schema m
                JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
            UNION ALL SELECT 'the index ' || name || ' is missing' FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
            """
        let wanted = try fresh.read { try String.fetchSet($0, sql: columns) }
        return try wanted.subtracting(String.fetchSet(db, sql: columns)).sorted()
    }

    /// Triggers that differ from the schema's, and state changes that are allowed and should not be, or the other way round.
    private static func missingGuards(_ db: Database) throws -> [String] {
        let fresh = try DatabaseQueue()
        try Schema.migrator.migrate(fresh)
        let (triggers, table) = try fresh.read { try (Self.triggers($0), Self.transitions($0)) }
        let present = try Self.triggers(db)
        return triggers.filter { present[$0.key] != $0.value }.map(\.key).sorted()
            + table.symmetricDifference(try Self.transitions(db)).sorted()
    }

    private static func triggers(_ db: Database) throws -> [String: String] {
        let rows = try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        let triggers = try rows.map { row in
            try (row.value("name", of: "sqlite_schema") as String, row.value("sql", of: "sqlite_schema") as String)
        }
        return Dictionary(triggers) { first, _ in first }
    }

    private static func transitions(_ db: Database) throws -> Set<String> {
        try Set(String.fetchAll(db, sql: "SELECT from_state || ' to ' || to_state FROM transition"))
    }

    private static func unreadable(_ db: Database) throws -> [String] {
        var locations: [String] = []
        let sessions = try Row.fetchCursor(db, sql: "SELECT id, snapshot FROM session ORDER BY id")
        while let row = try sessions.next() {
            if !canRead(Session.self, row, "snapshot") { locations.append("session \(id(row))") }
        }
        let people = try Row.fetchCursor(db, sql: "SELECT id, attendee FROM registration ORDER BY id")
        while let row = try people.next() {
            if !canRead(Attendee.self, row, "attendee") { locations.append("registration \(id(row))") }
        }
        return locations
    }

    private static func canRead(_ type: (some Decodable).Type, _ row: Row, _ column: String) -> Bool {
        do {
            _ = try Snapshot.value(type, row.value(column))
            return true
        } catch {
            return false
        }
    }

    private static func id(_ row: Row) -> String {
        do { return try row.value("id") } catch { return "without an id" }
    }

    private static func counts(_ db: Database) throws -> [String: [DeliveryState: Int]] {
        let rows = try Row.fetchAll(db, sql: "SELECT job, state, count(*) AS number FROM delivery GROUP BY job, state")
        var counts: [String: [DeliveryState: Int]] = [:]
        for row in rows {
            guard let state = try DeliveryState(rawValue: row.value("state")) else { continue }
            counts[try row.value("job"), default: [:]][state] = try row.value("number")
        }
        return counts
    }
}

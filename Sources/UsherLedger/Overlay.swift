internal import GRDB
internal import Synchronization
internal import UsherModel

/// The temporary tables of a dry run, which hide tables of the file by having their names: SQLite looks for an unqualified name in `temp` first.
///
/// They are created empty, from the file's own schema, and rows of the file are copied into them when a call is about to look at them. What is
/// not hidden is read from the file; it is opened read-only, so a write to it fails.
final class Overlay: Sendable {
    /// Rows that a call is about to look at or to change.
    enum Tables: Hashable, Sendable {
        /// The sessions of a job, and when they were last scanned.
        case sessions(job: String)
        /// The revisions of a session.
        case revisions(job: String, event: String, session: String)
        /// The people on a list.
        case roster(job: String, list: String)
        /// The people on all lists of a job.
        case rosters(job: String)
        /// Who came to a session.
        case attendance(job: String, event: String, session: String)
        /// Everything about the people whom facts from an inbox concern.
        case people(facts: [InboxFact], job: String)
    }

    private let purpose: DryRun
    private let copied = Mutex<Set<Tables>>([])
    private let people = Mutex<Set<String>>([])

    init(_ purpose: DryRun) { self.purpose = purpose }

    private var names: [String] {
        switch purpose {
        case .plan:
            [
                "session", "session_revision", "scan", "roster", "registration", "attendance_reading", "attendance",
                "planning_lease", "counter",
            ]
        case .inbox: ["delivery", "attempt", "suppression", "inbox_position", "calendar_reply"]
        }
    }

    /// Creates the tables and their indexes.
    func create(_ db: Database) throws {
        for name in names {
            let statements = try Row.fetchAll(
                db,
                sql: """
                    SELECT type, name, sql FROM main.sqlite_schema
                    WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC
                    """,
                arguments: [name])
            for row in statements {
                let sql: String = row["sql"]
                let name: String = row["name"]
                let isTable = row["type"] == "table"
                // The statement as SQLite keeps it begins with CREATE TABLE or CREATE [UNIQUE] INDEX; the name of an index takes the schema.
                let temporary =
                    isTable
                    ? sql.replacing("CREATE TABLE", with: "CREATE TEMP TABLE", maxReplacements: 1)
                    : sql.replacing("INDEX \(name)", with: "INDEX temp.\(name)", maxReplacements: 1)
                try db.execute(sql: temporary)
            }
        }
    }

    /// Copies rows of the file into the tables that hide them, once.
    func shadow(_ tables: Tables?, _ db: Database) throws {
        guard let tables, !copied.withLock({ $0.contains(tables) }) else { return }
        switch (tables, purpose) {
        case (.sessions(let job), .plan):
            try copy(["session", "scan"], db, where: "job = :job", ["job": job])
        case (.revisions(let job, let event, let session), .plan):
            try copy(
                ["session_revision"], db, where: "job = :job AND event = :event AND id = :session",
                ["job": job, "event": event, "session": session])
        case (.roster(let job, let list), .plan):
            try copy(["roster", "registration"], db, where: "job = :job AND list = :list", ["job": job, "list": list])
        case (.rosters(let job), .plan):
            try copy(["roster", "registration"], db, where: "job = :job", ["job": job])
        case (.attendance(let job, let event, let session), .plan):
            try copy(
                ["attendance_reading", "attendance"], db,
                where: "job = :job AND event = :event AND session = :session",
                ["job": job, "event": event, "session": session])
        case (.people(let facts, let job), .inbox):
            try copy(["inbox_position"], db, where: "job = :job", ["job": job])
            for fact in facts {
                for recipient in try recipients(of: fact, job, db) { try copy(recipient, db) }
            }
        case (.sessions, .inbox), (.revisions, .inbox), (.roster, .inbox), (.rosters, .inbox), (.attendance, .inbox),
            (.people, .plan):
            return
        }
        // Facts from an inbox are many; who has been copied is remembered person by person.
        guard case .plan = purpose else { return }
        _ = copied.withLock { $0.insert(tables) }
    }

    private func copy(_ names: [String], _ db: Database, where condition: String, _ arguments: StatementArguments)
        throws
    {
        for name in names {
            try db.execute(
                sql: "INSERT OR IGNORE INTO temp.\(name) SELECT * FROM main.\(name) WHERE \(condition)",
                arguments: arguments)
        }
    }

    private func copy(_ recipient: String, _ db: Database) throws {
        guard people.withLock({ $0.insert(recipient).inserted }) else { return }
        let arguments: StatementArguments = ["recipient": recipient]
        for name in ["delivery", "suppression", "calendar_reply"] {
            try copy([name], db, where: "recipient = :recipient", arguments)
        }
        // Without their ids, which may be those of attempts that the dry run has added.
        try db.execute(
            sql: """
                INSERT INTO temp.attempt (key, at, outcome, text) SELECT a.key, a.at, a.outcome, a.text
                FROM main.delivery d JOIN main.attempt a ON a.key = d.key WHERE d.recipient = :recipient ORDER BY a.id
                """,
            arguments: arguments)
    }

    /// The people that a fact can concern, by the same look-ups as filing it.
    private func recipients(of fact: InboxFact, _ job: String, _ db: Database) throws -> [String] {
        switch fact {
        case .report(let mail, _, _, _):
            try String.fetchAll(
                db, sql: "SELECT DISTINCT recipient FROM main.delivery WHERE key >= :low AND key < :high",
                arguments: SQLiteLedger.keys(of: mail))
        case .unsubscribe(let address, _): [Recipient.person(address).id.rawValue]
        case .unsubscribeByToken(let token):
            try String.fetchAll(
                db, sql: "SELECT DISTINCT recipient FROM main.delivery WHERE recipient >= :low AND recipient < :high",
                arguments: ["low": token.recipientPrefix, "high": token.recipientPrefix + "g"])
        case .reply(_, let attendee, _, _, _, _): [Recipient.person(attendee).id.rawValue]
        }
    }
}

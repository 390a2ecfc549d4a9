internal import GRDB
internal import Glibc
internal import Synchronization
internal import UsherModel

/// How the ledger and its witness are kept in step, and compared.
extension SQLiteLedger {
    /// Why a ledger is opened for writing.
    enum Purpose: Sendable {
        /// To work with it: whatever speaks against that is an error.
        case use
        /// To bind it to this host. A witness that is missing, or another ledger's, is replaced.
        case takeOver
    }

    /// How much a ledger knows to have done.
    struct Position: Sendable {
        /// Its id; nil for one that a version without witnesses wrote.
        let id: UInt64?
        let hasHadWitness: Bool
        let counts: Counts

        init(_ db: Database) throws {
            id = try SQLiteLedger.setting("ledger id", db).flatMap { UInt64($0, radix: 16) }
            hasHadWitness = try SQLiteLedger.setting("witness", db) != nil
            counts = try Counts(db)
        }
    }

    /// The numbers that only grow.
    struct Counts: Sendable {
        /// Marks, and changes that must not be forgotten.
        let told, changes: Int64
        /// The number of the newest secret.
        let secret: Int64

        /// Whether nothing was ever told or changed.
        var isNone: Bool { told == 0 && changes == 0 }

        init(_ db: Database) throws {
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT coalesce((SELECT value FROM counter WHERE name = 'told'), 0) AS told,
                            coalesce((SELECT value FROM counter WHERE name = 'changes'), 0) AS changes,
                            coalesce((SELECT max(number) FROM secret), 0) AS secret
                        """))
            (told, changes, secret) = (row?["told"] ?? 0, row?["changes"] ?? 0, row?["secret"] ?? 0)
        }
    }

    // MARK: Opening

    /// Compares the ledger with its witness, and holds the witness open from now on.
    ///
    /// - Throws: ``LedgerError``, `putBack` where the ledger is older than its witness, or nobody can tell; nothing has changed then.
    func beginWitness(_ purpose: Purpose) async throws(LedgerError) {
        try await access { db in
            let lock = try Self.lockFolder(of: self.location)
            defer { withExtendedLifetime(lock) {} }
            do {
                let file = try WitnessFile.open(of: self.location)
                let isAlone = file?.isAlone() ?? true
                try self.begin(purpose, file, isAlone, db)
            } catch {
                throw Self.unusable(error, self.location)
            }
        }
    }

    private func begin(_ purpose: Purpose, _ file: WitnessFile?, _ isAlone: Bool, _ db: Database) throws {
        let witness = try file?.summary()
        let position = try Position(db)
        if let error = try Self.suspicion(of: position, witness, location, db) {
            switch purpose {
            case .use: throw error
            // One that was put back stays that, wherever it is used.
            case .takeOver where witness?.ledger == position.id: return
            case .takeOver: break
            }
        }
        let id = position.id ?? witness?.ledger ?? Self.newID()
        if let file, let witness, witness.ledger == id {
            try keep(bringUp(file, witness, to: position.counts, isAlone, db), of: id)
        } else {
            let first = record(.changes, id, before: position.counts.told, position.counts, at: nil, clock: nil)
            keep(try WitnessFile.replace(of: location, with: [first]), of: id)
        }
        // Only now does the ledger say that it has one.
        guard position.id == nil || !position.hasHadWitness else { return }
        try transaction(db, "ledger.begin-witness") { db in
            try Self.set("ledger id", to: String(id, radix: 16), db)
            try Self.set("witness", to: "file", db)
        }
    }

    private func keep(_ file: WitnessFile, of id: UInt64) {
        file.share()
        keptWitness.withLock { $0 = KeptWitness(file: file, ledger: id) }
    }

    /// Adds to a witness what the ledger knows and it does not, and keeps it small.
    ///
    /// - Returns: The file, which may be another one.
    private func bringUp(
        _ file: WitnessFile, _ witness: Witness, to counts: Counts, _ isAlone: Bool, _ db: Database
    ) throws -> WitnessFile {
        if isAlone { try file.cutTornEnd() }
        // A run died between its commit and its record, or a power failure took what was not flushed.
        var gaps = witness.gaps
        if counts.told > witness.told { gaps.append(witness.told + 1...counts.told) }
        for gap in gaps {
            for kind in [WitnessRecord.Kind.marks, .adopted] {
                var missing = record(kind, witness.ledger, before: gap.lowerBound - 1, counts, at: nil, clock: nil)
                missing.told = gap.upperBound
                missing.entries = try Self.told(in: gap, isAdopted: kind == .adopted, db)
                try file.append(missing)
            }
        }
        if gaps.isEmpty, counts.changes > witness.changes {
            try file.append(record(.changes, witness.ledger, before: counts.told, counts, at: nil, clock: nil))
        }
        guard isAlone, try file.size() > WitnessFile.largestBytes else { return file }
        return try WitnessFile.replace(of: location, with: Self.newest(of: try file.records()))
    }

    /// The records that hold the newest keys, as many as are kept.
    private static func newest(of records: [WitnessRecord]) -> [WitnessRecord] {
        var kept = 0
        let newest = records.reversed().prefix { record in
            kept += record.entries.count
            return kept <= WitnessFile.keptEntries
        }
        return newest.isEmpty ? records.suffix(1) : newest.reversed()
    }

    /// What the ledger itself has recorded as told, or as possibly told, under these numbers.
    private static func told(in gap: ClosedRange<Int64>, isAdopted: Bool, _ db: Database) throws -> [WitnessRecord
        .Entry]
    {
        try String.fetchAll(
            db,
            sql: """
                SELECT key FROM delivery WHERE told_order BETWEEN :first AND :last
                    AND :adopted = (state = 'skipped' AND reason = 'adopted')
                UNION SELECT key FROM delivery WHERE doubted_order BETWEEN :first AND :last AND NOT :adopted
                """,
            arguments: ["first": gap.lowerBound, "last": gap.upperBound, "adopted": isAdopted]
        ).compactMap { entry($0) }
    }

    // MARK: Comparing

    /// Why the ledger must not be used before a person has decided; nil where nothing speaks against it.
    static func suspicion(
        of position: Position, _ witness: Witness?, _ location: String, _ db: Database
    ) throws -> LedgerError? {
        let path = WitnessFile.path(of: location)
        guard let witness else {
            guard position.hasHadWitness, !position.counts.isNone else { return nil }
            return LedgerError(
                .putBack, location: location,
                problem:
                    "its witness, \(path), is missing or cannot be read: nobody can tell whether this is the ledger as it was left",
                next: decide(location))
        }
        if let id = position.id, witness.ledger != id {
            // Made for a ledger that was never written.
            if witness.isOfNewLedger, !position.hasHadWitness { return nil }
            return LedgerError(
                .putBack, location: location,
                problem:
                    "its witness, \(path), is that of another ledger: nobody can tell whether this one is as it was left",
                next: decide(location))
        }
        let counts = position.counts
        guard counts.told < witness.told || counts.changes < witness.changes else { return nil }
        let missing = [
            count(witness.told - counts.told, "delivery that may have left", "deliveries that may have left"),
            count(
                witness.changes - counts.changes, "change that somebody made, such as a suppression",
                "changes that somebody made, such as suppressions"),
        ].compactMap { $0 }
        let from = try lastAt(db).map { "\(Instant(secondsSince1970: $0))" } ?? "its beginning"
        let until = witness.at.map { "\(Instant(secondsSince1970: $0))" } ?? "a time that is not known"
        return LedgerError(
            .putBack, location: location,
            problem:
                "it is older than its witness, \(path): it was put back from a backup, or its -wal was lost. What happened from \(from) to "
                + "\(until) is missing: \(missing.joined(separator: ", and "))",
            next: "Nothing is sent. \(acceptance(of: location))")
    }

    /// How a person goes on with a ledger that was put back: what may have been told already counts as told.
    static func acceptance(of location: String) -> String {
        "To go on without telling anyone twice, remove \(WitnessFile.path(of: location)), then run: usher ledger take-over --ledger "
            + "\(location), and for each of its jobs: usher adopt JOB, which counts all that is due by now as told"
    }

    private static func decide(_ location: String) -> String {
        "Nothing is sent. If it is the one that was used last: usher ledger take-over --ledger \(location). If it was put back from a backup, "
            + "the same, and then for each of its jobs: usher adopt JOB, which counts all that is due by now as told"
    }

    static func count(_ number: Int64, _ one: String, _ many: String) -> String? {
        number <= 0 ? nil : number == 1 ? "1 \(one)" : "\(number) \(many)"
    }

    /// When the ledger last did anything, by its own account.
    static func lastAt(_ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT max(at) FROM (
                    SELECT coalesce(ended_at, started_at) AS at FROM run WHERE id = (SELECT max(id) FROM run)
                    UNION ALL SELECT coalesce(finished_at, wired_at) FROM delivery
                    WHERE told_order = (SELECT max(told_order) FROM delivery))
                """)
    }

    /// Compares a ledger that was opened for reading; a witness that cannot be read says nothing.
    static func suspicion(_ path: String, _ queue: DatabaseQueue) throws -> LedgerError? {
        do {
            // The witness first: what a run adds meanwhile makes the ledger newer.
            let witness = try WitnessFile.read(of: path)
            return try queue.read { db in try suspicion(of: try Position(db), witness, path, db) }
        } catch let failure as WitnessFile.Failure {
            return unusable(failure, path)
        }
    }

    private static func unusable(_ error: any Error, _ location: String) -> any Error {
        (error as? WitnessFile.Failure).map { unusable($0, location) } ?? error
    }

    static func unusable(_ failure: WitnessFile.Failure, _ location: String) -> LedgerError {
        LedgerError(
            .cannotWrite, location: location, problem: "its witness cannot be used: \(failure.words)",
            next:
                "Nothing leaves without it. Give the user that runs usher write access to the file, and check that the disk has space"
        )
    }

    // MARK: Settings

    static func setting(_ name: String, _ db: Database) throws -> String? {
        try String.fetchOne(
            db.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?"), arguments: [name])
    }

    static func set(_ name: String, to value: String, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO setting (name, value) VALUES (:name, :value) ON CONFLICT DO UPDATE SET value = :value",
            arguments: ["name": name, "value": value])
    }

    /// 64 bits from the operating system.
    static func newID() -> UInt64 { LedgerSecrets.random().reveal { UInt64($0.prefix(16), radix: 16) } ?? 0 }
}

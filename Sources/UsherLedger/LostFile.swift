internal import GRDB
internal import UsherModel

/// What shows, before a ledger is opened, that its file is not the one that was left.
extension SQLiteLedger {
    /// Allows a ledger to be created where there is none, which its witness then says first.
    ///
    /// The witness tells a ledger whose creation was interrupted from one that was emptied: it is complete before the ledger's file exists.
    ///
    /// - Throws: ``LedgerError`` where a ledger was lost.
    static func beginFile(_ path: String) throws {
        guard UnreadableFile.isEmptyOrMissing(path) else { return }
        if let lost = try lost(path) { throw lost }
        guard UnreadableFile.isMissing(path) else { return }
        do throws(WitnessFile.Failure) {
            guard try WitnessFile.read(of: path) == nil else { return }
            let birth = WitnessRecord(
                .changes, ledger: newID(), before: 0, told: 0, changes: 0, secret: 0, at: 0, clock: 0,
                main: WitnessRecord.MainFile(), entries: [])
            _ = try WitnessFile.replace(of: path, with: [birth])
        } catch {
            throw unusable(error, path)
        }
    }

    /// What happened to a ledger whose file is missing or holds nothing; nil where it was never written.
    static func lost(_ path: String) throws -> LedgerError? {
        let witness: Witness?
        do throws(WitnessFile.Failure) { witness = try WitnessFile.read(of: path) } catch {
            throw unusable(error, path)
        }
        let isMissing = UnreadableFile.isMissing(path)
        guard let witness else { return isMissing ? nil : hollow(path, nil) }
        guard !witness.isOfNewLedger else { return nil }
        guard isMissing else { return hollow(path, witness) }
        return LedgerError(
            .putBack, location: path, problem: "the file is gone, and \(told(witness, path))", next: putBack(path))
    }

    private static func hollow(_ path: String, _ witness: Witness?) -> LedgerError {
        guard let witness else {
            return LedgerError(
                .putBack, location: path,
                problem: "the file is there and holds nothing: it was emptied, or another program made it",
                next:
                    "Nothing is sent. Put a backup of it back. \(SQLiteLedger.acceptance(of: path)). If there never was a ledger here, remove the file: usher creates it"
            )
        }
        return LedgerError(
            .putBack, location: path, problem: "the file holds nothing, and \(told(witness, path))",
            next: putBack(path))
    }

    private static func told(_ witness: Witness, _ path: String) -> String {
        "its witness, \(WitnessFile.path(of: path)), says that \(count(witness.told, "delivery", "deliveries") ?? "no delivery") may have left"
            + (witness.at.map { ", the last one at \(Instant(secondsSince1970: $0))" } ?? "")
    }

    private static func putBack(_ path: String) -> String {
        "Nothing is sent. Put a backup of it back. \(SQLiteLedger.acceptance(of: path)). To begin anew, and tell everyone again, remove the witness, too"
    }

    /// What is to be said of a database without any table where a ledger was; nil where there is one, and where a creation was interrupted.
    static func hollowness(of queue: DatabaseQueue, _ path: String) throws -> LedgerError? {
        guard try !queue.read({ db in try db.tableExists("delivery") }) else { return nil }
        let witness: Witness?
        do throws(WitnessFile.Failure) { witness = try WitnessFile.read(of: path) } catch {
            throw unusable(error, path)
        }
        return witness?.isOfNewLedger == true ? nil : hollow(path, witness)
    }

    // MARK: Two files that do not belong together

    /// Refuses a main file that was put back beside the write-ahead log of a later one: SQLite would mix their pages.
    ///
    /// The check opens the ledger for reading, which moves nothing from the log into the file. Where other runs have the ledger open, the first
    /// of them has checked it.
    static func refuseMixed(_ path: String) throws {
        guard !UnreadableFile.isEmptyOrMissing(path + "-wal"), try isAnotherFile(path) else { return }
        let queue = try DatabaseQueue(path: path, configuration: readOnlyConfiguration(path))
        let isCurrent = try refuseNewer(queue, path).count == Schema.migrator.migrations.count
        let isBroken = try queue.read { db in try isDamaged(db) || isCurrent && breaksCheapRules(db) }
        try queue.close()
        guard isBroken else { return }
        throw LedgerError(
            .putBack, location: path,
            problem: "the file was put back, and \(path)-wal belongs to the one that was there before",
            next:
                "Nothing is sent. Put only the file back: remove \(path)-wal and \(path)-shm. \(SQLiteLedger.acceptance(of: path))"
        )
    }

    /// Whether the main file has changed since the witness was written, and nobody has the ledger open.
    private static func isAnotherFile(_ path: String) throws -> Bool {
        do throws(WitnessFile.Failure) {
            guard let file = try WitnessFile.open(of: path), file.isAlone(), let witness = try file.summary() else {
                return false
            }
            return witness.main.size > 0 && witness.main != WitnessRecord.MainFile(of: path)
        } catch {
            throw unusable(error, path)
        }
    }

    private static func isDamaged(_ db: Database) throws -> Bool {
        do {
            return try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") != "ok"
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            return true
        }
    }
}

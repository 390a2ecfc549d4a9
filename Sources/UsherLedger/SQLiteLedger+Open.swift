internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import UsherModel
internal import UsherText

extension SQLiteLedger {
    /// Opens a ledger for writing; creates it, with the folders above it, where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - host: Where it is opened: a ledger works only where it was created, until it is taken over.
    ///   - steps: What is called before each commit.
    /// - Returns: The ledger, migrated.
    /// - Throws: ``LedgerError``; `otherHost` where the file was copied from elsewhere, and `putBack` where it is older than its witness, or nobody can tell.
    package static func open(
        path: String, host: LedgerHost, steps: Steps = .unwatched
    ) async throws(LedgerError) -> SQLiteLedger {
        let ledger = try await offPool(at: path) { try prepare(path, steps: steps) }
        try await ledger.bind(to: host)
        try await ledger.beginWitness(.use)
        return ledger
    }

    /// Opens a ledger for reading; nil where there is no such file.
    ///
    /// One with an older schema is copied to a temporary database, which is migrated: the file stays as it is.
    ///
    /// - Throws: ``LedgerError``.
    package static func openReadOnly(path: String) async throws(LedgerError) -> SQLiteLedger? {
        try await offPool(at: path) {
            guard FileManager.default.fileExists(atPath: path) else {
                if let lost = try lost(path) { throw lost }
                return nil
            }
            let queue = try readOnlyQueue(path)
            let applied = try refuseNewer(queue, path)
            guard applied.count == Schema.migrator.migrations.count else { return try temporary(path, copying: queue) }
            return SQLiteLedger(
                queue: queue, location: path, steps: .unwatched, suspicion: try suspicion(path, queue))
        }
    }

    /// Opens a ledger for a dry run: it can be planned on as usual, and nothing is ever written to its file.
    ///
    /// The file is opened read-only, and what the dry run writes goes to temporary tables that hide those of the file; see ``Overlay``. Other
    /// runs are not held up. Without a file, or with one of an older schema, the dry run works on a temporary database of its own, which
    /// SQLite unlinks as soon as it is open: nothing is left behind, however the process ends.
    ///
    /// - Throws: ``LedgerError``.
    package static func openForDryRun(path: String, _ purpose: DryRun) async throws(LedgerError) -> SQLiteLedger {
        try await offPool(at: path) {
            guard FileManager.default.fileExists(atPath: path) else { return try temporary(path, copying: nil) }
            let queue = try DatabaseQueue(path: path, configuration: configuration(path, readonly: true))
            let applied = try refuseNewer(queue, path)
            guard applied.count == Schema.migrator.migrations.count else { return try temporary(path, copying: queue) }
            let suspicion = try suspicion(path, queue)
            let overlay = Overlay(purpose)
            try queue.writeWithoutTransaction { db in try overlay.create(db) }
            return SQLiteLedger(
                queue: queue, location: path, steps: .unwatched, overlay: overlay, suspicion: suspicion)
        }
    }

    /// Opens the file for reading.
    ///
    /// SQLite needs files beside a database in WAL mode, unless it is told that nobody can change it (https://www.sqlite.org/wal.html,
    /// "read-only databases"): on a medium that is mounted read-only, it is.
    private static func readOnlyQueue(_ path: String) throws -> DatabaseQueue {
        do {
            return try DatabaseQueue(path: path, configuration: configuration(path, readonly: true))
        } catch is DatabaseError where UnreadableFile.isOnReadOnlyMedium(path) {
            guard UnreadableFile.isEmptyOrMissing(path + "-wal") else {
                throw LedgerError(
                    .cannotOpen, location: path,
                    problem:
                        "it is on a read-only file system, and \(path)-wal holds changes that cannot be read there",
                    next: "Copy both files to a folder that can be written, and name that one")
            }
            return try DatabaseQueue(
                path: "file:\(PercentEncoding.encode(path, keeping: .path))?immutable=1",
                configuration: configuration(path, readonly: true))
        }
    }

    /// Copies a ledger and binds the copy to a host; where there is no ledger, nothing is copied.
    ///
    /// - Throws: ``LedgerError``.
    package static func copy(path: String, to copy: String, host: LedgerHost) async throws(LedgerError) {
        let isCopied = try await offPool(at: path) {
            guard FileManager.default.fileExists(atPath: path) else { return false }
            let original = try DatabaseQueue(path: path, configuration: configuration(path, readonly: true))
            let lock = try createPrivateFile(copy)
            defer { withExtendedLifetime(lock) {} }
            let queue = try DatabaseQueue(path: copy, configuration: configuration(copy))
            try original.backup(to: queue)
            // The copy is another ledger, with a witness of its own.
            try queue.write { db in
                try db.execute(
                    sql: "DELETE FROM setting WHERE name IN ('ledger id', 'witness')")
            }
            try queue.close()
            try original.close()
            return true
        }
        if isCopied { try await takeOver(path: copy, host: host) }
    }

    /// Binds a ledger to this host, wherever it was created.
    ///
    /// - Throws: ``LedgerError``.
    package static func takeOver(path: String, host: LedgerHost) async throws(LedgerError) {
        let ledger = try await offPool(at: path) { try prepare(path, steps: .unwatched) }
        try await ledger.rebind(to: host)
        try await ledger.beginWitness(.takeOver)
        await ledger.close()
    }

    // MARK: Files

    private static func configuration(_ path: String, readonly: Bool = false, durable: Bool = true) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { db in
            // Before anything is set that is written to the file.
            try refuseForeign(db, path)
            try db.execute(sql: "PRAGMA temp_store = FILE")
            try db.execute(sql: "PRAGMA cache_size = -8000")
            guard !readonly else { return }
            try db.execute(sql: "PRAGMA journal_mode = \(durable ? "WAL" : "MEMORY")")
            try db.execute(sql: "PRAGMA synchronous = \(durable ? "FULL" : "OFF")")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            // A page that changes again and again goes to the file once in 16 MB of log, not once in 4.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        }
        return configuration
    }

    private static func prepare(_ path: String, steps: Steps) throws -> SQLiteLedger {
        let lock = try createPrivateFile(path)
        defer { withExtendedLifetime(lock) {} }
        try refuseMixed(path)
        let queue = try DatabaseQueue(path: path, configuration: configuration(path))
        try refuseNewer(queue, path)
        if let hollow = try hollowness(of: queue, path) { throw hollow }
        try Schema.migrator.migrate(queue)
        return SQLiteLedger(queue: queue, location: path, steps: steps)
    }

    /// A database without a name (https://www.sqlite.org/inmemorydb.html, "temporary databases"): on disk where it grows, and never in a folder.
    private static func temporary(_ path: String, copying original: DatabaseQueue?) throws -> SQLiteLedger {
        let queue = try DatabaseQueue(path: "", configuration: configuration(path, durable: false))
        let lost = try original.map { try hollowness(of: $0, path) } ?? lost(path)
        if let original {
            try original.backup(to: queue)
            try original.close()
        }
        try Schema.migrator.migrate(queue)
        return SQLiteLedger(
            queue: queue, location: path, steps: .unwatched, suspicion: try lost ?? suspicion(path, queue))
    }

    /// Waits until no other process creates, migrates or compares the ledger.
    static func lockFolder(of path: String) throws -> FolderLock {
        let lock = FolderLock(folder: URL(filePath: path).deletingLastPathComponent().path)
        guard !lock.isHeldByOther else {
            throw LedgerError(
                .busy, location: path, problem: "another process is creating it, or bringing it to this version",
                next: "The next run continues")
        }
        return lock
    }

    static func readOnlyConfiguration(_ path: String) -> Configuration { configuration(path, readonly: true) }

    /// Creates the file before SQLite does, so that it is never readable by others; SQLite gives `-wal` and `-shm` its mode.
    private static func createPrivateFile(_ path: String) throws -> FolderLock {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError(
                .cannotOpen, location: path, problem: "its folder cannot be created: \(folder)",
                next: "Create the folder, or give the user that runs usher write access above it")
        }
        let lock = try lockFolder(of: path)
        try beginFile(path)
        guard let number = lock.createPrivateFile(path) else { return lock }
        throw LedgerError(
            .cannotOpen, location: path, problem: "the file cannot be created: \(String(cString: strerror(number)))",
            next: "Give the user that runs usher write access to \(folder), and check that the disk has space")
    }

    /// Refuses a database that another program made: it must not get our tables.
    private static func refuseForeign(_ db: Database, _ path: String) throws {
        let tables = try String.fetchSet(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
        guard !tables.isEmpty, !tables.contains("grdb_migrations") || !tables.contains("delivery") else { return }
        // A ledger whose first migration was interrupted has the table of migrations, and nothing else.
        guard !tables.isSubset(of: ["grdb_migrations"]) else { return }
        throw LedgerError(
            .cannotOpen, location: path, problem: "this SQLite database is no ledger of usher",
            next: "Check the path of the ledger in the job file; nothing was changed")
    }

    /// Returns the migrations that the file has.
    @discardableResult
    static func refuseNewer(_ queue: DatabaseQueue, _ path: String) throws -> Set<String> {
        let applied = try queue.read { db in
            try db.tableExists("grdb_migrations")
                ? String.fetchSet(db, sql: "SELECT identifier FROM grdb_migrations") : []
        }
        guard let unknown = applied.subtracting(Schema.migrator.migrations).min() else { return applied }
        throw LedgerError(
            .newerSchema, location: path, problem: "a newer version of usher wrote this ledger (\"\(unknown)\")",
            next: "Use that version; nothing was changed")
    }
}

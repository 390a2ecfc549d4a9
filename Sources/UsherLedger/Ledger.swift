internal import FoundationEssentials
internal import GRDB
internal import Glibc
package import UsherModel

/// The SQLite file that remembers what was due, to whom, and what became of it.
///
/// WAL, `synchronous=FULL`, mode 0600, one connection a process. Every call is one transaction; what it changed is on disk when it returns.
package final class Ledger: Sendable {
    /// The file.
    package let path: String
    let queue: DatabaseQueue
    let steps: Steps
    private let temporaryFolder: String?

    private init(queue: DatabaseQueue, path: String, steps: Steps, temporaryFolder: String?) {
        (self.queue, self.path, self.steps, self.temporaryFolder) = (queue, path, steps, temporaryFolder)
    }

    deinit { close() }

    /// Opens a ledger for writing; makes it, with the folders above it, where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - host: A digest of this machine and the path: a ledger works only where it was made, until it is taken over.
    ///   - steps: What is called before each commit.
    /// - Returns: The ledger, migrated.
    /// - Throws: ``LedgerError``; `otherHost` where the file was copied from elsewhere.
    package static func open(
        path: String, host: String, steps: Steps = .unwatched
    ) throws(LedgerError) -> Ledger {
        let ledger = try prepare(path, steps: steps)
        try ledger.bind(to: host)
        return ledger
    }

    /// Opens a ledger for reading; nil where there is no such file.
    ///
    /// - Throws: ``LedgerError``.
    package static func openReadOnly(path: String) throws(LedgerError) -> Ledger? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var configuration = Self.configuration
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let ledger = Ledger(queue: queue, path: path, steps: .unwatched, temporaryFolder: nil)
            try ledger.refuseNewer()
            return ledger
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    /// A private copy of a ledger, for a plan: what is done to it is gone when it is closed.
    ///
    /// Empty where there is no such file.
    ///
    /// - Throws: ``LedgerError``.
    package static func copyOrEmpty(of path: String) throws(LedgerError) -> Ledger {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("usher-plan-\(UUID().uuidString)")
            .path
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let copy = folder + "/usher.sqlite"
            if let original = try openReadOnly(path: path) {
                let queue = try DatabaseQueue(path: copy)
                try original.queue.backup(to: queue)
                try queue.close()
                original.close()
            }
            let queue = try DatabaseQueue(path: copy, configuration: Self.configuration(durable: false))
            try Schema.migrator.migrate(queue)
            return Ledger(queue: queue, path: path, steps: .unwatched, temporaryFolder: folder)
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    /// Makes this ledger this host's, wherever it came from.
    ///
    /// - Throws: ``LedgerError``.
    package static func takeOver(path: String, host: String) throws(LedgerError) {
        let ledger = try prepare(path, steps: .unwatched)
        try ledger.write("ledger.take-over") { db in
            try db.execute(
                sql:
                    "INSERT INTO setting (name, value) VALUES ('host', :host) ON CONFLICT (name) DO UPDATE SET value = :host",
                arguments: ["host": host])
        }
        ledger.close()
    }

    /// Closes the file; a ledger that was a copy is removed.
    package func close() {
        // Closing twice is fine, and what was promised is already on disk.
        do { try queue.close() } catch { return }
        guard let temporaryFolder else { return }
        do { try FileManager.default.removeItem(atPath: temporaryFolder) } catch { return }
    }

    // MARK: Opening

    private static var configuration: Configuration { configuration(durable: true) }

    private static func configuration(durable: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA temp_store = FILE")
            try db.execute(sql: "PRAGMA cache_size = -8000")
            guard !db.configuration.readonly else { return }
            try db.execute(sql: "PRAGMA journal_mode = \(durable ? "WAL" : "MEMORY")")
            try db.execute(sql: "PRAGMA synchronous = \(durable ? "FULL" : "OFF")")
            try db.execute(sql: "PRAGMA secure_delete = ON")
            // A page that changes again and again goes to the file once in 16 MB of log, not once in 4.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        }
        return configuration
    }

    private static func prepare(_ path: String, steps: Steps) throws(LedgerError) -> Ledger {
        do {
            let lock = try makePrivateFile(path)
            defer { withExtendedLifetime(lock) {} }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let ledger = Ledger(queue: queue, path: path, steps: steps, temporaryFolder: nil)
            try ledger.refuseNewer()
            try Schema.migrator.migrate(queue)
            return ledger
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    /// Makes the file before SQLite does, so that it is never readable by others; SQLite gives `-wal` and `-shm` its mode.
    private static func makePrivateFile(_ path: String) throws -> FolderLock {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw LedgerError(
                .cannotOpen, location: path, problem: "its folder cannot be made: \(folder)",
                next: "Make the folder, or give the user that runs usher write access above it")
        }
        let lock = FolderLock(folder: folder)
        guard let number = lock.makePrivateFile(path) else { return lock }
        throw LedgerError(
            .cannotOpen, location: path, problem: "the file cannot be made: \(String(cString: strerror(number)))",
            next: "Give the user that runs usher write access to \(folder), and see that the disk has room")
    }

    private func refuseNewer() throws {
        let known = Set(Schema.migrator.migrations)
        let applied = try queue.read { db in
            try db.tableExists("grdb_migrations")
                ? String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations") : []
        }
        guard let unknown = applied.first(where: { !known.contains($0) }) else { return }
        throw LedgerError(
            .newerSchema, location: path, problem: "a newer version of usher wrote this ledger (\"\(unknown)\")",
            next: "Use that version; nothing was changed")
    }

    private func bind(to host: String) throws(LedgerError) {
        let bound = try write("ledger.bind") { db in
            try db.execute(
                sql: "INSERT INTO setting (name, value) VALUES ('host', :host) ON CONFLICT (name) DO NOTHING",
                arguments: ["host": host])
            return try String.fetchOne(db, sql: "SELECT value FROM setting WHERE name = 'host'")
        }
        guard bound == host else {
            throw LedgerError(
                .otherHost, location: path,
                problem:
                    "this ledger was made on another machine, or under another path: a copy that sends would send twice",
                next: "If the original is no longer in use: usher ledger take-over --ledger \(path)")
        }
    }

    // MARK: Transactions

    /// Runs a write as one transaction that takes the lock at once, and says so before it commits.
    func write<Result>(
        _ step: StaticString, _ body: (Database) throws -> Result
    ) throws(LedgerError) -> Result {
        do {
            return try queue.writeWithoutTransaction { db in
                var result: Result?
                try db.inTransaction(.immediate) {
                    result = try body(db)
                    steps.pass(step)
                    return .commit
                }
                guard let result else {
                    throw LedgerError(
                        .cannotWrite, location: path, problem: "the transaction was undone", next: "Try again")
                }
                return result
            }
        } catch {
            throw LedgerError(error, location: path)
        }
    }

    /// Runs a read.
    func read<Result>(_ body: (Database) throws -> Result) throws(LedgerError) -> Result {
        do {
            return try queue.read(body)
        } catch {
            throw LedgerError(error, location: path)
        }
    }
}

/// Who holds a lease: one run of one process.
package struct Owner: Hashable, Sendable, RawRepresentable {
    /// What tells it from every other.
    package let rawValue: String
    /// Takes what tells it from every other.
    package init(rawValue: String) { self.rawValue = rawValue }
}

extension Ledger {
    /// Refuses to let this connection's file grow, as a full disk would; for rehearsals.
    ///
    /// - Throws: ``LedgerError``.
    package func limitPages() throws(LedgerError) {
        do {
            try queue.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 1
                try db.execute(sql: "PRAGMA max_page_count = \(pages + 4)")
            }
        } catch {
            throw LedgerError(error, location: path)
        }
    }
}

extension Database {
    /// Executes a statement that is prepared once for each connection: for those that each delivery needs.
    func executeCached(sql: String, arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

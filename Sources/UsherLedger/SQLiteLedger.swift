internal import Dispatch
internal import GRDB
internal import Synchronization
package import UsherModel

/// The ledger in a SQLite file: WAL, `synchronous=FULL`, mode 0600, one connection per process.
///
/// Every call is one job on GRDB's serial queue, outside Swift's cooperative pool: neither a flush nor a wait for another process's lock
/// holds one of the pool's few threads. GRDB's own async methods are not used: they are canceled with the task that calls them, and a
/// wire mark or an outcome must never be half canceled.
package final class SQLiteLedger: Ledger {
    package let location: String
    let queue: DatabaseQueue
    let steps: Steps
    /// What a dry run puts in front of the file's tables; nil for a ledger that writes to its file.
    let overlay: Overlay?
    /// The number of the last proposal.
    let proposals = Mutex<Int64>(0)
    /// What records how much was done; nil for a ledger that is only read, and until it was compared with its witness.
    let keptWitness = Mutex<KeptWitness?>(nil)
    package let suspicion: LedgerError?

    init(
        queue: DatabaseQueue, location: String, steps: Steps, overlay: Overlay? = nil, suspicion: LedgerError? = nil
    ) {
        (self.queue, self.location, self.steps, self.overlay) = (queue, location, steps, overlay)
        self.suspicion = suspicion
    }

    package func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // Not on the queue of the connection, which closing waits for.
            Self.thread().async { [self] in
                // What was promised is on disk already, so an error changes nothing; a second close is none.
                do { try queue.close() } catch { return continuation.resume() }
                endWitness()
                continuation.resume()
            }
        }
    }

    // MARK: Calls

    /// Runs a job on the connection's queue.
    func access<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            queue.asyncWriteWithoutTransaction { [location] db in
                do {
                    continuation.resume(returning: .success(try body(db)))
                } catch {
                    continuation.resume(returning: .failure(LedgerError(error, location: location)))
                }
            }
        }
        return try result.get()
    }

    /// Runs a write as one transaction that takes the lock at once.
    func write<Value: Sendable>(
        _ step: StaticString, shadowing tables: Overlay.Tables? = nil,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await access { db in try self.transaction(db, step, shadowing: tables, body) }
    }

    /// Runs a read as one transaction: all its statements see the same state.
    func read<Value: Sendable>(
        shadowing tables: Overlay.Tables? = nil, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await access { db in
            var value: Value?
            try db.inTransaction(.deferred) {
                try self.overlay?.shadow(tables, db)
                value = try body(db)
                return .commit
            }
            return try self.unwrap(value)
        }
    }

    /// One transaction on the connection's queue; passes its step right before it commits.
    func transaction<Value>(
        _ db: Database, _ step: StaticString, shadowing tables: Overlay.Tables? = nil,
        _ body: (Database) throws -> Value
    ) throws -> Value {
        var value: Value?
        // A dry run cannot take the lock of a file that it may not write, and does not need it.
        try db.inTransaction(overlay == nil ? .immediate : .deferred) {
            try overlay?.shadow(tables, db)
            value = try body(db)
            steps.pass(step)
            return .commit
        }
        return try unwrap(value)
    }

    private func unwrap<Value>(_ value: Value?) throws -> Value {
        guard let value else {
            throw LedgerError(
                .cannotWrite, location: location, problem: "the transaction was rolled back", next: "Try again")
        }
        return value
    }

    // MARK: Threads

    /// A thread for work that opens or closes a file.
    ///
    /// The queue is serial: on Linux, a concurrent one shares its threads with the pool.
    private static func thread() -> DispatchQueue { DispatchQueue(label: "usher.ledger") }

    /// Runs work that opens or closes a file, off the cooperative pool.
    static func offPool<Value: Sendable>(
        at location: String, _ work: @escaping @Sendable () throws -> Value
    ) async throws(LedgerError) -> Value {
        let result: Result<Value, LedgerError> = await withCheckedContinuation { continuation in
            thread().async {
                do {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(LedgerError(error, location: location)))
                }
            }
        }
        return try result.get()
    }
}

extension Database {
    /// Executes a statement that is prepared once per connection: for those that each delivery needs.
    func executeCached(sql: String, arguments: StatementArguments) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}

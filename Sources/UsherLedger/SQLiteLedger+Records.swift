internal import GRDB
internal import Synchronization
internal import UsherModel

/// The witness of a ledger that is open.
struct KeptWitness: Sendable {
    let file: WitnessFile
    let ledger: UInt64
    /// Whether anything was appended that is not flushed.
    var isDirty = false
}

/// What is appended to the witness, after each commit that must not be forgotten.
extension SQLiteLedger {
    /// Runs a write that must not be forgotten as one transaction, and records it in the witness.
    ///
    /// - Parameters:
    ///   - step: The step to pass before the commit.
    ///   - now: The time of the run, where there is one.
    ///   - tables: The rows that it looks at.
    ///   - isChange: Whether the result means that there is something to remember.
    ///   - body: The write.
    /// - Returns: What `body` returned.
    /// - Throws: ``LedgerError``.
    func writeWitnessed<Value: Sendable>(
        _ step: StaticString, now: Instant? = nil, shadowing tables: Overlay.Tables? = nil,
        when isChange: @escaping @Sendable (Value) -> Bool = { _ in true },
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(LedgerError) -> Value {
        try await access { db in
            let (value, counts) = try self.transaction(db, step, shadowing: tables) { db in
                let value = try body(db)
                // A dry run changes nothing.
                guard self.overlay == nil, isChange(value) else { return (value, nil as Counts?) }
                try Self.countChange(db)
                return (value, try Counts(db))
            }
            if let counts { try self.append(.changes, before: counts.told, counts, at: now, clock: nil, []) }
            return value
        }
    }

    static func countChange(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO counter (name, value) VALUES ('changes', 1) ON CONFLICT DO UPDATE SET value = value + 1
                """)
    }

    /// A record of this ledger as it is.
    func record(
        _ kind: WitnessRecord.Kind, _ id: UInt64, before: Int64, _ counts: Counts, at now: Instant?, clock: Instant?
    ) -> WitnessRecord {
        WitnessRecord(
            kind, ledger: id, before: before, told: counts.told, changes: counts.changes, secret: counts.secret,
            at: now?.secondsSince1970 ?? 0, clock: clock?.secondsSince1970 ?? 0,
            main: WitnessRecord.MainFile(of: location), entries: [])
    }

    /// Appends a record to the witness, if there is one: a dry run has none.
    ///
    /// - Throws: ``LedgerError`` where it cannot be written: nothing may leave then.
    func append(
        _ kind: WitnessRecord.Kind, before: Int64, _ counts: Counts, at now: Instant?, clock: Instant?,
        _ entries: [WitnessRecord.Entry]
    ) throws {
        try keptWitness.withLock { kept in
            guard let open = kept else { return }
            steps.pass("ledger.witness")
            var record = record(kind, open.ledger, before: before, counts, at: now, clock: clock)
            record.entries = entries
            do throws(WitnessFile.Failure) { try open.file.append(record) } catch {
                throw Self.unusable(error, location)
            }
            kept?.isDirty = true
        }
    }

    /// Records wire marks in the witness.
    ///
    /// - Returns: The marks; where the witness cannot be written, why there are none: what they marked is pending again.
    func witnessed(
        _ results: [Result<Wired, LedgerError>], until counts: Counts, now: Instant, clock: Instant, _ db: Database
    ) throws -> [Result<Wired, LedgerError>] {
        let marks = results.compactMap { result -> Wired? in
            if case .success(let wired) = result { wired } else { nil }
        }
        do {
            try append(
                .marks, before: counts.told - Int64(results.count), counts, at: now, clock: clock,
                marks.compactMap { Self.entry($0.claim.key.hex, $0.claim.session.session) })
            return results
        } catch let error as LedgerError {
            try transaction(db, "ledger.unwire") { db in
                for mark in marks { try Self.unwire(mark, error.problem, db) }
            }
            return results.map { result in result.flatMap { _ in .failure(error) } }
        }
    }

    /// What was marked and has certainly not left.
    private static func unwire(_ mark: Wired, _ reason: String, _ db: Database) throws {
        try db.executeCached(
            sql: """
                UPDATE delivery SET state = 'pending', owner = NULL, lease_until = NULL, told_revision = NULL,
                    told_order = NULL, wired_at = NULL, evidence = :reason, attempts = attempts - 1
                WHERE key = :key AND told_order = :order AND state = 'wire'
                """,
            arguments: ["reason": reason, "key": mark.claim.key.hex, "order": mark.order])
    }

    /// Records in the witness what a proposal has adopted.
    func witnessAdopted(after before: Int64, _ now: Instant, _ db: Database) throws {
        let counts = try Counts(db)
        let keys = try String.fetchAll(
            db,
            sql: "SELECT key FROM delivery WHERE told_order > ? AND state = 'skipped' AND reason = 'adopted'",
            arguments: [before])
        try append(.adopted, before: before, counts, at: now, clock: nil, keys.compactMap { Self.entry($0) })
    }

    /// What a record holds of a delivery with this key, which told the facts of this session; nil where they are not known.
    static func entry(_ key: String, _ session: Session? = nil) -> WitnessRecord.Entry? {
        UInt64(key.prefix(16), radix: 16).map {
            WitnessRecord.Entry(key: $0, facts: session.map { facts($0) } ?? 0)
        }
    }

    /// The beginning of the digest of what messages about a session tell.
    static func facts(_ session: Session) -> UInt32 {
        UInt32(session.fingerprint.prefix(8), radix: 16) ?? 0
    }

    /// Flushes and closes the witness, at the end of a run.
    func endWitness() {
        keptWitness.withLock { kept in
            if let open = kept, open.isDirty { open.file.flush() }
            kept = nil
        }
    }
}

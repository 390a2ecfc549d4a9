internal import Glibc
internal import UsherLedger
package import UsherModel
internal import UsherTransfer

/// Opens ledgers: the only place that knows which engines there are.
package enum LedgerKinds {
    /// Opens a ledger for writing; creates it where there is none.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - host: Where it is opened: a ledger works only where it was created, until it is taken over.
    ///   - steps: What is called before each commit.
    /// - Returns: The ledger, of the present schema.
    /// - Throws: ``LedgerError``; `otherHost` where it was copied from elsewhere.
    package static func open(
        _ path: String, host: LedgerHost, steps: Steps = .unwatched
    ) async throws(LedgerError) -> any Ledger {
        try await SQLiteLedger.open(path: try file(path, isNew: true), host: host, steps: steps)
    }

    /// Copies a ledger, so that a rehearsal can go on from where it stands; where there is none, nothing is copied.
    ///
    /// - Throws: ``LedgerError``.
    package static func copy(_ path: String, to copy: String, host: LedgerHost) async throws(LedgerError) {
        try await SQLiteLedger.copy(
            path: try file(path, isNew: false), to: try file(copy, isNew: true), host: host)
    }

    /// Opens a ledger for reading; nil where there is none.
    ///
    /// - Throws: ``LedgerError``.
    package static func openReadOnly(_ path: String) async throws(LedgerError) -> (any Ledger)? {
        try await SQLiteLedger.openReadOnly(path: try file(path, isNew: false))
    }

    /// Opens a ledger for a dry run: it works as usual, and nothing is written to its file; it is empty where there is none.
    ///
    /// - Throws: ``LedgerError``.
    package static func openForDryRun(_ path: String, _ purpose: DryRun) async throws(LedgerError) -> any Ledger {
        try await SQLiteLedger.openForDryRun(path: try file(path, isNew: false), purpose)
    }

    /// Binds a ledger to this host, wherever it was created.
    ///
    /// - Throws: ``LedgerError``.
    package static func takeOver(_ path: String, host: LedgerHost) async throws(LedgerError) {
        try await SQLiteLedger.takeOver(path: try file(path, isNew: true), host: host)
    }

    /// Where the ledger is, if nobody else decides that.
    private static func file(_ path: String, isNew: Bool) throws(LedgerError) -> String {
        do throws(FileError) {
            return try OpenFolder.resolve(file: path, isNew: isNew)
        } catch {
            // What else is wrong with the path, the engine says better.
            guard [ELOOP, EPERM].contains(error.number) else { return path }
            throw LedgerError(
                .cannotOpen, location: path, problem: error.path == path ? error.reason : error.description,
                next: "Remove it, and keep the ledger in a folder in which nobody else may write")
        }
    }
}

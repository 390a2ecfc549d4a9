internal import GRDB
internal import UsherModel

extension LedgerError {
    /// Translates what GRDB and SQLite throw.
    init(_ error: any Error, location: String) {
        if let error = error as? LedgerError {
            self = error
            return
        }
        if error is DamagedValue || error is RowDecodingError {
            self.init(
                .corrupt, location: location, problem: (error as? DamagedValue)?.description ?? "it is damaged",
                next: "Check the file with: usher ledger verify --ledger \(location)")
            return
        }
        guard let error = error as? DatabaseError else {
            let reason = UnreadableFile.reason(location)
            self.init(
                reason == nil ? .corrupt : .cannotOpen, location: location,
                problem: reason?.problem ?? "it cannot be used (\(type(of: error)))",
                next: reason?.next ?? "Check the file with: usher ledger verify --ledger \(location)")
            return
        }
        if [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode),
            let reason = UnreadableFile.reason(location)
        {
            self.init(.cannotOpen, location: location, problem: reason.problem, next: reason.next)
            return
        }
        let (code, next) = Self.meaning(of: error)
        self.init(code, location: location, problem: Self.words(of: error), next: next)
    }

    /// What SQLite says, unless that says nothing to a person.
    private static func words(of error: DatabaseError) -> String {
        switch error.resultCode {
        case .SQLITE_NOMEM: "no memory is left"
        case .SQLITE_CANTOPEN: "the file cannot be opened"
        case .SQLITE_OK, .SQLITE_MISUSE: "SQLite error \(error.extendedResultCode.rawValue)"
        default: error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        }
    }

    private static func meaning(of error: DatabaseError) -> (Code, String) {
        switch error.resultCode {
        case .SQLITE_FULL: (.cannotWrite, "Make room on the disk; the next run continues where this one stopped")
        case .SQLITE_READONLY, .SQLITE_PERM:
            (.cannotWrite, "Give the user that runs usher write access to the file and its folder")
        case .SQLITE_IOERR: (.cannotWrite, "Check the disk; the next run continues where this one stopped")
        case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "Another process holds the file; the next run continues")
        case .SQLITE_CANTOPEN: (.cannotOpen, "Check that the folder exists and can be written")
        case .SQLITE_NOMEM:
            (.cannotOpen, "Give the process more memory: see ulimit -v, and the limit of its container or service")
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: (.corrupt, "Restore the file from a backup; until then nothing is sent")
        default: (.corrupt, "This is a defect: please report it with the output of usher --version")
        }
    }
}

internal import GRDB
internal import UsherModel

extension LedgerError {
    /// Translates what GRDB and SQLite throw.
    init(_ error: any Error, location: String) {
        if let error = error as? LedgerError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self.init(
                .corrupt, location: location, problem: "\(error)",
                next: "Check the file with: sqlite3 FILE 'PRAGMA integrity_check'")
            return
        }
        let (code, next) = Self.meaning(of: error)
        self.init(
            code, location: location, problem: error.message ?? "SQLite error \(error.resultCode.rawValue)", next: next)
    }

    private static func meaning(of error: DatabaseError) -> (Code, String) {
        switch error.resultCode {
        case .SQLITE_FULL: (.cannotWrite, "Make room on the disk; the next run continues where this one stopped")
        case .SQLITE_READONLY, .SQLITE_PERM:
            (.cannotWrite, "Give the user that runs usher write access to the file and its folder")
        case .SQLITE_IOERR: (.cannotWrite, "Check the disk; the next run continues where this one stopped")
        case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "Another process holds the file; the next run continues")
        case .SQLITE_CANTOPEN: (.cannotOpen, "Check that the folder exists and can be written")
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: (.corrupt, "Restore the file from a backup; until then nothing is sent")
        default: (.corrupt, "This is a defect: please report it with the output of usher --version")
        }
    }
}

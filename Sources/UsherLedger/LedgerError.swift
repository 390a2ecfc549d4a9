internal import GRDB

/// The ledger could not do what it was asked; nothing was changed by the call that threw it.
package struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file cannot be opened or made.
        case cannotOpen
        /// The file cannot be written: full disk, missing rights, faulty disk.
        case cannotWrite
        /// Another process held the file for too long.
        case busy
        /// The file belongs to another machine or path.
        case otherHost
        /// The file is no ledger, or is damaged.
        case corrupt
        /// A newer version of this program wrote the file.
        case newerSchema
        /// The claim went to another run.
        case leaseLost
        /// The session has been revised since the claim.
        case staleClaim
        /// There is no such delivery, or it is not in the state this needs.
        case noSuchDelivery
    }

    /// What a program can act on.
    package let code: Code
    /// The file.
    package let location: String
    /// What was found.
    package let problem: String
    /// What to do next.
    package let next: String

    /// All in one line.
    package var description: String { "\(location): \(problem). \(next)" }

    init(_ code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }

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
        case .SQLITE_FULL: (.cannotWrite, "Make room on the disk; the next run goes on where this one stopped")
        case .SQLITE_READONLY, .SQLITE_PERM:
            (.cannotWrite, "Give the user that runs usher write access to the file and its folder")
        case .SQLITE_IOERR: (.cannotWrite, "Check the disk; the next run goes on where this one stopped")
        case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "Another process holds the file; the next run goes on")
        case .SQLITE_CANTOPEN: (.cannotOpen, "Check that the folder exists and may be written")
        case .SQLITE_NOTADB, .SQLITE_CORRUPT: (.corrupt, "Restore the file from a backup; until then nothing is sent")
        default: (.corrupt, "This is a defect: please report it with the output of usher --version")
        }
    }
}

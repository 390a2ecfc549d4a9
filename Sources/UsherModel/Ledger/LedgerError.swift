/// The ledger could not do what it was asked to do; the call that threw this changed nothing.
public struct LedgerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The ledger cannot be opened or created.
        case cannotOpen
        /// The ledger cannot be written: full disk, missing rights, faulty disk.
        case cannotWrite
        /// Another process held the ledger for too long.
        case busy
        /// The ledger belongs to another machine or path.
        case otherHost
        /// The ledger was put back from a backup, or nobody can tell whether it was: it may not know whom it has told.
        case putBack
        /// This is not a ledger, or it is damaged.
        case corrupt
        /// A newer version of this program wrote the ledger.
        case newerSchema
        /// The claim or the planning lease went to another run.
        case leaseLost
        /// What the call is based on has changed since it was read.
        case outdated
        /// The delivery is no longer to be sent, and has been skipped.
        case noLongerDue
        /// There is no such delivery, or it is not in the state that the call requires.
        case noSuchDelivery
    }

    /// The kind of problem, for programs.
    public let code: Code
    /// The file or database.
    public let location: String
    /// What was found.
    public let problem: String
    /// What to do next.
    public let next: String

    /// Location, problem and next step in one line.
    public var description: String { ErrorText.line(location, problem, next) }

    /// Creates an error from its parts.
    public init(_ code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }
}

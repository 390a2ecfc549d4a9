/// The result of checking a whole ledger.
public struct Verification: Hashable, Sendable {
    /// What is wrong; empty for a sound ledger.
    public let problems: [LedgerProblem]
    /// The number of deliveries, by job and state; empty where the storage itself is damaged.
    public let counts: [String: [DeliveryState: Int]]
    /// The number of deliveries held by runs whose lease has ended: no problem, the next run recovers them.
    public let abandoned: Int

    /// Creates a result.
    public init(problems: [LedgerProblem], counts: [String: [DeliveryState: Int]], abandoned: Int) {
        (self.problems, self.counts, self.abandoned) = (problems, counts, abandoned)
    }
}

/// A rule that a ledger breaks.
public struct LedgerProblem: Hashable, Sendable {
    /// The rule.
    public let check: LedgerCheck
    /// How often it is broken.
    public let count: Int
    /// The first few locations: keys, or what the storage engine said.
    public let examples: [String]

    /// Creates a problem.
    public init(check: LedgerCheck, count: Int, examples: [String]) {
        (self.check, self.count, self.examples) = (check, count, examples)
    }
}

/// A rule that every ledger keeps.
public enum LedgerCheck: String, Hashable, Sendable, CaseIterable {
    /// The storage engine's own checks.
    case integrity, references
    /// Triggers and the table of allowed state changes.
    case guards
    /// What a delivery's state requires of its other columns.
    case holders, finished, reasons, told
    /// Keys, and one key for one message.
    case keys, twice
    /// What deliveries and sessions say of each other.
    case order, sessions, revisions
    /// Stored sessions and registrations can be read.
    case snapshots

    /// What is wrong where the rule is broken.
    public var meaning: String {
        switch self {
        case .integrity: "the file is damaged, or contains what its own constraints forbid"
        case .references: "an attempt belongs to no delivery"
        case .guards: "the triggers or the table that restrict state changes are missing or were altered"
        case .holders: "a delivery is claimed without an owner and a lease, or has them without being claimed"
        case .finished: "a delivery has reached its final state without a time, or has a time and has not"
        case .reasons: "a delivery is skipped without a reason, or has a reason and is not skipped"
        case .told: "what a delivery told does not match its state"
        case .keys: "a key is not 64 digits 0-9 a-f"
        case .twice: "one message to one recipient has two keys"
        case .order: "a delivery has a later mark than the last one recorded: the file is older than its own rows"
        case .sessions: "an open delivery belongs to a session that is not in the ledger"
        case .revisions: "a session, or what was told of it, has a revision that is not in the ledger"
        case .snapshots: "a stored session or registration cannot be read"
        }
    }

    /// What to do next.
    public var next: String {
        switch self {
        case .integrity:
            "Stop all runs, keep a copy of the file with its -wal, and restore the newest good backup. What was sent after that backup is not "
                + "in it: adopt or resolve before the next run"
        case .references, .holders, .finished, .reasons, .told, .keys, .guards, .revisions:
            "The file was changed by something other than usher. Stop all runs and restore the newest good backup"
        case .twice:
            "Look at both with: usher ledger show KEY. Where one was not sent, suppress the address or resolve it before the next run"
        case .order:
            "Parts of two copies of the file were mixed, such as a file without its -wal. Stop all runs and restore one complete copy"
        case .sessions:
            "They are never sent. Restore the newest good backup, or leave them as they are"
        case .snapshots:
            "The next run fails on them. Restore the newest good backup, or use the version of usher that wrote it"
        }
    }
}

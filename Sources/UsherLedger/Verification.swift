package import UsherModel

/// What a look through a whole ledger found.
package struct Verification: Hashable, Sendable {
    /// What is wrong; empty where nothing is.
    package let problems: [LedgerProblem]
    /// Deliveries by job and state; empty where the file itself is damaged.
    package let counts: [String: [DeliveryState: Int]]
    /// Held by runs whose lease has ended: not wrong, the next run takes them back.
    package let abandoned: Int
}

/// One way in which a ledger is not as it must be.
package struct LedgerProblem: Hashable, Sendable {
    /// Which rule is broken.
    package let check: LedgerCheck
    /// How often.
    package let count: Int
    /// The first few places: keys, or what SQLite said.
    package let examples: [String]
}

/// What must hold of every ledger.
package enum LedgerCheck: String, Hashable, Sendable, CaseIterable {
    case integrity, references, guards, holders, finished, reasons, told, keys, twice, order, sessions, revisions
    case snapshots

    /// What is wrong where it does not hold.
    package var meaning: String {
        switch self {
        case .integrity: "the file is damaged, or holds what its own constraints forbid"
        case .references: "an attempt belongs to no delivery"
        case .guards: "what keeps a delivery from changing its state wrongly is missing or was changed"
        case .holders: "a delivery is taken up without an owner and a lease, or has them without being taken up"
        case .finished: "a delivery has ended without a time, or has a time and has not ended"
        case .reasons: "a delivery is skipped without a reason, or has a reason and is not skipped"
        case .told: "what a delivery told does not match its state"
        case .keys: "a key is not 64 digits 0-9 a-f"
        case .twice: "one message to one recipient stands under two keys"
        case .order: "a delivery was told later than the last mark there was: the file is older than its own rows"
        case .sessions: "a delivery that is still open belongs to a session that the ledger does not know"
        case .revisions: "a session, or what was told of it, has a revision that the ledger does not know"
        case .snapshots: "what is remembered of a session or a registration cannot be read"
        }
    }

    /// What to do then.
    package var next: String {
        switch self {
        case .integrity:
            "Stop all runs, keep a copy of the file with its -wal, and restore the newest good backup. What was sent after it was made is not "
                + "in it: adopt or resolve before the next run"
        case .references, .holders, .finished, .reasons, .told, .keys, .guards, .revisions:
            "Someone changed the file by other means than usher. Stop all runs and restore the newest good backup"
        case .twice:
            "Look at both with: usher ledger show KEY. Where one was not sent, suppress the address or resolve it before the next run"
        case .order:
            "Parts of two copies of the file were mixed, such as a file without its -wal. Stop all runs and restore one copy whole"
        case .sessions:
            "They wait for ever and are never sent. Restore the newest good backup, or leave them as they are"
        case .snapshots:
            "The next run fails there. Restore the newest good backup, or use the version of usher that wrote it"
        }
    }
}

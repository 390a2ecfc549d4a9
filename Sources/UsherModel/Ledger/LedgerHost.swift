/// What a ledger is bound to, so that a copy of it sends nothing.
public enum LedgerBinding: String, Hashable, Sendable, CaseIterable {
    /// The machine and the path.
    case host
    /// The file itself, on whatever machine and under whatever path it is mounted.
    case volume
    /// Nothing; that it was moved or copied is only said.
    case nothing = "none"
}

/// Where a ledger is opened, as far as that matters to what it is bound to.
public struct LedgerHost: Sendable {
    /// A digest of the machine and the path.
    public let machine: String
    /// The id of the present boot of the machine's kernel.
    public let boot: String
    /// What the ledger is to be bound to; nil for what it is bound to, or is usual here.
    public let binding: LedgerBinding?
    /// What ledgers are bound to here where nothing else was said.
    public let usual: LedgerBinding
    /// Called with a warning where a ledger that is bound to nothing was moved or copied.
    public let warn: @Sendable (String) -> Void

    /// Creates a host.
    public init(
        machine: String, boot: String, binding: LedgerBinding?, usual: LedgerBinding,
        warn: @escaping @Sendable (String) -> Void
    ) {
        (self.machine, self.boot, self.binding, self.usual, self.warn) = (machine, boot, binding, usual, warn)
    }
}

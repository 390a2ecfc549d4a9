/// What is remembered between runs: sessions, recipients, deliveries and what became of them.
///
/// The engine and the commands know only these protocols; an engine that stores them (SQLite, another database) is opened in one place.
/// Each facet is what one part of a run needs.
///
/// What every implementation guarantees:
/// - A call is one transaction: it has happened wholly, or it threw ``LedgerError`` and changed nothing.
/// - What a call has written is on disk, and visible to every other run, when it returns.
/// - A canceled task cancels no call: a wire mark or an outcome is never half written.
/// - No call waits for a lock or a disk on a thread of Swift's cooperative pool.
/// - No call reads a clock: `now` is the time of the run, `clock` is real time, by which leases and rates go.
public protocol Ledger: SessionStore, RosterStore, AttendanceStore, ProposalStore, DeliveryStore, ChannelStore,
    DoubtStore, SuppressionStore, InboxStore, PublicationStore, RunStore, DeliveryHistory
{
    /// The secrets with which ids and tokens are made.
    ///
    /// - Throws: ``LedgerError``.
    func secrets() async throws(LedgerError) -> LedgerSecrets

    /// Makes a new secret. Ids that were made with an earlier one stay as they are.
    ///
    /// - Parameter revoking: Whether reports and tokens that rest on the earlier ones are no longer believed.
    /// - Throws: ``LedgerError``.
    func rotateSecret(revoking: Bool) async throws(LedgerError)

    /// Why a run would refuse this ledger, which was opened for reading or for a dry run: it was put back from a backup, or nobody can tell
    /// whether it was; nil where nothing speaks against it.
    var suspicion: LedgerError? { get }

    /// The file or database, as error texts name it; without credentials.
    var location: String { get }

    /// Closes the ledger; every later call throws. Closing it twice has no effect.
    func close() async
}

/// What a dry run does on a ledger to which it must write nothing.
public enum DryRun: Hashable, Sendable, CaseIterable {
    /// Fetches and plans.
    case plan
    /// Files what an inbox says.
    case inbox
}

/// Who holds a lease: one run of one process.
public struct Owner: Hashable, Sendable, RawRepresentable {
    /// A text that no other run ever has.
    public let rawValue: String
    /// Creates an owner from the text that identifies it.
    public init(rawValue: String) { self.rawValue = rawValue }
}

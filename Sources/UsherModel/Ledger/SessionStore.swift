/// The sessions that a job has seen, their revisions, and when their recipients were last gone through.
public protocol SessionStore: Sendable {
    /// The sessions of a job that end at or after an instant.
    ///
    /// - Throws: ``LedgerError``.
    func sessions(job: String, endingAfter: Instant) async throws(LedgerError) -> [SessionKey: SessionMemory]

    /// One session, however long ago it ended; nil where the job has never seen it.
    ///
    /// - Throws: ``LedgerError``.
    func session(job: String, _ key: SessionKey) async throws(LedgerError) -> SessionMemory?

    /// The earlier revisions of a session that had the material facts of its present one, as after a change that was undone.
    ///
    /// A revision without a link has that of the one before it: nobody is told that a link is missing.
    ///
    /// - Throws: ``LedgerError``.
    func revisionsLikePresent(job: String, _ key: SessionKey) async throws(LedgerError) -> Set<Int>

    /// The session as it was at each revision before the present one, the oldest first.
    ///
    /// - Throws: ``LedgerError``.
    func earlier(job: String, _ key: SessionKey) async throws(LedgerError) -> [Session]

    /// The keys of all sessions of a job.
    ///
    /// - Throws: ``LedgerError``.
    func sessionKeys(job: String) async throws(LedgerError) -> [SessionKey]

    /// Stores sessions, all or none. Each revision is kept, so that a later notice can say what changed.
    ///
    /// - Throws: ``LedgerError``; `leaseLost` where another run plans by now, `outdated` where the stored revision of a session is not the one
    ///   that the change is based on.
    func record(_ changes: [SessionChange], under lease: PlanningLease, now: Instant) async throws(LedgerError)

    /// The last scan of a session's recipients; nil where there was none.
    ///
    /// - Throws: ``LedgerError``.
    func scan(job: String, session: SessionKey) async throws(LedgerError) -> ScanMemory?

    /// Stores that the recipients of these sessions were gone through, and everything due was enrolled.
    ///
    /// - Throws: ``LedgerError``; `leaseLost` where another run plans by now.
    func recordScans(_ scans: [SessionKey: ScanMemory], under lease: PlanningLease) async throws(LedgerError)
}

/// A session to store, and the revision that was read before it was compared with the source.
public struct SessionChange: Hashable, Sendable {
    /// The session from now on.
    public let memory: SessionMemory
    /// The revision that was read; nil where the ledger held none.
    public let base: Int?

    /// Creates a change.
    public init(_ memory: SessionMemory, over base: Int?) { (self.memory, self.base) = (memory, base) }
}

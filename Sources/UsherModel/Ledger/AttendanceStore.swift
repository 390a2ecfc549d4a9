/// Who came to a session, by the source's attendance reports.
public protocol AttendanceStore: Sendable {
    /// Starts reading who came to a session. A reading that is never completed says nothing.
    ///
    /// - Throws: ``LedgerError``.
    func beginAttendance(of session: SessionKey, under lease: PlanningLease) async throws(LedgerError)
        -> AttendanceReading

    /// Stores one page. Several records of one person, as from several reports, add up.
    ///
    /// People are stored as digests only: of the registration where the record names one, else of the address.
    ///
    /// - Throws: ``LedgerError``.
    func observe(_ reading: AttendanceReading, _ records: [AttendanceRecord]) async throws(LedgerError)

    /// Ends a reading that reached the end of the reports: it replaces the one before.
    ///
    /// - Throws: ``LedgerError``.
    func completeAttendance(_ reading: AttendanceReading) async throws(LedgerError)

    /// Adds to each candidate how many seconds they were in a session; leaves them as they are where no reading was completed.
    ///
    /// - Throws: ``LedgerError``.
    func attended(
        job: String, session: SessionKey, _ candidates: [Candidate]
    ) async throws(LedgerError) -> [Candidate]
}

/// One reading of who came to a session.
public struct AttendanceReading: Hashable, Sendable {
    /// The lease under which it was begun.
    public let lease: PlanningLease
    /// The session.
    public let session: SessionKey
    /// Counts the readings of this session.
    public let number: Int64

    /// Only a ledger begins a reading.
    package init(lease: PlanningLease, session: SessionKey, number: Int64) {
        (self.lease, self.session, self.number) = (lease, session, number)
    }

    /// The job.
    public var job: String { lease.job }
}

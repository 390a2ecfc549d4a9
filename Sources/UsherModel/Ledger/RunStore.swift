/// The runs of a job, and how each job stands.
public protocol RunStore: Sendable {
    /// Records that a run begins.
    ///
    /// - Returns: The run's number.
    /// - Throws: ``LedgerError``.
    func beginRun(job: String, owner: Owner, now: Instant) async throws(LedgerError) -> Int64

    /// Records how a run ended.
    ///
    /// - Throws: ``LedgerError``.
    func endRun(_ run: Int64, outcome: String, now: Instant) async throws(LedgerError)

    /// When the last run of a job ended, or began where it has not ended; nil where there was none.
    ///
    /// The last one is the one recorded last, whatever time it had: one run whose clock was ahead must not vouch for the next.
    ///
    /// - Throws: ``LedgerError``.
    func lastRunAt(job: String) async throws(LedgerError) -> Instant?

    /// The status of every job in this ledger, ordered by name.
    ///
    /// - Throws: ``LedgerError``.
    func status(now: Instant) async throws(LedgerError) -> [JobStatus]
}

/// How a job stands.
public struct JobStatus: Hashable, Sendable {
    /// The job's name in the ledger.
    public let job: String
    /// When its last run began; nil where there was none.
    public let lastRunAt: Instant?
    /// How that run ended; nil where it has not.
    public let lastOutcome: String?
    /// The next moment that falls due, or the next attempt; nil where there is none.
    public let nextDueAt: Instant?
    /// The number of deliveries, by state.
    public let counts: [DeliveryState: Int]
    /// The evidence of a few deliveries that failed, are in doubt or wait for another attempt.
    public let problems: [String]

    /// Creates a status.
    public init(
        job: String, lastRunAt: Instant?, lastOutcome: String?, nextDueAt: Instant?, counts: [DeliveryState: Int],
        problems: [String]
    ) {
        (self.job, self.lastRunAt, self.lastOutcome) = (job, lastRunAt, lastOutcome)
        (self.nextDueAt, self.counts, self.problems) = (nextDueAt, counts, problems)
    }
}

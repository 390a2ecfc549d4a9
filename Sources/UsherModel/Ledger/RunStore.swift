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

    /// Remembers the problems with records that a run reports, so that the next one only counts them.
    ///
    /// - Parameters:
    ///   - identities: One text for each problem that the run found.
    ///   - job: The job.
    ///   - forgetsOthers: Whether problems that the run did not find are gone.
    ///   - now: The time of the run.
    /// - Returns: Those of the problems that an earlier run has reported.
    /// - Throws: ``LedgerError``.
    func rememberProblems(
        _ identities: [String], of job: String, forgetsOthers: Bool, now: Instant
    ) async throws(LedgerError) -> [ReportedProblem]

    /// The problems with records that runs of a job have reported and that were still there at the last one.
    ///
    /// - Throws: ``LedgerError``.
    func reportedProblems(of job: String) async throws(LedgerError) -> [ReportedProblem]

    /// The source that a job was last planned from; nil where it never was.
    ///
    /// - Throws: ``LedgerError``.
    func source(job: String) async throws(LedgerError) -> JobSource?

    /// Records the source that a job is planned from.
    ///
    /// - Throws: ``LedgerError``.
    func record(_ source: JobSource, job: String) async throws(LedgerError)

    /// What a job and its rules were called before.
    ///
    /// - Throws: ``LedgerError``.
    func earlierNames(job: String) async throws(LedgerError) -> EarlierNames

    /// Renames in the ledger what was renamed in the job file, so that it goes on where it stood.
    ///
    /// - Returns: The number of deliveries that have a new name.
    /// - Throws: ``LedgerError``.
    func rename(_ renaming: Renaming, job: String) async throws(LedgerError) -> Int

    /// The status of every job in this ledger, ordered by name.
    ///
    /// - Throws: ``LedgerError``.
    func status(now: Instant) async throws(LedgerError) -> [JobStatus]
}

/// A problem with a record that a run has reported.
///
/// The ledger keeps no text of it, which may name a person.
public struct ReportedProblem: Hashable, Sendable {
    /// What the problem is, as the run identified it.
    public let identity: String
    /// The run that reported it first.
    public let firstSeenAt: Instant
    /// The last run that found it.
    public let lastSeenAt: Instant

    /// Creates a problem.
    public init(identity: String, firstSeenAt: Instant, lastSeenAt: Instant) {
        (self.identity, self.firstSeenAt, self.lastSeenAt) = (identity, firstSeenAt, lastSeenAt)
    }
}

/// What tells two jobs of one name apart: the source that they read.
public struct JobSource: Hashable, Sendable {
    /// Its kind and a digest of where it is.
    public let identity: String
    /// The job file that names it, for people.
    public let file: String

    /// Creates a description of a job's source.
    public init(identity: String, file: String) { (self.identity, self.file) = (identity, file) }
}

/// How a job stands.
public struct JobStatus: Hashable, Sendable {
    /// The job's name in the ledger.
    public let job: String
    /// Its last run; nil where there was none.
    public let lastRun: LastRun?
    /// The next moment that falls due, or the next attempt; nil where there is none.
    public let nextDueAt: Instant?
    /// The number of deliveries, by state.
    public let counts: [DeliveryState: Int]
    /// The channels over which something waits, or which have trouble; ordered by name.
    public let channels: [ChannelName]
    /// The number of deliveries that failed and could still be sent: they have not expired.
    public let failedInTime: Int
    /// The number of deliveries that expired within the last day before they could be sent.
    public let expiredUnsent: Int
    /// The evidence of a few deliveries that failed, are in doubt or wait for another attempt.
    public let evidence: [String]

    /// A run.
    public struct LastRun: Hashable, Sendable {
        /// When it began.
        public let at: Instant
        /// How it ended; nil where it has not.
        public let outcome: String?
        /// How the last run that has ended did; nil where none has.
        public let lastOutcome: String?

        /// Creates a description of a run.
        public init(at: Instant, outcome: String?, lastOutcome: String?) {
            (self.at, self.outcome, self.lastOutcome) = (at, outcome, lastOutcome)
        }
    }

    /// Creates a status.
    public init(
        job: String, lastRun: LastRun?, nextDueAt: Instant?, counts: [DeliveryState: Int], channels: [ChannelName],
        failedInTime: Int, expiredUnsent: Int, evidence: [String]
    ) {
        (self.job, self.lastRun, self.nextDueAt, self.counts) = (job, lastRun, nextDueAt, counts)
        (self.channels, self.failedInTime, self.expiredUnsent) = (channels, failedInTime, expiredUnsent)
        self.evidence = evidence
    }
}

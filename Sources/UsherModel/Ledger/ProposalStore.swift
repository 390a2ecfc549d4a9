/// Plans: what a run proposes to send, and how it becomes due.
///
/// A proposal is private to its run until it is enrolled or adopted: two proposals on one ledger do not mix.
public protocol ProposalStore: Sendable {
    /// Acquires the lease under which one run of a job at a time fetches and plans.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - owner: The run that asks.
    ///   - until: When the lease ends, by the clock.
    ///   - clock: Real time.
    ///   - isAlive: Whether another owner's process still runs; the lease of one that does not is void.
    /// - Returns: The lease, where the caller holds it now. A lease that ends further ahead than twice its length was written by a
    ///   clock that was wrong, and is void.
    /// - Throws: ``LedgerError``.
    func acquirePlanningLease(
        job: String, owner: Owner, until: Instant, clock: Instant, isAlive: @escaping @Sendable (Owner) -> Bool
    ) async throws(LedgerError) -> PlanningLeaseAnswer

    /// Releases a planning lease; one that another run has taken over stays with that run.
    ///
    /// - Throws: ``LedgerError``.
    func release(_ lease: PlanningLease) async throws(LedgerError)

    /// Starts an empty proposal, which can be enrolled for as long as the lease is held.
    ///
    /// - Throws: ``LedgerError``.
    func beginProposal(under lease: PlanningLease) async throws(LedgerError) -> ProposalID

    /// Adds to a proposal.
    ///
    /// - Parameters:
    ///   - deliveries: Deliveries to send, or to record as skipped. A key that is proposed already stays as it was first proposed.
    ///   - superseding: Deliveries that wait to be sent, enrolled or proposed, and are now to be skipped.
    ///   - proposal: The proposal.
    /// - Throws: ``LedgerError``.
    func propose(
        _ deliveries: [Delivery], superseding: [(key: DedupeKey, reason: SkipReason)], in proposal: ProposalID
    ) async throws(LedgerError)

    /// All deliveries of a session to these recipients, for the planner: those enrolled, and those in a proposal.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - session: The session.
    ///   - recipients: The recipients, one page of them.
    ///   - proposal: The proposal to look at, too; nil for none.
    /// - Returns: The deliveries of each recipient who has any.
    /// - Throws: ``LedgerError``.
    func memory(
        job: String, session: SessionKey, recipients: [RecipientID], in proposal: ProposalID?
    ) async throws(LedgerError) -> [RecipientID: [RememberedDelivery]]

    /// What some rules have told these recipients of the other sessions of an event.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - session: The session that is left out.
    ///   - rules: The rules.
    ///   - recipients: The recipients, one page of them.
    /// - Returns: One entry for each rule and registration of a recipient.
    /// - Throws: ``LedgerError``.
    func seriesMemory(
        job: String, besides session: SessionKey, rules: [RuleID], recipients: [RecipientID]
    ) async throws(LedgerError) -> [RecipientID: [SeriesMemory]]

    /// The people to whom a proposal would send what they were told already: an invitation, or a reminder of the same moment, over the same medium.
    ///
    /// - Parameters:
    ///   - proposal: The proposal.
    ///   - mail: The channels of the job that send mail; what another job or a channel of another name has sent counts as the same medium,
    ///     unless it is known to be another.
    ///   - others: The channels of the job that send something else.
    /// - Returns: Groups of equal causes, the largest first; empty where nobody is told again.
    /// - Throws: ``LedgerError``.
    func toldAgain(
        in proposal: ProposalID, mail: [ChannelName], others: [ChannelName]
    ) async throws(LedgerError) -> [ToldAgain]

    /// Counts what a proposal would send and skip.
    ///
    /// - Throws: ``LedgerError``.
    func summary(of proposal: ProposalID) async throws(LedgerError) -> PlanSummary

    /// A page of a proposal, ordered by due time, session and recipient.
    ///
    /// - Parameters:
    ///   - proposal: The proposal; nothing may be added to it between two pages.
    ///   - offset: The number of rows before the page. Zero for the first page, which has to be read first.
    ///   - limit: The most rows to return.
    /// - Returns: The page; empty after the last one.
    /// - Throws: ``LedgerError``.
    func rows(of proposal: ProposalID, from offset: Int, limit: Int) async throws(LedgerError) -> [PlannedRow]

    /// Enrols a proposal, wholly or not at all: from now on it is due. The proposal then no longer exists.
    ///
    /// Keys that another run has enrolled meanwhile stay as they are.
    ///
    /// - Returns: The number of new deliveries.
    /// - Throws: ``LedgerError``; `leaseLost` where another run plans by now.
    @discardableResult
    func enrol(_ proposal: ProposalID, now: Instant) async throws(LedgerError) -> Int

    /// Enrols a proposal as already told: what was to be sent is skipped as adopted, at the present revision of its session, and so is what is due
    /// and was still waiting.
    ///
    /// The proposal then no longer exists.
    ///
    /// - Throws: ``LedgerError``; `leaseLost` where another run plans by now.
    func adopt(_ proposal: ProposalID, now: Instant) async throws(LedgerError)

    /// Drops a proposal that is not to be enrolled. One that its run leaves behind is dropped when the ledger is closed.
    ///
    /// - Throws: ``LedgerError``.
    func discard(_ proposal: ProposalID) async throws(LedgerError)
}

extension ProposalStore {
    /// Calls `body` with every row of a proposal, ordered by due time, session and recipient; memory holds one page.
    ///
    /// - Throws: ``LedgerError``.
    public func eachRow(of proposal: ProposalID, _ body: (PlannedRow) -> Void) async throws(LedgerError) {
        var offset = 0
        while case let page = try await rows(of: proposal, from: offset, limit: Limits.pageRows), !page.isEmpty {
            page.forEach(body)
            offset += page.count
        }
    }
}

/// The right to fetch and plan for a job, which one run at a time has.
///
/// Everything that is written because of it names it: the ledger refuses the write, in the same transaction, once another run has acquired
/// the lease (a fencing token). So a run that was suspended for longer than its lease overwrites nothing with what it read before.
public struct PlanningLease: Hashable, Sendable {
    /// The job.
    public let job: String
    /// Who acquired it.
    public let owner: Owner
    /// Counts the acquisitions of all planning leases of the ledger.
    public let token: Int64

    /// For ledger engines only.
    package init(job: String, owner: Owner, token: Int64) { (self.job, self.owner, self.token) = (job, owner, token) }
}

/// The outcome of asking for a planning lease.
public enum PlanningLeaseAnswer: Hashable, Sendable {
    /// The caller holds it now.
    case acquired(PlanningLease)
    /// Another run holds it.
    case held(by: Owner, until: Instant)
}

/// Identifies one proposal of one job in one opened ledger.
public struct ProposalID: Hashable, Sendable {
    /// The lease under which it was made.
    public let lease: PlanningLease
    /// Counts the proposals.
    public let number: Int64

    /// The job.
    public var job: String { lease.job }

    /// Only a ledger begins a proposal.
    package init(lease: PlanningLease, number: Int64) { (self.lease, self.number) = (lease, number) }
}

/// What a proposal amounts to.
public struct PlanSummary: Hashable, Sendable {
    /// The number of deliveries to send.
    public let sends: Int
    /// The number of deliveries to record as skipped, by reason.
    public let skips: [SkipReason: Int]
    /// Identifies exactly the keys to be sent: 16 hexadecimal digits.
    public let digest: String

    /// Creates a summary.
    public init(sends: Int, skips: [SkipReason: Int], digest: String) {
        (self.sends, self.skips, self.digest) = (sends, skips, digest)
    }
}

/// One proposed delivery, for people.
public struct PlannedRow: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// The rule.
    public let rule: RuleID
    /// The channel.
    public let channel: ChannelName
    /// The template.
    public let template: String
    /// The session's subject.
    public let subject: Line
    /// The session.
    public let session: SessionKey
    /// The address, or the channel's name in square brackets.
    public let recipient: String
    /// The kind of moment.
    public let kind: MomentKind
    /// When it fell due.
    public let dueAt: Instant
    /// Why it is not to be sent; nil where it is.
    public let reason: SkipReason?

    /// Creates a row.
    public init(
        key: DedupeKey, rule: RuleID, channel: ChannelName, template: String, subject: Line, session: SessionKey,
        recipient: String, kind: MomentKind, dueAt: Instant, reason: SkipReason?
    ) {
        (self.key, self.rule, self.channel, self.template) = (key, rule, channel, template)
        (self.subject, self.session, self.recipient) = (subject, session, recipient)
        (self.kind, self.dueAt, self.reason) = (kind, dueAt, reason)
    }
}

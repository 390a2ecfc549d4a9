package import UsherModel
package import UsherPlan

/// A problem that a person must know of; it decides the exit code.
package struct RunProblem: Hashable, Sendable, CustomStringConvertible {
    /// The kind of problem; each has one exit code.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The job file or a template is wrong.
        case badJob = "bad job"
        /// A record of the source was refused or repaired.
        case badRecord = "bad record"
        /// Deliveries failed permanently.
        case failed
        /// The source, or a part of it, could not be read.
        case sourceUnreachable = "source unreachable"
        /// A fault in Usher itself, or a damaged ledger.
        case internalError = "internal error"
        /// The ledger, an outbox or a publication cannot be written.
        case cannotWrite = "cannot write"
        /// A channel refuses everything, or has been away for longer than `limits.outage`.
        case channelUnavailable = "channel unavailable"
        /// Some deliveries will be tried again by a later run.
        case retrying
        /// A guard tripped, and a person must decide.
        case guardTripped = "guard tripped"
        /// Credentials were refused.
        case refusedCredentials = "refused credentials"
        /// It is unknown whether some deliveries arrived.
        case inDoubt = "in doubt"
    }

    package let code: Code
    /// What failed, where, what was found and what to do next.
    package let text: String

    package init(_ code: Code, _ text: String) {
        (self.code, self.text) = (code, text)
    }

    package var description: String { text }
}

/// What one run of one job did, and its problems.
package struct RunReport: Sendable {
    /// The job's name.
    package let job: String
    /// The problems, which decide the exit code; only the first few of each kind.
    package private(set) var problems: [RunProblem] = []
    /// Remarks for a person that do not affect the exit code.
    package var notes: [String] = []
    /// The sessions that are new or have changed.
    package var news: [SessionNews] = []
    /// The number of sessions that the source listed; nil where it was not asked or did not answer.
    package var listed: Int?
    /// The new deliveries in the plan; nil where no plan was made.
    package var planned: Planned?
    /// The deliveries that this run finished, by outcome.
    package var tally = Tally()
    /// The publications that this run wrote or checked.
    package var published: [Publication] = []

    /// New deliveries of a plan.
    package struct Planned: Hashable, Sendable {
        /// To be sent.
        package var sends: Int
        /// Recorded as not to be sent.
        package var skips: [SkipReason: Int]
        /// What `--approve` takes.
        package var digest: String
    }

    /// Deliveries by what became of them.
    package struct Tally: Hashable, Sendable {
        /// Accepted by the receiver.
        package var sent = 0
        /// Failed permanently.
        package var failed = 0
        /// Tried, and not accepted for the time being.
        package var retrying = 0
        /// On the wire, with an unknown outcome.
        package var inDoubt = 0
        /// Expired before they could be sent.
        package var expired = 0

        package init() {}
    }

    /// A published file, or all files of one pattern with the same outcome.
    package struct Publication: Hashable, Sendable {
        /// Its path or URL, or the pattern.
        package let location: String
        package let outcome: PublishOutcome
        /// The number of files.
        package var count = 1
    }

    package init(job: String) { self.job = job }

    /// Adds a problem.
    ///
    /// All are counted, but a text is kept only once, and only the first ``Limits/problemsShown`` of each kind.
    package mutating func add(_ code: RunProblem.Code, _ text: String) {
        counts[code, default: 0] += 1
        let problem = RunProblem(code, text)
        guard shown[code, default: 0] < Limits.problemsShown, !problems.contains(problem) else { return }
        shown[code, default: 0] += 1
        problems.append(problem)
    }

    /// The number of problems of each kind, including those whose text was not kept.
    package private(set) var counts: [RunProblem.Code: Int] = [:]
    private var shown: [RunProblem.Code: Int] = [:]

    /// The problems that a source had with its records, until it is known which of them were reported before.
    private(set) var records: [RecordProblem] = []
    /// The number of records with problems that an earlier run has reported, and that are as they were.
    package private(set) var recordsAsBefore = 0

    /// Adds the problems that a source had with its records; ``settleRecords(reported:)`` reports them.
    mutating func add(_ problems: [RecordProblem]) {
        for problem in problems {
            if records.count < Limits.recordsRemembered { records.append(problem) } else { report(problem) }
        }
    }

    /// Reports the problems of records, and only counts those that an earlier run has reported.
    ///
    /// - Parameter reported: The identities of problems that have been reported; see ``recordIdentities``.
    mutating func settleRecords(reported: Set<String>) {
        for (problem, identity) in zip(records, recordIdentities) {
            if reported.contains(identity) { recordsAsBefore += 1 } else { report(problem) }
        }
        records = []
    }

    /// What each of the problems of records is, so that a later run knows it again; the second of two that look the same is another one.
    var recordIdentities: [String] {
        var seen: [String: Int] = [:]
        return records.map { problem in
            let identity = problem.identity
            seen[identity, default: 0] += 1
            return "\(identity)-\(seen[identity, default: 1])"
        }
    }

    private mutating func report(_ problem: RecordProblem) {
        add(.badRecord, "\(problem.description) (\(problem.effect.rawValue))")
    }

    /// How the run ended, for the ledger: `ok`, or the kinds of its problems.
    package var outcome: String {
        counts.isEmpty ? "ok" : counts.keys.map(\.rawValue).sorted().joined(separator: ", ")
    }

    /// Adds the problem that would stop a run of this plan, for `usher plan`.
    package mutating func checkLimit(_ limit: Int, job: String) {
        guard let planned, planned.sends > limit else { return }
        add(
            .guardTripped,
            "\(planned.sends) new deliveries are more than limits.deliveries-per-run (\(limit)). "
                + "To send exactly these, run: usher run \(job) --approve \(planned.digest)")
    }

    /// Adds the result of the deliver stage.
    mutating func add(_ delivered: DeliveryTally) {
        tally.sent += delivered.tally.sent
        tally.failed += delivered.tally.failed
        tally.retrying += delivered.tally.retrying
        tally.inDoubt += delivered.tally.inDoubt
        tally.expired += delivered.tally.expired
        for problem in delivered.problems { add(problem.code, problem.text) }
        notes += delivered.notes
        addTotals()
    }

    /// Adds the totals that affect the exit code, as problems.
    mutating func addTotals() {
        if tally.inDoubt > 0 { add(.inDoubt, "\(tally.inDoubt) in doubt; see usher ledger list --state in_doubt") }
    }
}

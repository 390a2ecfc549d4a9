package import UsherModel
package import UsherPlan

/// Something that a person must know of, because it decides the exit code.
package struct RunProblem: Hashable, Sendable, CustomStringConvertible {
    /// What kind; one exit code each.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The job file or a template is wrong.
        case badJob = "bad job"
        /// A record of the source was refused or repaired.
        case badRecord = "bad record"
        /// Deliveries failed for good.
        case failed
        /// The source, or a part of it, could not be read.
        case sourceUnreachable = "source unreachable"
        /// Something that should not happen did.
        case internalError = "internal error"
        /// The ledger, an outbox or a publication cannot be written.
        case cannotWrite = "cannot write"
        /// Some deliveries wait for another attempt.
        case retrying
        /// A guard tripped: a person decides.
        case guardTripped = "guard tripped"
        /// Credentials were refused.
        case refusedCredentials = "refused credentials"
        /// It cannot be known whether some deliveries arrived.
        case inDoubt = "in doubt"
    }

    /// What kind.
    package let code: Code
    /// What failed, where, what was found and what to do next.
    package let text: String

    /// Takes both.
    package init(_ code: Code, _ text: String) {
        (self.code, self.text) = (code, text)
    }

    /// The text.
    package var description: String { text }
}

/// What one run of one job did and found.
package struct RunReport: Sendable {
    /// The job's name.
    package let job: String
    /// What decides the exit code.
    package private(set) var problems: [RunProblem] = []
    /// What a person may want to know, and that decides nothing.
    package var notes: [String] = []
    /// What is new about sessions.
    package var news: [SessionNews] = []
    /// Sessions listed by the source; nil where it could not be asked, or was not.
    package var listed: Int?
    /// New deliveries, by what became of them in the plan.
    package var planned: Planned?
    /// Deliveries settled in this run.
    package var tally = Tally()
    /// Destinations brought up to date.
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
        /// Taken by the counterpart.
        package var sent = 0
        /// Refused for good.
        package var failed = 0
        /// To be tried again.
        package var retrying = 0
        /// Not knowable.
        package var inDoubt = 0
        /// Not sent in time.
        package var expired = 0

        /// Nothing yet.
        package init() {}
    }

    /// One destination, or many under one pattern.
    package struct Publication: Hashable, Sendable {
        /// Where.
        package let location: String
        /// What became of it.
        package let outcome: Published
        /// Of how many.
        package var count = 1
    }

    /// Starts an empty report.
    package init(job: String) { self.job = job }

    /// Adds a finding; the same is said once, and of a kind that comes in thousands only the first ``Limits/problemsShown``.
    package mutating func add(_ code: RunProblem.Code, _ text: String) {
        counts[code, default: 0] += 1
        let finding = RunProblem(code, text)
        guard shown[code, default: 0] < Limits.problemsShown, !problems.contains(finding) else { return }
        shown[code, default: 0] += 1
        problems.append(finding)
    }

    /// How many findings of each kind there were, also of those whose text was dropped or said the same.
    package private(set) var counts: [RunProblem.Code: Int] = [:]
    private var shown: [RunProblem.Code: Int] = [:]

    /// Adds what a source said of its records.
    mutating func add(_ problems: [RecordProblem]) {
        for problem in problems { add(.badRecord, "\(problem.description) (\(problem.effect.rawValue))") }
    }

    /// How the run ended, for the ledger: `ok`, or the kinds of findings.
    package var outcome: String {
        counts.isEmpty ? "ok" : counts.keys.map(\.rawValue).sorted().joined(separator: ", ")
    }

    /// Judges a plan that is only looked at: says where a run would stop and ask.
    package mutating func judge(limit: Int, job: String) {
        guard let planned, planned.sends > limit else { return }
        add(
            .guardTripped,
            "\(planned.sends) new deliveries are more than limits.deliveries-per-run (\(limit)). "
                + "To send exactly these: usher run \(job) --approve \(planned.digest)")
    }

    /// Takes what came of the deliver stage.
    mutating func take(_ delivered: DeliveryTally) {
        tally.sent += delivered.tally.sent
        tally.failed += delivered.tally.failed
        tally.retrying += delivered.tally.retrying
        tally.inDoubt += delivered.tally.inDoubt
        tally.expired += delivered.tally.expired
        for finding in delivered.problems { add(finding.code, finding.text) }
        closeTally()
    }

    /// Adds the totals of the deliver stage, where they matter to the exit code.
    mutating func closeTally() {
        if tally.failed > 0 { add(.failed, "\(tally.failed) failed for good: usher ledger list --state failed") }
        if tally.retrying > 0 { add(.retrying, "\(tally.retrying) will be tried again in a later run") }
        if tally.inDoubt > 0 { add(.inDoubt, "\(tally.inDoubt) in doubt: usher ledger list --state in_doubt") }
    }
}

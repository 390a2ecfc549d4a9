import ArgumentParser
import UsherEngine
import UsherJob
import UsherModel
import UsherText

/// `usher status`: shows the state of every job in a ledger.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the last run, the next due time, delivery counts and problems of each job.",
        discussion: "The exit code is that of the most serious problem that there is now, as after a run.")

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let terminal = Terminal(output)
        let (path, outage) = try ledger.pathAndOutage(terminal)
        let now = time.instant
        var codes: [RunProblem.Code] = []
        try await LedgerOptions.reading(path, terminal) { ledger async throws(LedgerError) in
            if let suspicion = ledger.suspicion { codes.append(suspicion.problemCode) }
            let jobs = try await ledger.status(now: now)
            if jobs.isEmpty { terminal.say("\(path): no run yet") }
            for job in jobs {
                let problems = try await JobHealth.problems(of: job, in: ledger, outage: outage, now: now)
                show(job, problems, try await ledger.reportedProblems(of: job.job), terminal)
                codes += problems.map(\.code)
            }
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }

    private func show(
        _ job: JobStatus, _ problems: [RunProblem], _ records: [ReportedProblem], _ terminal: Terminal
    ) {
        terminal.say(job.job)
        let run = job.lastRun.map { "\($0.at): \($0.outcome ?? "not ended")" } ?? "never"
        terminal.say("  last run   \(run)")
        terminal.say("  next due   \(job.nextDueAt.map { "\($0)" } ?? "nothing known")")
        let counts = DeliveryState.allCases.compactMap { state in job.counts[state].map { "\($0) \(state.rawValue)" } }
        terminal.say("  deliveries \(counts.isEmpty ? "none" : counts.joined(separator: ", "))")
        for problem in problems { terminal.say("  problem    \(problem.code.rawValue): \(problem.text)") }
        if let first = records.map(\.firstSeenAt).min() {
            terminal.say("  records    \(records.count) with problems, reported since \(first); usher check lists them")
        }
        for line in job.evidence { terminal.say("  evidence   \(line)") }
        terminal.emit([
            "job": .string(job.job), "last_run_at": .optional(job.lastRun?.at.description),
            "last_outcome": .optional(job.lastRun?.outcome), "next_due_at": .optional(job.nextDueAt?.description),
            "counts": .counts(job.counts), "expired_unsent": .integer(job.expiredUnsent),
            "record_problems": .integer(records.count),
            "problems": ReportPrinter.list(problems), "evidence": .array(job.evidence.map { .string($0) }),
            "exit_code": .integer(Int(Exit(mostSeriousOf: problems.map(\.code)).rawValue)),
        ])
    }
}

extension LedgerOptions {
    /// The ledger's path.
    ///
    /// - Throws: An exit code where the job that names it cannot be read.
    func path(_ terminal: Terminal) throws -> String { try pathAndOutage(terminal).path }

    /// The ledger's path, and how long a channel may be away: as the job says, or the default where none is named.
    ///
    /// - Throws: An exit code where the job cannot be read.
    func pathAndOutage(_ terminal: Terminal) throws -> (path: String, outage: Duration) {
        if let ledger { return (ledger, JobLimits.defaultOutage) }
        guard let file = job, let job = CommandContext.configure(file, terminal) else { throw Exit.badJob.error }
        return (job.ledgerPath, job.limits.outage)
    }

    /// The ledger's path, and what the job that names it says of its binding.
    ///
    /// - Throws: An exit code where the job cannot be read.
    func pathAndBinding(_ terminal: Terminal) throws -> (path: String, binding: LedgerBinding?) {
        if let ledger { return (ledger, nil) }
        guard let file = job, let job = CommandContext.configure(file, terminal) else { throw Exit.badJob.error }
        return (job.ledgerPath, job.definition.ledgerBinding)
    }

    /// Reads a ledger.
    ///
    /// - Throws: An exit code; that of a missing file where there is none.
    static func reading(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        let ledger = try await present(path, terminal)
        do throws(LedgerError) {
            if let suspicion = ledger.suspicion { terminal.warn("warning: \(suspicion)") }
            try await body(ledger)
            await ledger.close()
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
    }

    private static func present(_ path: String, _ terminal: Terminal) async throws -> any Ledger {
        do throws(LedgerError) {
            if let ledger = try await LedgerKinds.openReadOnly(path) { return ledger }
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
        terminal.warn(
            "\(path): there is no ledger. Check the path; if the job has not run yet, its first usher run creates it")
        throw Exit.noInput.error
    }

    /// Opens a ledger for writing.
    ///
    /// - Throws: An exit code; that of a missing file where there is none.
    static func writing(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        await (try present(path, terminal)).close()
        try await creating(path, terminal, body)
    }

    /// Opens a ledger for writing, and creates it where there is none: people may be suppressed before the first run.
    ///
    /// - Throws: An exit code.
    static func creating(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        do throws(LedgerError) {
            let ledger = try await LedgerKinds.open(path, host: ProcessIdentity.host(ledger: path, nil, terminal))
            try await body(ledger)
            await ledger.close()
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
    }
}

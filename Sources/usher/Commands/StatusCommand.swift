import ArgumentParser
import UsherEngine
import UsherJob
import UsherModel
import UsherText

/// `usher status`: shows the state of every job in a ledger.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the last run, the next due time, delivery counts and problems of each job.")

    @OptionGroup var ledger: LedgerOptions
    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions

    mutating func run() async throws {
        let terminal = Terminal(output)
        let path = try ledger.path(terminal)
        try await LedgerOptions.reading(path, terminal) { ledger async throws(LedgerError) in
            let jobs = try await ledger.status(now: time.instant)
            if jobs.isEmpty { terminal.say("\(path): no run yet") }
            for job in jobs { show(job, terminal) }
        }
    }

    private func show(_ job: JobStatus, _ terminal: Terminal) {
        terminal.say(job.job)
        let run = job.lastRunAt.map { "\($0): \(job.lastOutcome ?? "not ended")" } ?? "never"
        terminal.say("  last run   \(run)")
        terminal.say("  next due   \(job.nextDueAt.map { "\($0)" } ?? "nothing known")")
        let counts = DeliveryState.allCases.compactMap { state in job.counts[state].map { "\($0) \(state.rawValue)" } }
        terminal.say("  deliveries \(counts.isEmpty ? "none" : counts.joined(separator: ", "))")
        for problem in job.problems { terminal.say("  problem    \(problem)") }
        terminal.emit([
            "job": .string(job.job), "last_run_at": .optional(job.lastRunAt?.description),
            "last_outcome": .optional(job.lastOutcome), "next_due_at": .optional(job.nextDueAt?.description),
            "counts": .counts(job.counts),
            "problems": .array(job.problems.map { .string($0) }),
        ])
    }
}

extension LedgerOptions {
    /// The ledger's path.
    ///
    /// - Throws: An exit code where the job that names it cannot be read.
    func path(_ terminal: Terminal) throws -> String {
        if let ledger { return ledger }
        guard let file = job, let job = CommandContext.configure(file, terminal) else { throw Exit.badJob.error }
        return job.ledgerPath
    }

    /// Reads a ledger; says so where there is none.
    ///
    /// - Throws: An exit code.
    static func reading(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        do throws(LedgerError) {
            guard let ledger = try await LedgerKinds.openReadOnly(path) else {
                return terminal.warn("\(path): there is no ledger yet; the first usher run creates it")
            }
            try await body(ledger)
            await ledger.close()
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
    }

    /// Opens a ledger for writing.
    ///
    /// - Throws: An exit code.
    static func writing(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        do throws(LedgerError) {
            guard let present = try await LedgerKinds.openReadOnly(path) else {
                return terminal.warn("\(path): there is no ledger yet; the first usher run creates it")
            }
            await present.close()
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
        try await creating(path, terminal, body)
    }

    /// Opens a ledger for writing, and creates it where there is none: people may be suppressed before the first run.
    ///
    /// - Throws: An exit code.
    static func creating(
        _ path: String, _ terminal: Terminal, _ body: (any Ledger) async throws(LedgerError) -> Void
    ) async throws {
        do throws(LedgerError) {
            let ledger = try await LedgerKinds.open(path, host: ProcessIdentity.host(ledger: path))
            try await body(ledger)
            await ledger.close()
        } catch {
            terminal.warn("\(error)")
            throw Exit(error.problemCode).error
        }
    }
}

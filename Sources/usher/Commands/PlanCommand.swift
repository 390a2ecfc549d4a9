import ArgumentParser
import Foundation
import UsherEngine
import UsherJob
import UsherModel

/// `usher plan JOB…`: shows what a run would send, and why.
struct PlanCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would send, to whom and why; nothing is written.",
        discussion: "The plan is made by the same code as in a run, without changing the ledger.")

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Option(
        help: ArgumentHelp(
            "The format: table, or json (one object per line, with all deliveries).", valueName: "format"))
    var format = PlanFormat.table

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name at least one job file.") }
    }

    mutating func run() async throws {
        try await Self.show(jobs, time: time, format: format, output: output)
    }

    /// Makes the plans and prints them; `run --dry-run` uses it, too.
    static func show(_ jobs: [String], time: TimeOptions, format: PlanFormat, output: OutputOptions) async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        var codes: [RunProblem.Code] = []
        for file in jobs { codes += try await show(file, time, format, terminal) }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }

    private static func show(
        _ file: String, _ time: TimeOptions, _ format: PlanFormat, _ terminal: Terminal
    ) async throws -> [RunProblem.Code] {
        guard let job = CommandContext.configure(file, terminal) else { return [.badJob] }
        let settings = CommandContext.settings(time, for: job)
        do throws(LedgerError) {
            let ledger = try await LedgerKinds.openForDryRun(job.ledgerPath, .plan)
            if let suspicion = ledger.suspicion { terminal.warn("\(file): warning: \(suspicion)") }
            var (report, proposal) = await StopSignal.canceling {
                await Engine.plan(job, ledger: ledger, settings: settings)
            }
            report.checkLimit(job.limits.deliveriesPerRun, job: job.file)
            let printer = PlanPrinter(terminal: terminal, now: settings.now)
            try await printer.print(report, proposal, from: ledger, as: format)
            await ledger.close()
            return Array(report.counts.keys)
        } catch {
            terminal.warn("\(file): \(error)")
            return [error.problemCode]
        }
    }
}

/// `table` or `json`.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

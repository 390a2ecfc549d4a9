import ArgumentParser
import Foundation
import UsherEngine
import UsherJob
import UsherModel

/// `usher plan JOB…`: what a run would do, and why.
struct PlanCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would send to whom and why; nothing is written.",
        discussion: "The plan is made by the same code as a run; the ledger is opened read-only.")

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Option(
        help: ArgumentHelp("How to print: table, or json (one object a line, all deliveries).", valueName: "format"))
    var format = PlanFormat.table

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name a job file.") }
    }

    mutating func run() async throws {
        try await Self.show(jobs, time: time, format: format, output: output)
    }

    /// Plans and prints; shared with `run --dry-run`.
    static func show(_ jobs: [String], time: TimeOptions, format: PlanFormat, output: OutputOptions) async throws {
        let terminal = Terminal(output)
        let settings = CommandContext.settings(now: time.instant)
        var codes: [RunProblem.Code] = []
        for job in jobs { codes += try await show(job, settings, format, terminal) }
        let exit = Exit(gravestOf: codes)
        if exit != .allDone { throw exit.error }
    }

    private static func show(
        _ job: String, _ settings: RunSettings, _ format: PlanFormat, _ terminal: Terminal
    ) async throws -> [RunProblem.Code] {
        guard let assembly = CommandContext.assemble(job, terminal) else { return [.badJob] }
        do throws(LedgerError) {
            let ledger = try await LedgerKinds.openForDryRun(assembly.ledgerPath, .plan)
            var (report, proposal) = await Engine.plan(assembly, ledger: ledger, settings: settings)
            report.judge(limit: assembly.job.limits.deliveriesPerRun, job: assembly.job.file)
            let printer = PlanPrinter(terminal: terminal, now: settings.now)
            try await printer.print(report, proposal, from: ledger, as: format)
            await ledger.close()
            return Array(report.counts.keys)
        } catch {
            terminal.warn("\(job): \(error)")
            return [error.finding]
        }
    }
}

/// `table` or `json`.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

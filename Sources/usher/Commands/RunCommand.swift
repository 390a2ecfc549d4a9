import ArgumentParser
import Foundation
import UsherEngine
import UsherModel

/// `usher run JOB…`: one pass of each job.
struct RunCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "One pass of each job: fetch, reconcile, plan, publish, deliver.",
        discussion: """
            Safe to start from cron as often as you like, and safe to start twice at once: what the ledger has recorded is \
            never sent again.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Show what would be done, and do nothing: the same as usher plan.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Send exactly the plan with this digest, also where it trips a guard; stop if the plan has changed.",
            valueName: "digest"))
    var approve: String?

    @Option(
        help: ArgumentHelp(
            "Do one part only: deliver (no publications) or publish (nothing is sent).", valueName: "part"))
    var only: Part?

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    /// `--only`.
    enum Part: String, ExpressibleByArgument, CaseIterable {
        case deliver, publish

        var scope: RunSettings.Scope {
            switch self {
            case .deliver: .deliver
            case .publish: .publish
            }
        }
    }

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name a job file.") }
        guard approve == nil || jobs.count == 1 else { throw ValidationError("--approve goes with one job.") }
    }

    mutating func run() async throws {
        guard !dryRun else { return try await PlanCommand.show(jobs, time: time, format: .table, output: output) }
        StopSignal.watch()
        let terminal = Terminal(output)
        let settings = CommandContext.settings(now: time.instant, scope: only?.scope ?? .all, approval: approve)
        var codes: [RunProblem.Code] = []
        for job in jobs where !StopSignal.hasCome {
            codes += await CommandContext.withJob(job, terminal) { assembly, ledger in
                await Engine(assembly, ledger: ledger, settings: settings, progress: terminal.progressBar()).run()
            }
        }
        let exit = Exit(gravestOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

import ArgumentParser
import Foundation
import UsherEngine
import UsherModel

/// `usher run JOB…`: runs each job once.
struct RunCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run each job once: fetch, reconcile, plan, publish, deliver.",
        discussion: """
            Start it from cron as often as you like. Runs may overlap: what the ledger has recorded as sent is never sent \
            again.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Show what would be sent, and do nothing; the same as usher plan.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Send the plan with this digest even though it trips a guard; stop if the plan has changed.",
            valueName: "digest"))
    var approve: String?

    @Option(
        help: ArgumentHelp(
            "Do only one part: deliver (without publications) or publish (without sending).", valueName: "part"))
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
        guard !jobs.isEmpty else { throw ValidationError("Name at least one job file.") }
        guard approve == nil || jobs.count == 1 else {
            throw ValidationError("--approve applies to one job; name only one.")
        }
    }

    mutating func run() async throws {
        guard !dryRun else { return try await PlanCommand.show(jobs, time: time, format: .table, output: output) }
        StopSignal.watch()
        let terminal = Terminal(output)
        let settings = CommandContext.settings(time, scope: only?.scope ?? .all, approval: approve)
        var codes: [RunProblem.Code] = []
        for file in jobs {
            guard !StopSignal.hasArrived else {
                terminal.warn("\(file): not run, because usher was asked to stop")
                codes.append(.retrying)
                continue
            }
            codes += await CommandContext.withJob(file, terminal) { job, ledger in
                await Engine(job, ledger: ledger, settings: settings, progress: terminal.progressBar()).run()
            }
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

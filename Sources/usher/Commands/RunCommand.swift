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
            again. With --now, a job that would reach anyone needs --rehearse or --confirm-now.
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

    @Option(
        help: ArgumentHelp(
            "Send nothing: write every message into this folder, with a copy of the ledger, and publish nothing.",
            discussion: "A second rehearsal in the same folder goes on from the first.", valueName: "folder"))
    var rehearse: String?

    @Flag(help: "With --now: really send and publish, as of that time.")
    var confirmNow = false

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
        guard rehearse == nil || jobs.count == 1 else {
            throw ValidationError("--rehearse applies to one job; name only one.")
        }
        guard rehearse == nil || !confirmNow else {
            throw ValidationError("--rehearse sends nothing, and --confirm-now sends; choose one.")
        }
    }

    mutating func run() async throws {
        guard !dryRun else { return try await PlanCommand.show(jobs, time: time, format: .table, output: output) }
        StopSignal.watch()
        let terminal = Terminal(output)
        let (time, scope, approval) = (time, only?.scope ?? .all, approve)
        var codes: [RunProblem.Code] = []
        for file in jobs {
            guard !StopSignal.hasArrived else {
                terminal.warn("\(file): not run, because usher was asked to stop")
                codes.append(.retrying)
                continue
            }
            let run = { @Sendable (job: ConfiguredJob, ledger: any Ledger) in
                let settings = CommandContext.settings(time, for: job, scope: scope, approval: approval)
                return await Engine(job, ledger: ledger, settings: settings, progress: terminal.progressBar()).run()
            }
            if let rehearse {
                codes += await CommandContext.rehearse(file, in: rehearse, terminal, run)
            } else {
                try refuseToReachAnyone(file, terminal)
                codes += await CommandContext.withJob(file, terminal, run)
            }
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }

    /// A run at another time than the present would tell people what is not so.
    ///
    /// - Throws: An exit code, where the job reaches anyone and no one confirmed it.
    private func refuseToReachAnyone(_ file: String, _ terminal: Terminal) throws {
        guard time.now != nil, !confirmNow, let job = CommandContext.inspect(file), !job.counterparts.isEmpty else {
            return
        }
        terminal.warn(
            "\(file): --now would really send and publish as of another time: \(job.counterparts.joined(separator: ", ")). "
                + "To write the messages into a folder instead, add --rehearse FOLDER; to send them all the same, add --confirm-now"
        )
        throw Exit.usage.error
    }
}

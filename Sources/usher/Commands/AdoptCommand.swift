import ArgumentParser
import UsherEngine
import UsherModel

/// `usher adopt JOB`: records the current plan as already told.
struct AdoptCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Record the current plan as already told, without sending anything.",
        discussion: """
            Use it once, when a job takes over an audience that other software has already informed. Nobody is told again \
            what they have been told; later changes, cancellations and reminders are sent as usual.
            """)

    @Argument(help: ArgumentHelp("A job file (YAML).", valueName: "job"))
    var job: String

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        let time = time
        let codes = await CommandContext.withJob(job, terminal, verb: "adopted") { job, ledger in
            let settings = CommandContext.settings(time, for: job)
            return await StopSignal.canceling { await Engine(job, ledger: ledger, settings: settings).adopt() }
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

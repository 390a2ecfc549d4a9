import ArgumentParser
import UsherEngine
import UsherModel

/// `usher adopt JOB`: records the present plan as told.
struct AdoptCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt",
        abstract: "Record the present plan as already told, without sending it.",
        discussion: """
            For a job that starts on an audience which other software has already informed. Afterwards nobody is told again what \
            they know; changes, cancellations and reminders still to come go out as usual.
            """)

    @Argument(help: ArgumentHelp("A job file (YAML).", valueName: "job"))
    var job: String

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    mutating func run() async throws {
        let terminal = Terminal(output)
        let settings = CommandContext.settings(now: time.instant)
        let codes = await CommandContext.withJob(job, terminal, verb: "adopted") { assembly, ledger in
            await Engine(assembly, ledger: ledger, settings: settings).adopt()
        }
        let exit = Exit(gravestOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

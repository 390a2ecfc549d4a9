import ArgumentParser
import UsherEngine
import UsherJob
import UsherModel
import UsherText

/// `usher inbox JOB…`: reads bounces, unsubscribe requests and calendar replies.
struct InboxCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "Read bounces, unsubscribe requests and calendar replies from a job's mailbox.",
        discussion: """
            Reads the new messages in the IMAP mailbox that the job names under inbox, and records in the ledger what they say \
            about mail of this job. Addresses that no longer exist and people who unsubscribe get no more mail; answers to \
            invitations are kept (see usher ledger replies). The mailbox is opened read-only: no message is marked, moved or \
            removed.

            Start it from cron as often as you like: it continues where it stopped, and records nothing twice.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Show what would be recorded, and record nothing.")
    var dryRun = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name at least one job file.") }
    }

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        var codes: [RunProblem.Code] = []
        for file in jobs where !StopSignal.hasArrived {
            guard let job = CommandContext.configure(file, terminal) else {
                codes.append(.badJob)
                continue
            }
            do throws(LedgerError) {
                let (path, settings) = (job.ledgerPath, CommandContext.settings(time, for: job))
                let ledger =
                    dryRun
                    ? try await LedgerKinds.openForDryRun(path, .inbox)
                    : try await LedgerKinds.open(
                        path, host: ProcessIdentity.host(ledger: path, job.definition.ledgerBinding, terminal))
                if let suspicion = ledger.suspicion { terminal.warn("warning: \(suspicion)") }
                let report = await StopSignal.canceling {
                    await InboxRun(job, ledger: ledger, settings: settings).run()
                }
                await ledger.close()
                InboxPrinter(terminal: terminal, isDry: dryRun).print(report)
                codes += report.problems.map(\.code)
            } catch {
                terminal.warn("\(file): \(error)")
                codes.append(error.problemCode)
            }
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

/// Prints the report of an inbox run.
struct InboxPrinter {
    let terminal: Terminal
    let isDry: Bool

    func print(_ report: InboxReport) {
        for note in report.notes { terminal.say("\(report.job): \(note)") }
        for problem in report.problems { terminal.warn("\(report.job): \(problem.code.rawValue): \(problem)") }
        let unlisted = report.tally.refused - report.problems.count { $0.code == .badRecord }
        if unlisted > 0 { terminal.warn("\(report.job): \(RunProblem.Code.badRecord.rawValue): and \(unlisted) more") }
        let parts = Self.counts(report.tally).filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }
        let summary = parts.isEmpty ? "nothing new" : parts.joined(separator: ", ")
        terminal.say("\(report.job): \(summary)\(isDry ? " (nothing was recorded)" : "")")
        let counts = Self.counts(report.tally).map { ($0.name.replacing(" ", with: "_"), JSONValue.integer($0.count)) }
        let exit = Exit(mostSeriousOf: report.problems.map(\.code))
        terminal.emit(
            Dictionary(uniqueKeysWithValues: counts).merging([
                "job": .string(report.job), "exit_code": .integer(Int(exit.rawValue)),
                "problems": ReportPrinter.list(report.problems),
            ]) { $1 })
    }

    private static func counts(_ tally: InboxReport.Tally) -> [(name: String, count: Int)] {
        [
            ("read", tally.read), ("bounced", tally.bounced), ("unsubscribed", tally.unsubscribed),
            ("noted", tally.noted), ("accepted", tally.accepted), ("declined", tally.declined),
            ("tentative", tally.tentative), ("known before", tally.known), ("refused", tally.refused),
            ("other mail", tally.others),
        ]
    }
}

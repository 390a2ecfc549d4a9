import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

/// `usher inbox JOB…`: what comes back.
struct InboxCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inbox",
        abstract: "Read a job's mailbox for bounces, unsubscribe mails and calendar replies.",
        discussion: """
            Looks at what is new in the mailbox that the job names under inbox (IMAP), and files what concerns its mail in the \
            ledger: addresses that are gone and people who unsubscribe get nothing more, answers to invitations are kept \
            (usher ledger replies). The mailbox is opened read-only: no mail is marked, moved or removed.

            Safe to start from cron as often as you like: it goes on where it ended, and nothing is filed twice.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Show what would be filed, and file nothing.")
    var dryRun = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name a job file.") }
    }

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        let settings = CommandContext.settings(now: time.instant)
        var codes: [RunProblem.Code] = []
        for job in jobs where !StopSignal.hasCome {
            guard let assembly = CommandContext.assemble(job, terminal) else {
                codes.append(.badJob)
                continue
            }
            do throws(LedgerError) {
                let path = assembly.ledgerPath
                let ledger =
                    dryRun
                    ? try await LedgerKinds.openForDryRun(path, .inbox)
                    : try await LedgerKinds.open(path, host: ProcessIdentity.host(ledger: path))
                let report = await InboxRun(assembly, ledger: ledger, settings: settings).run()
                await ledger.close()
                InboxPrinter(terminal: terminal, isDry: dryRun).print(report)
                codes += report.problems.map(\.code)
            } catch {
                terminal.warn("\(job): \(error)")
                codes.append(error.finding)
            }
        }
        let exit = Exit(gravestOf: codes)
        if exit != .allDone { throw exit.error }
    }
}

/// Prints what a reading of an inbox did.
struct InboxPrinter {
    let terminal: Terminal
    let isDry: Bool

    func print(_ report: InboxReport) {
        for note in report.notes { terminal.say("\(report.job): \(note)") }
        for finding in report.problems { terminal.warn("\(report.job): \(finding.code.rawValue): \(finding)") }
        let parts = Self.counts(report.tally).filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }
        let words = parts.isEmpty ? "nothing new" : parts.joined(separator: ", ")
        terminal.say("\(report.job): \(words)\(isDry ? " (nothing was filed)" : "")")
        let counts = Self.counts(report.tally).map { ($0.name.replacing(" ", with: "_"), JSONValue.integer($0.count)) }
        let exit = Exit(gravestOf: report.problems.map(\.code))
        terminal.emit(
            Dictionary(uniqueKeysWithValues: counts).merging([
                "job": .string(report.job), "exit_code": .integer(Int(exit.rawValue)),
                "problems": .array(report.problems.map { .string("\($0.code.rawValue): \($0)") }),
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

import ArgumentParser
import UsherEngine
import UsherJob
import UsherModel
import UsherText

/// `usher check JOB…`: validates job files, templates and secrets, and with `--online` the servers; writes nothing,
/// and sends only with `--send-to`.
struct CheckCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Validate job files, their templates and their secrets; nothing is written, and only --send-to sends.",
        discussion: """
            Every problem is reported with file, line and column, and with what was expected. Files and lists of people are read \
            as a run would read them, and a sample of each message is rendered. With --online, usher also signs in to the source \
            and checks permissions and every selection of events, signs in to the mail servers and connects to the webhooks \
            without sending anything, asks where the publications go without writing, and warns of publications that would show \
            the join links of sessions meant for the organization only. --send-to sends one message with sample data, marked \
            [Test], through each channel of kind graph-mail, and reads it back from Sent Items to tell what the mailbox keeps of it.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Also contact the source and the mail servers, and run the programs that print secrets.")
    var online = false

    @Flag(help: "Do not look up secrets, on a machine that does not have them.")
    var noSecrets = false

    @Option(help: ArgumentHelp("With --online: who gets a test message by Graph.", valueName: "address"))
    var sendTo: String?

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name at least one job file.") }
        guard !online || !noSecrets else {
            throw ValidationError("--online needs the secrets; remove --no-secrets.")
        }
        guard sendTo == nil || online else { throw ValidationError("--send-to needs --online.") }
        _ = try trial()
    }

    private func trial() throws -> JobInspection.TrialMessage? {
        guard let sendTo else { return nil }
        do throws(Address.Problem) {
            return JobInspection.TrialMessage(to: try Address(sendTo), id: CommandContext.environment.makeID())
        } catch {
            throw ValidationError("--send-to: \(error)")
        }
    }

    mutating func run() async throws {
        StopSignal.watch()
        let terminal = Terminal(output)
        let (jobs, checker) = (jobs, self)
        let trial = try trial()
        let codes = await StopSignal.canceling {
            var codes: [RunProblem.Code] = []
            for file in jobs { codes += await checker.check(file, sending: trial, terminal) }
            return codes
        }
        let exit = Exit(mostSeriousOf: codes)
        if exit != .allDone { throw exit.error }
    }

    private func check(
        _ file: String, sending trial: JobInspection.TrialMessage?, _ terminal: Terminal
    ) async -> [RunProblem.Code] {
        let job: ConfiguredJob
        do throws(JobConfigurationError) {
            job = try ConfiguredJob(job: file, CommandContext.environment)
        } catch {
            return report(file, problems: error.problems, [.badJob], terminal)
        }
        for warning in job.warnings { terminal.warn("warning: \(warning)") }
        let refused = job.refusals + job.untranslated
        guard refused.isEmpty else { return report(file, problems: refused, [.badJob], terminal) }
        let inspection = JobInspection(job, now: time.instant)
        var codes = show(await inspection.inspectFiles(), file, terminal)
        let missing = noSecrets ? [] : await inspection.missingSecrets(isOnline: online)
        guard missing.isEmpty else {
            return codes + report(file, problems: missing, [.refusedCredentials], terminal)
        }
        if !noSecrets { codes += show(await inspection.examineSecrets(isOnline: online), terminal) }
        if online {
            codes += show(await inspection.examine(), terminal)
            if let trial { codes += show(await inspection.send(trial), terminal) }
            for exposure in await inspection.exposures() { terminal.warn("warning: \(exposure)") }
        }
        if codes.isEmpty {
            terminal.say("\(file): good: \(job.summary)")
            terminal.emit([
                "job": .string(file), "good": .bool(true), "warnings": .array(job.warnings.map { .string($0) }),
            ])
        }
        return codes
    }

    private func report(
        _ file: String, problems: [String], _ codes: [RunProblem.Code], _ terminal: Terminal
    ) -> [RunProblem.Code] {
        for problem in problems { terminal.warn(problem) }
        terminal.emit(["job": .string(file), "good": .bool(false), "problems": .array(problems.map { .string($0) })])
        return codes
    }

    /// Prints what was found in files, lists and templates.
    private func show(
        _ found: JobInspection.FileReport, _ file: String, _ terminal: Terminal
    ) -> [RunProblem.Code] {
        var codes = show(found.steps, terminal)
        for warning in found.warnings {
            terminal.warn(warning.hasPrefix("warning: ") ? warning : "warning: \(warning)")
        }
        for problem in found.problems { terminal.warn("\(problem) (\(problem.effect.rawValue))") }
        for error in found.errors { terminal.warn(error) }
        if !found.problems.isEmpty { codes.append(.badRecord) }
        if !found.errors.isEmpty { codes.append(.badJob) }
        let problems = found.problems.map { JSONValue.string("\($0)") } + found.errors.map { .string($0) }
        if !problems.isEmpty || !found.warnings.isEmpty {
            terminal.emit([
                "job": .string(file), "problems": .array(problems),
                "warnings": .array(found.warnings.map { .string($0) }),
            ])
        }
        return codes
    }

    /// Prints the result of each step.
    private func show(_ steps: [Examination], _ terminal: Terminal) -> [RunProblem.Code] {
        for step in steps {
            if let error = step.error {
                terminal.warn("FAILED \(step.step): \(error)")
            } else {
                terminal.say("ok     \(step.step)\(step.result.isEmpty ? "" : ": " + step.result)")
            }
            if let warning = step.warning { terminal.warn("warning: \(step.step): \(warning)") }
            terminal.emit([
                "step": .string(step.step), "good": .bool(step.error == nil), "result": .string(step.result),
                "problem": .optional(step.error?.description), "warning": .optional(step.warning),
            ])
        }
        return steps.compactMap { $0.error?.problemCode }
    }
}

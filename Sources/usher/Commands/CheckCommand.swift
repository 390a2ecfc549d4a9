import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

/// `usher check JOB…`: validates job files, templates and secrets, and on demand the source; sends and writes nothing.
struct CheckCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate job files, their templates and where their secrets lie; nothing is written or sent.",
        discussion: """
            Everything that is wrong is named with file, line and column, and with what was expected. With --online the source \
            is asked, too: whether sign-in works, whether permissions suffice, and whether each selection of events answers; \
            mail servers are connected to and signed in at, without sending anything; and a publication that would carry join links of sessions for the organization only is named.
            """)

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @Flag(help: "Ask the source and the mail servers, and run the programs that give secrets.")
    var online = false

    @Flag(help: "Do not look for secrets: for a machine that does not have them.")
    var noSecrets = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var logging: LogOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name a job file.") }
        guard !online || !noSecrets else {
            throw ValidationError("--online needs the secrets: leave out --no-secrets.")
        }
    }

    mutating func run() async throws {
        let terminal = Terminal(output)
        var codes: [RunProblem.Code] = []
        for job in jobs { codes += await check(job, terminal) }
        let exit = Exit(gravestOf: codes)
        if exit != .allDone { throw exit.error }
    }

    private func check(_ job: String, _ terminal: Terminal) async -> [RunProblem.Code] {
        let assembly: ConfiguredJob
        do throws(JobConfigurationError) {
            assembly = try ConfiguredJob(job: job, CommandContext.surroundings)
        } catch {
            return tell(job, problems: error.problems, [.badJob], terminal)
        }
        for warning in assembly.warnings { terminal.warn("warning: \(warning)") }
        guard assembly.untranslated.isEmpty else {
            return tell(job, problems: assembly.untranslated, [.badJob], terminal)
        }
        let lookout = JobInspection(assembly, now: time.instant)
        let missing = noSecrets ? [] : lookout.missingSecrets(isOnline: online)
        guard missing.isEmpty else { return tell(job, problems: missing, [.refusedCredentials], terminal) }
        var codes: [RunProblem.Code] = []
        if online {
            codes = show(await lookout.examine(), terminal)
            for exposure in await lookout.exposures() { terminal.warn("warning: \(exposure)") }
        }
        if codes.isEmpty {
            terminal.say("\(job): good: \(assembly.summary)")
            terminal.emit([
                "job": .string(job), "good": .bool(true), "warnings": .array(assembly.warnings.map { .string($0) }),
            ])
        }
        return codes
    }

    private func tell(
        _ job: String, problems: [String], _ codes: [RunProblem.Code], _ terminal: Terminal
    ) -> [RunProblem.Code] {
        for problem in problems { terminal.warn(problem) }
        terminal.emit(["job": .string(job), "good": .bool(false), "problems": .array(problems.map { .string($0) })])
        return codes
    }

    /// Shows what each step found.
    private func show(_ steps: [Examination], _ terminal: Terminal) -> [RunProblem.Code] {
        for step in steps {
            if let error = step.error {
                terminal.warn("FAILED \(step.step): \(error)")
            } else {
                terminal.say("ok     \(step.step)\(step.result.isEmpty ? "" : ": " + step.result)")
            }
            terminal.emit([
                "step": .string(step.step), "good": .bool(step.error == nil), "found": .string(step.result),
                "problem": .optional(step.error?.description),
            ])
        }
        return steps.compactMap { $0.error?.finding }
    }
}

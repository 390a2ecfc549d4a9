import ArgumentParser
import UsherEngine

/// `usher check JOB…`: validates job files, templates and secrets; sends and writes nothing.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate job files and their templates; nothing is fetched, written or sent.",
        discussion: "Everything that is wrong is named with file, line and column, and with what was expected.")

    @Argument(help: ArgumentHelp("Job files (YAML).", valueName: "job"))
    var jobs: [String]

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !jobs.isEmpty else { throw ValidationError("Name a job file.") }
    }

    mutating func run() throws {
        let terminal = Terminal(output)
        var isGood = true
        for job in jobs {
            do throws(AssemblyError) {
                let assembly = try Assembly(job: job, readAt: SystemClock.now())
                for warning in assembly.warnings { terminal.warn("warning: \(warning)") }
                terminal.say("\(job): good: \(assembly.summary)")
                terminal.emit([
                    "job": .text(job), "good": .flag(true), "warnings": .list(assembly.warnings.map { .text($0) }),
                ])
            } catch {
                isGood = false
                for problem in error.problems { terminal.warn(problem) }
                terminal.emit([
                    "job": .text(job), "good": .flag(false), "problems": .list(error.problems.map { .text($0) }),
                ])
            }
        }
        if !isGood { throw Exit.badJob.error }
    }
}

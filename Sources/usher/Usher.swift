import ArgumentParser
import Foundation
import Logging
import UsherModel

/// The `usher` command: parses the command line and runs the subcommand.
@main
struct Usher: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usher",
        abstract: "Shows everyone to their seat, once.",
        discussion: """
            Fetches the sessions of scheduled events, publishes calendars, and sends each person the right join link at the \
            right time, never twice. Made for cron: `usher run JOB` does what is due and exits.

            To try it without an account: usher run jobs/demo.yaml

            \(Usher.exitCodes)
            """,
        version: Product.version,
        subcommands: [
            RunCommand.self, PlanCommand.self, AdoptCommand.self, CheckCommand.self, SendTestCommand.self,
            EventsCommand.self, InboxCommand.self,
            StatusCommand.self, LedgerCommand.self, TemplatesCommand.self,
        ])

    /// The table of exit codes, for `--help`.
    static var exitCodes: String {
        let lines = Exit.allCases.map { exit in
            "  \(exit.rawValue)\(exit.rawValue < 10 ? " " : "")  \(exit.meaning)"
        }
        return (["EXIT CODES (of several, the most serious; the summary names all):"] + lines).joined(separator: "\n")
    }

    static func main() async {
        do {
            // Parsed a first time for its log, which must surround the command.
            guard let logger = (try Usher.parseAsRoot() as? any LoggingCommand)?.startLog() else {
                return try await runCommand()
            }
            try await withLogger(logger) { _ in try await runCommand() }
        } catch {
            Usher.exit(withError: error)
        }
    }

    private static func runCommand() async throws {
        var command = try Usher.parseAsRoot()
        ProcessLimits.forbidCoreDumps()
        if let problem = ProcessLimits.problem() {
            FileHandle.standardError.write(Data("usher: \(problem)\n".utf8))
            throw Exit.inputOutput.error
        }
        if var asynchronous = command as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            try command.run()
        }
    }
}

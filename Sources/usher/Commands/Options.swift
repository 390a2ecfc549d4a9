import ArgumentParser
import Foundation
import UsherModel

/// `--now`, for every command that judges by the time.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Act as if it were this time (RFC 3339, such as 2026-12-09T14:00:00Z).",
            discussion: "For rehearsals and tests. Leases and rates still go by the clock.", valueName: "time"))
    var now: RFC3339?

    /// The time to judge by.
    var instant: Instant { now?.instant ?? SystemClock.now() }
}

/// A time with its offset from UTC, as an option.
struct RFC3339: ExpressibleByArgument {
    let instant: Instant

    init?(argument: String) {
        guard let instant = Timestamp(argument)?.instant else { return nil }
        self.instant = instant
    }
}

/// How a command prints.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to write what happens: text for people, json (one object a line) for machines.", valueName: "format"))
    var logFormat = LogFormat.text

    @Flag(name: .shortAndLong, help: "Print problems only.")
    var quiet = false
}

/// `text` or `json`.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Where a ledger is: named, or taken from a job.
struct LedgerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ledger file.", valueName: "path"))
    var ledger: String?

    @Option(help: ArgumentHelp("A job file: its ledger is meant.", valueName: "job"))
    var job: String?

    func validate() throws {
        guard (ledger == nil) != (job == nil) else {
            throw ValidationError("Name the ledger with --ledger PATH, or the job it belongs to with --job JOB.")
        }
    }
}

import ArgumentParser
import Foundation
import UsherModel

/// `--now`, for every command that depends on the time.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Act as if this were the current time (RFC 3339, such as 2026-12-09T14:00:00Z).",
            discussion: "For rehearsals and tests. Leases and rate limits still use the real time.", valueName: "time"))
    var now: RFC3339?

    /// The time that `--now` names, or else the current time.
    var instant: Instant { now?.instant ?? SystemClock.now() }
}

/// The value of a time option: a date and time with its offset from UTC.
struct RFC3339: ExpressibleByArgument {
    let instant: Instant

    init?(argument: String) {
        guard let instant = Timestamp(argument)?.instant else { return nil }
        self.instant = instant
    }
}

/// `--log-format` and `--quiet`, for every command that prints.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The format of the output: text for people, or json (one object per line) for programs.",
            valueName: "format"))
    var logFormat = LogFormat.text

    @Flag(name: .shortAndLong, help: "Print problems only.")
    var quiet = false
}

/// `text` or `json`.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// `--ledger` and `--job`: names a ledger directly, or by the job that uses it.
struct LedgerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The ledger file.", valueName: "path"))
    var ledger: String?

    @Option(help: ArgumentHelp("A job file whose ledger to use.", valueName: "job"))
    var job: String?

    func validate() throws {
        guard (ledger == nil) != (job == nil) else {
            throw ValidationError("Name the ledger with --ledger PATH, or the job it belongs to with --job JOB.")
        }
    }
}

import ArgumentParser
import Logging

/// `--log-level` and `--verbose`, for every command that connects to servers.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Log to standard error, from this level on.",
            discussion: """
                info has one line for each request, mail and mailbox; debug has the whole dialogue with every server. Secrets, bodies \
                and messages are never logged.
                """, valueName: "level"))
    var logLevel: LogLevel?

    @Flag(name: .shortAndLong, help: "Show the dialogue with every server: the same as --log-level debug.")
    var verbose = false

    /// The level that was asked for; nil for no log.
    var level: Logger.Level? {
        let level = logLevel.flatMap { Logger.Level(rawValue: $0.rawValue) }
        return verbose ? min(level ?? .debug, .debug) : level
    }
}

/// The levels of swift-log.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// A command that connects to servers, and can log what it says to them.
protocol LoggingCommand {
    var output: OutputOptions { get }
    var logging: LogOptions { get }
}

extension LoggingCommand {
    /// Sets up the process's log, once; nil where none was asked for.
    func startLog() -> Logger? {
        guard let level = logging.level else { return nil }
        let format = output.logFormat
        LoggingSystem.bootstrap { _ in
            LineLogHandler(logLevel: level, format: format, now: SystemClock.now)
        }
        return Logger(label: "usher")
    }
}

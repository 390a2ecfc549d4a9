internal import Logging

/// Logs the dialogue with one server, a line at a time and without its secrets: what `-v` shows on the command line.
///
/// `>` marks what this side sends, `<` what the server sends, `*` what happens to the connection. Bodies and messages
/// are logged as their sizes. Each exchange has one line at level `info`; the dialogue itself is at `debug`.
struct DialogueLog: Sendable {
    private var logger: Logger
    private var secrets: [String] = []

    /// What stands in the place of a secret.
    static let hidden = "<hidden>"
    /// Shorter secrets are not searched for: they would be found everywhere.
    private static let shortestSecret = 4
    /// Characters of a line that are logged.
    private static let lineLength = 1000

    /// A log for the current task; nil where it has no logger, or one that would drop everything.
    init?() {
        let logger = Logger.current
        // Outside of `withLogger`, swift-log returns a logger without a label.
        guard !logger.label.isEmpty, logger.logLevel <= .info else { return nil }
        self.logger = logger
    }

    /// Whether the dialogue is logged, and not just the outcome of each exchange.
    var showsDialogue: Bool { logger.logLevel <= .debug }

    /// The same log for one connection to a server.
    func connection(_ number: Int, to peer: String) -> DialogueLog {
        var log = self
        log.logger[metadataKey: "peer"] = .string(peer)
        log.logger[metadataKey: "connection"] = .stringConvertible(number)
        return log
    }

    /// Hides a text in all lines to come, wherever the server repeats it.
    mutating func hide(_ secret: some StringProtocol) {
        if secret.utf8.count >= Self.shortestSecret { secrets.append(String(secret)) }
    }

    func sent(_ line: String) { write(.debug, ">", line) }
    func received(_ line: String) { write(.debug, "<", line) }
    func note(_ text: String) { write(.debug, "*", text) }

    /// Logs how an exchange ended.
    func summarize(_ text: String) { write(.info, "*", text) }

    private func write(_ level: Logger.Level, _ direction: String, _ line: String) {
        logger.log(level: level, "\(clean(line))", metadata: ["direction": .string(direction)])
    }

    /// Without secrets, without control characters that a terminal would obey, and not endless.
    private func clean(_ line: String) -> String {
        let shown = secrets.reduce(line) { $0.replacing($1, with: Self.hidden) }
        var text = ""
        for (count, scalar) in shown.unicodeScalars.enumerated() {
            guard count < Self.lineLength else { return text + "…" }
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            text.unicodeScalars.append(isControl ? "?" : scalar)
        }
        return text
    }
}

extension DialogueLog {
    /// Logs those of libcurl's remarks that say how TLS was set up; the others may hold secrets, or differ between its
    /// versions.
    func noteTLS(_ remark: String) {
        for (start, name) in Self.remarks where remark.hasPrefix(start) {
            note(name + String(remark.dropFirst(start.count)).trimmingBlanks)
        }
    }

    private static let remarks = [
        ("SSL connection using ", "TLS: "), (" subject: ", "certificate of: "), (" issuer: ", "certificate by: "),
    ]
}

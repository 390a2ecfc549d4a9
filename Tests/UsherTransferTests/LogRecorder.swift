import Logging
import Synchronization

/// Collects what a task logs, one line an event, with ports replaced.
final class LogRecorder: Sendable {
    private let recorded = Mutex<[String]>([])

    var text: String {
        recorded.withLock { $0.joined(separator: "\n") + "\n" }.replacing(/127\.0\.0\.1:[0-9]+/, with: "127.0.0.1:PORT")
    }

    /// Runs `work` with a logger of this level, and returns what was logged.
    static func record(_ level: Logger.Level = .debug, _ work: () async throws -> Void) async throws -> String {
        let recorder = LogRecorder()
        let logger = Logger(label: "test") { _ in Handler(logLevel: level, recorder: recorder) }
        try await withLogger(logger) { _ in try await work() }
        return recorder.text
    }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level
        let recorder: LogRecorder

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        init(logLevel: Logger.Level, recorder: LogRecorder) { (self.logLevel, self.recorder) = (logLevel, recorder) }

        func log(event: LogEvent) {
            let values = metadata.merging(event.metadata ?? [:]) { $1 }
            let words = ["peer", "connection", "direction"].map { values[$0].map { "\($0)" } ?? "?" }
            recorder.recorded.withLock { $0.append("\(event.level) \(words.joined(separator: " ")) \(event.message)") }
        }
    }
}

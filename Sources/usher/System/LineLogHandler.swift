import Foundation
import Logging
import UsherModel
import UsherText

/// Writes each log event to standard error: as a line of text for people, or as a JSON object for machines.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let format: LogFormat
    let now: @Sendable () -> Instant

    /// The metadata that begin a line of text, in this order.
    private static let leading = ["peer", "connection", "direction"]

    init(logLevel: Logger.Level, format: LogFormat, now: @escaping @Sendable () -> Instant) {
        (self.logLevel, self.format, self.now) = (logLevel, format, now)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let line =
            switch format {
            case .text: Terminal.harmless(text(event, values))
            case .json: json(event, values)
            }
        Terminal.write(line + "\n", to: .standardError)
    }

    private func text(_ event: LogEvent, _ values: [String: String]) -> String {
        let others = values.filter { !Self.leading.contains($0.key) }.sorted { $0.key < $1.key }
        let words =
            ["\(now())"] + Self.leading.compactMap { key in values[key].map { key == "connection" ? "#\($0)" : $0 } }
            + ["\(event.message)"] + others.map { "\($0.key)=\($0.value)" }
        return words.joined(separator: " ")
    }

    private func json(_ event: LogEvent, _ values: [String: String]) -> String {
        let fields = values.merging([
            "time": "\(now())", "level": event.level.rawValue, "text": "\(event.message)",
        ]) { $1 }
        return JSONValue.object(JSONObject(sorting: fields.mapValues { .string($0) })).line()
    }
}

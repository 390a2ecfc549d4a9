import Foundation
import Synchronization
import UsherEngine
import UsherModel
import UsherText

/// What people and machines see: results on standard output, findings on standard error.
struct Terminal: Sendable {
    let format: LogFormat
    let isQuiet: Bool
    private let isInteractive = isatty(STDERR_FILENO) == 1

    init(_ options: OutputOptions) {
        format = options.logFormat
        isQuiet = options.quiet
    }

    /// A line of result.
    func say(_ text: String) {
        guard !isQuiet, format == .text else { return }
        Self.write(text + "\n", to: .standardOutput)
    }

    /// A line that a person must see.
    func warn(_ text: String) {
        guard format == .text else { return }
        Self.write(text + "\n", to: .standardError)
    }

    /// One JSON object on a line of its own, where machines are listening.
    func emit(_ object: [String: JSONValue]) {
        guard format == .json else { return }
        print(object)
    }

    /// One JSON object on a line of its own.
    func print(_ object: [String: JSONValue]) {
        Self.write(JSONValue.object(JSONObject(sorting: object)).line() + "\n", to: .standardOutput)
    }

    /// Shows how far a run has come, over itself, where a person is watching.
    func progressBar() -> @Sendable (UsherEngine.Progress) -> Void {
        guard isInteractive, format == .text, !isQuiet else { return { _ in } }
        let done = Mutex(0)
        return { event in
            let finished =
                switch event {
                case .finished(let tally): tally.sent + tally.failed + tally.retrying + tally.inDoubt
                }
            let count = done.withLock { count in
                count += finished
                return count
            }
            guard count % 50 == 0 else { return }
            Self.write("\r\(count) delivered\u{1B}[K\r", to: .standardError)
        }
    }

    static func write(_ text: String, to handle: FileHandle) {
        // A reader that has gone away is no reason to stop sending what is due.
        do { try handle.write(contentsOf: Data(text.utf8)) } catch { return }
    }
}

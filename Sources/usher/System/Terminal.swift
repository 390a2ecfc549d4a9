import Foundation
import Synchronization
import UsherEngine
import UsherModel
import UsherText

/// Writes results to standard output and problems to standard error, as text or as JSON lines.
struct Terminal: Sendable {
    let format: LogFormat
    let isQuiet: Bool
    private let isInteractive = isatty(STDERR_FILENO) == 1

    init(_ options: OutputOptions) {
        format = options.logFormat
        isQuiet = options.quiet
    }

    /// Prints a result to a person.
    func say(_ text: String) {
        guard !isQuiet, format == .text else { return }
        Self.write(Self.harmless(text) + "\n", to: .standardOutput)
    }

    /// Prints a problem to a person, also with `--quiet`.
    func warn(_ text: String) {
        guard format == .text else { return }
        Self.write(Self.harmless(text) + "\n", to: .standardError)
    }

    /// Prints an object as a line of JSON, if the output is JSON.
    func emit(_ object: [String: JSONValue]) {
        guard format == .json else { return }
        print(object)
    }

    /// Prints an object as a line of JSON.
    func print(_ object: [String: JSONValue]) {
        Self.write(JSONValue.object(JSONObject(sorting: object)).line() + "\n", to: .standardOutput)
    }

    /// Asks a person at a terminal; nobody else can confirm anything.
    func isConfirmed(_ question: String) -> Bool {
        guard isInteractive, isatty(STDIN_FILENO) == 1, format == .text else { return false }
        Self.write(Self.harmless(question) + " [y/N] ", to: .standardError)
        return ["y", "yes"].contains(readLine()?.lowercased())
    }

    /// Shows the number of deliveries so far on one line, if standard error is a terminal.
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

    /// A text without what a terminal would obey: problems quote what strangers wrote.
    static func harmless(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isObeyed) else { return text }
        // A carriage return belongs to the end of a line, and would show what follows in the place of the line elsewhere.
        return text.map { character in
            character == "\r\n" || !character.unicodeScalars.contains(where: isObeyed) ? String(character) : "?"
        }.joined()
    }

    /// Controls other than those that lay out lines, and those of the direction of text.
    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    static func write(_ text: String, to handle: FileHandle) {
        // If nobody reads the output any more, the run still goes on sending what is due.
        do { try handle.write(contentsOf: Data(KnownSecrets.hiding(text).utf8)) } catch { return }
    }
}

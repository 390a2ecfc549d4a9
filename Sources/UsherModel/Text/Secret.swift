/// A value that must never be shown: a password, a token, a URL with a key in it.
///
/// It prints as `<secret>` everywhere; only ``reveal(_:)`` passes the value on, for the duration of one call.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Creates a secret from its value.
    public init(_ value: String) { self.value = value }

    /// Calls `use` with the value and returns its result.
    ///
    /// - Throws: The error that `use` throws.
    public func reveal<Result, Failure: Error>(_ use: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try use(value)
    }

    /// `<secret>`.
    public var description: String { "<secret>" }
    /// `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where to find a secret; the job file holds this reference, never the secret itself.
public enum SecretReference: Hashable, Sendable {
    /// An environment variable.
    case env(String)
    /// The content of a file without its trailing line break; a relative path starts at the job file's folder.
    case file(String)
    /// The output of a command, without its trailing line break; it is run without a shell.
    case command([String])

    /// How the job file writes it: `{env: NAME}`; of a command its program only, for an argument may be secret.
    public var name: String {
        switch self {
        case .env(let name): "{env: \(name)}"
        case .file(let path): "{file: \(path)}"
        case .command(let words): "{command: [\(words.first ?? "")…]}"
        }
    }
}

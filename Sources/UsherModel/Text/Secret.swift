/// A value that must never be seen: a password, a token, a URL with a key in it.
///
/// It prints as `<secret>` everywhere; only ``reveal(_:)`` gives the value, for the duration of one call.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Takes the value.
    public init(_ value: String) { self.value = value }

    /// Gives the value to `use`, and what that returns to the caller.
    ///
    /// - Throws: What `use` throws.
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

/// Where a secret lies; the job file holds this, never the secret.
public enum SecretReference: Hashable, Sendable {
    /// An environment variable.
    case env(String)
    /// A file, its trailing line break dropped; relative paths start at the job file's folder.
    case file(String)
    /// What a command prints, its trailing line break dropped; run without a shell.
    case command([String])
}

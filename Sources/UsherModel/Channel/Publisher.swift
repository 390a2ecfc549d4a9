/// What became of a publication.
public enum Published: Hashable, Sendable, CaseIterable {
    /// The destination already held these bytes; nothing was touched.
    case unchanged
    /// The destination now holds them.
    case written
    /// The destination no longer holds anything under that name.
    case removed
}

/// What is remembered of a publication to a URL: enough to tell with one conditional request that nothing has changed.
public struct PublishedMark: Hashable, Sendable {
    /// The entity tag that the server gave the bytes (RFC 9110 §8.8.3); nil where it gives none that is strong.
    public let entityTag: String?
    /// SHA-256 of the bytes, in hexadecimal.
    public let digest: String

    /// Takes both.
    public init(entityTag: String?, digest: String) {
        (self.entityTag, self.digest) = (entityTag, digest)
    }

    /// Bytes of ours are on their way, or went and no answer came: what is there now may be they, a part of them, or what a server made of them.
    public static let unsure = PublishedMark(entityTag: nil, digest: String(repeating: "0", count: 64))
}

/// A publication could not be brought up to date.
public struct PublishError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    public enum Code: String, Hashable, Sendable {
        /// The destination cannot be written.
        case cannotWrite
        /// The destination refused the credentials.
        case refusedCredentials
        /// Someone else wrote at the same time.
        case lostRace
    }

    /// What a program can act on.
    public let code: Code
    /// The destination, without credentials.
    public let location: String
    /// What was found.
    public let problem: String
    /// What to do next.
    public let next: String
    /// Whether the destination may have acted on what it was sent all the same: the connection broke.
    public let mayHaveArrived: Bool

    /// Takes all.
    public init(_ code: Code, location: String, problem: String, next: String, mayHaveArrived: Bool = false) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
        self.mayHaveArrived = mayHaveArrived
    }

    /// All in one line.
    public var description: String { "\(location): \(problem). \(next)" }
}

/// Keeps one destination up to date: a file, a URL, an object.
///
/// The bytes are deterministic, so an implementation compares before it writes: unchanged means untouched.
public protocol Publisher: Sendable {
    /// Brings the destination to these bytes, wholly or not at all.
    ///
    /// - Throws: ``PublishError``; the destination then holds what it held before.
    func publish(_ bytes: [UInt8], mediaType: String, to destination: String) async throws(PublishError) -> Published
}

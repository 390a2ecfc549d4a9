/// What is remembered of an artifact at a URL: enough to tell with one conditional request that nothing has changed.
public struct PublishedMark: Hashable, Sendable {
    /// The entity tag under which the server stores the bytes (RFC 9110 §8.8.3); nil where it gives no strong one.
    public let entityTag: String?
    /// SHA-256 of the bytes, in hexadecimal.
    public let digest: String

    /// Creates a mark from an entity tag and the digest of the bytes.
    public init(entityTag: String?, digest: String) {
        (self.entityTag, self.digest) = (entityTag, digest)
    }

    /// Our bytes are on their way, or were sent and no answer arrived.
    ///
    /// The destination may hold them, a part of them, or what a server made of them; it is ours to replace.
    public static let unsure = PublishedMark(entityTag: nil, digest: String(repeating: "0", count: 64))
}

/// The marks of one job's publications, on durable storage.
public protocol PublicationMemory: Sendable {
    /// Whether an artifact without a mark may be replaced: a person has said so.
    var replacesUnknown: Bool { get }

    /// The mark of an artifact that was published before; nil for none.
    ///
    /// - Throws: ``PublishError`` where the memory cannot be read.
    func mark(of location: String) async throws(PublishError) -> PublishedMark?

    /// Remembers what a location holds now; nil forgets it. It is on disk when this returns.
    ///
    /// - Throws: ``PublishError`` where it cannot be stored.
    func remember(_ mark: PublishedMark?, of location: String) async throws(PublishError)
}

extension PublicationMemory {
    /// Yes.
    public var replacesUnknown: Bool { true }
}

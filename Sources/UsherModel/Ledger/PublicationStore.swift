/// What was published to URLs.
public protocol PublicationStore: Sendable {
    /// When the source of a job was first read to its end; nil where it never was.
    ///
    /// - Throws: ``LedgerError``.
    func listing(job: String) async throws(LedgerError) -> ListingMemory?

    /// Records that the source of a job was read to its end, unless it was before.
    ///
    /// - Throws: ``LedgerError``.
    func recordListing(job: String, now: Instant) async throws(LedgerError)

    /// What was last published to a location; nil for nothing.
    ///
    /// - Throws: ``LedgerError``.
    func publication(job: String, location: String) async throws(LedgerError) -> PublishedMark?

    /// Stores what was published to a location; a mark of nil removes what is stored.
    ///
    /// The location itself is stored as a digest: a URL may hold a secret.
    ///
    /// - Throws: ``LedgerError``.
    func remember(
        _ mark: PublishedMark?, job: String, location: String, now: Instant
    ) async throws(LedgerError)
}

/// What is remembered of reading a job's source.
public struct ListingMemory: Hashable, Sendable {
    /// When it was first read to its end.
    public let at: Instant
    /// Whether files without a mark may be replaced: an earlier version published them without one.
    public let replacesFiles: Bool

    /// Creates a memory.
    public init(at: Instant, replacesFiles: Bool) { (self.at, self.replacesFiles) = (at, replacesFiles) }
}

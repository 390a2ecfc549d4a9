/// What was published to URLs.
public protocol PublicationStore: Sendable {
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

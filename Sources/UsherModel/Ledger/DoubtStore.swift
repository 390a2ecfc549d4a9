/// Deliveries of which it is not known whether they arrived.
public protocol DoubtStore: Sendable {
    /// Deliveries in doubt, ordered by key.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - channel: The channel.
    ///   - after: The last one of the previous page; nil for the first page.
    ///   - limit: The most deliveries to return.
    /// - Returns: The page; empty after the last one.
    /// - Throws: ``LedgerError``.
    func doubts(
        job: String, channel: ChannelName, after: DedupeKey?, limit: Int
    ) async throws(LedgerError) -> [Doubt]

    /// Ends a doubt.
    ///
    /// - Returns: Whether it was still in doubt; another run may have ended the doubt meanwhile, and then nothing changes.
    /// - Throws: ``LedgerError``.
    func resolveDoubt(_ key: DedupeKey, as outcome: DoubtOutcome, now: Instant) async throws(LedgerError) -> Bool
}

extension DoubtStore {
    /// The first deliveries in doubt, ordered by key.
    ///
    /// - Throws: ``LedgerError``.
    public func doubts(job: String, channel: ChannelName, limit: Int) async throws(LedgerError) -> [Doubt] {
        try await doubts(job: job, channel: channel, after: nil, limit: limit)
    }
}

/// A delivery of which it is not known whether it arrived.
public struct Doubt: Hashable, Sendable {
    /// The dedupe key.
    public let key: DedupeKey
    /// What the world outside knows it by.
    public let id: DeliveryID
    /// The channel.
    public let channel: ChannelName
    /// The person or channel it went to; nil where the person has been forgotten.
    public let recipient: Recipient?
    /// When its wire mark was set, by the clock.
    public let wiredAt: Instant
    /// The digest of its subject; nil where it is not recorded, or where another delivery with the same subject left for the same recipient
    /// within ``vicinity``: then it does not tell one from the other.
    public let subject: SubjectDigest?

    /// How far apart two deliveries must leave to be told apart by the time.
    public static let vicinity = Duration.seconds(3600)

    /// Creates a doubt.
    public init(
        key: DedupeKey, id: DeliveryID, channel: ChannelName, recipient: Recipient?, wiredAt: Instant,
        subject: SubjectDigest? = nil
    ) {
        (self.key, self.id, self.channel, self.recipient) = (key, id, channel, recipient)
        (self.wiredAt, self.subject) = (wiredAt, subject)
    }
}

/// How a doubt ends.
public enum DoubtOutcome: Hashable, Sendable {
    /// It arrived.
    case delivered(Evidence)
    /// It did not arrive, and is pending again.
    case notDelivered
    /// No one knows; it is pending again, to be sent with the same content under the same id, and counts as told until then and after.
    case repeated
    /// No one knows, and it is not to be sent again. It counts as told.
    case abandoned(Evidence)
}

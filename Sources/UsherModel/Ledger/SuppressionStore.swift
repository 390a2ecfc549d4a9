/// People: who gets nothing any more, and whose data is removed.
public protocol SuppressionStore: Sendable {
    /// Suppresses an address: from now on nothing goes there. Where it is suppressed already, the new reason replaces the old one.
    ///
    /// - Throws: ``LedgerError``.
    func suppress(_ address: Address, reason: String, now: Instant) async throws(LedgerError)

    /// Suppresses a batch of addresses in one transaction. An address that is suppressed already keeps its reason.
    ///
    /// - Returns: The number of addresses that were not suppressed before.
    /// - Throws: ``LedgerError``.
    func suppress(_ addresses: [Address], reason: String, now: Instant) async throws(LedgerError) -> Int

    /// Suppresses the recipient who got a token.
    ///
    /// - Returns: Whether the recipient was not suppressed before.
    /// - Throws: ``LedgerError``; `noSuchDelivery` where nobody got the token.
    func suppress(_ token: UnsubscribeToken, reason: String, now: Instant) async throws(LedgerError) -> Bool

    /// Lifts a suppression.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``LedgerError``.
    func unsuppress(_ address: Address) async throws(LedgerError) -> Bool

    /// A page of everyone who is suppressed, ordered by address; people who were forgotten have none and come first.
    ///
    /// - Parameters:
    ///   - after: The last one of the previous page; nil for the first page.
    ///   - limit: The most to return.
    /// - Returns: The page; empty after the last one.
    /// - Throws: ``LedgerError``.
    func suppressions(after: Suppression?, limit: Int) async throws(LedgerError) -> [Suppression]

    /// Removes a person: address, names, answers; what still waits for them is skipped.
    ///
    /// Keys and the digest of the address stay, so that forgetting someone never leads to sending to them again.
    ///
    /// - Throws: ``LedgerError``.
    func forget(_ address: Address, now: Instant) async throws(LedgerError) -> Removed

    /// Removes the personal data of deliveries that were finished before an instant, and sessions that ended before it. Keys stay.
    ///
    /// - Throws: ``LedgerError``.
    func prune(before: Instant) async throws(LedgerError) -> Removed
}

extension SuppressionStore {
    /// Calls `body` with everyone who is suppressed, ordered by address; memory holds one page.
    ///
    /// - Throws: ``LedgerError``.
    public func eachSuppression(_ body: (Suppression) -> Void) async throws(LedgerError) {
        var last: Suppression?
        while case let page = try await suppressions(after: last, limit: Limits.pageRows), !page.isEmpty {
            page.forEach(body)
            last = page.last
        }
    }
}

/// A person to whom nothing is sent.
public struct Suppression: Hashable, Sendable {
    /// The person.
    public let recipient: RecipientID
    /// The address; nil where the person was forgotten.
    public let address: String?
    /// Why.
    public let reason: String
    /// Since when.
    public let at: Instant

    /// Creates a suppression.
    public init(recipient: RecipientID, address: String?, reason: String, at: Instant) {
        (self.recipient, self.address, self.reason, self.at) = (recipient, address, reason, at)
    }
}

/// What was removed; the keys stay, so that nothing is ever sent again.
public struct Removed: Hashable, Sendable {
    /// The number of deliveries that no longer say to whom they went.
    public let deliveries: Int
    /// The number of registrations removed.
    public let registrations: Int

    /// Creates a count.
    public init(deliveries: Int, registrations: Int) {
        (self.deliveries, self.registrations) = (deliveries, registrations)
    }
}

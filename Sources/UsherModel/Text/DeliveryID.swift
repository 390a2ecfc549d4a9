internal import UsherText

/// The id by which the world outside knows a delivery: Message-ID, `webhook-id`, the name of its file in an outbox.
///
/// It is the same on every attempt. Its first digits are those of the delivery's key, which anyone can compute who knows job, rule, session and
/// address; the others are made with a secret of the ledger, so that only who got the message knows the id. ``LedgerSecrets`` makes them.
public struct DeliveryID: Hashable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    /// How many digits are those of the key: enough to find the delivery.
    public static let keyDigits = 20
    /// How many digits a Message-ID has.
    private static let shortDigits = 40

    /// The id of a delivery that has no secret: a sample, or one that was sent by a version without secrets.
    public init(_ key: DedupeKey) { hex = key.hex }

    init(_ key: DedupeKey, code: [UInt8]) {
        hex = String(key.hex.prefix(Self.keyDigits)) + Hex.encode(code).prefix(64 - Self.keyDigits)
    }

    /// The digits of a Message-ID.
    public var short: String { String(hex.prefix(Self.shortDigits)) }

    /// Whether a text has the form of ``short``.
    public static func isShort(_ text: some StringProtocol) -> Bool {
        text.utf8.count == shortDigits && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// The digits.
    public var description: String { hex }
}

internal import Crypto
internal import UsherText

/// The secrets of a ledger: what it hands to strangers, who may show it again later, is made with them (HMAC-SHA256, RFC 2104).
///
/// A ledger makes the first one when it is created. They are in its file, and move with it.
public struct LedgerSecrets: Hashable, Sendable {
    /// One secret.
    public struct Item: Hashable, Sendable {
        /// Its number, counted from 1.
        public let number: Int
        /// Whether what was made with it is still believed.
        public let isTrusted: Bool
        fileprivate let secret: Secret

        /// Creates a secret from 64 hexadecimal digits.
        public init(number: Int, secret: Secret, isTrusted: Bool) {
            (self.number, self.secret, self.isTrusted) = (number, secret, isTrusted)
        }

        fileprivate func code(_ purpose: String, _ parts: [String]) -> [UInt8] {
            secret.reveal { secret in
                var code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
                for part in [purpose] + parts {
                    code.update(data: Array("\(part.utf8.count):".utf8))
                    code.update(data: Array(part.utf8))
                }
                return Array(code.finalize())
            }
        }
    }

    /// From the first to the newest.
    private let items: [Item]
    private let newest: Item

    /// Creates the secrets of a ledger; nil where there is none.
    public init?(_ items: [Item]) {
        self.items = items.sorted { $0.number < $1.number }
        guard let newest = self.items.last else { return nil }
        self.newest = newest
    }

    /// A new secret: 256 bits from the operating system.
    public static func random() -> Secret {
        Secret(SymmetricKey(size: .bits256).withUnsafeBytes { Hex.encode(Array($0)) })
    }

    /// The number of the secret with which new ids are made.
    public var number: Int { newest.number }

    /// The id of a delivery.
    ///
    /// - Parameters:
    ///   - key: The delivery.
    ///   - number: The secret that was the newest when it was first claimed; nil for one that was sent by a version without secrets.
    /// - Returns: The id, the same at any time.
    public func id(of key: DedupeKey, under number: Int?) -> DeliveryID {
        guard let item = items.first(where: { $0.number == number }) else { return DeliveryID(key) }
        return DeliveryID(key, code: item.code("delivery", [key.hex]))
    }

    /// Whether a delivery's id can have become known to others: its secret was revoked.
    public func isTrusted(_ number: Int?) -> Bool { items.first { $0.number == number }?.isTrusted ?? true }

    /// The token by which a recipient unsubscribes from a job, without having to prove who they are.
    public func token(of recipient: RecipientID, job: String) -> UnsubscribeToken {
        UnsubscribeToken(recipient, code: newest.code("unsubscribe", [job, recipient.rawValue]))
    }

    /// Whether a token is a recipient's, for a job.
    public func isToken(_ token: UnsubscribeToken, of recipient: RecipientID, job: String) -> Bool {
        items.contains { item in
            item.isTrusted
                && UnsubscribeToken(recipient, code: item.code("unsubscribe", [job, recipient.rawValue])) == token
        }
    }

    /// The secret for something that a job file can also give a secret of its own.
    public func secret(for purpose: String) -> Secret { Secret(Hex.encode(newest.code(purpose, []))) }
}

/// What identifies a recipient in an address or URL for unsubscribing (RFC 8058 §3.1: opaque, hard to forge).
///
/// The first digits are those of the recipient's id in the ledger, by which it is found; the others are made with a secret.
public struct UnsubscribeToken: Hashable, Sendable, CustomStringConvertible {
    /// 36 lower-case hexadecimal digits: 48 bits to find the recipient, and 96 that nobody can guess.
    public let text: String

    private static let recipientDigits = 12
    private static let digits = 36

    init(_ recipient: RecipientID, code: [UInt8]) {
        text =
            String(recipient.rawValue.prefix(Self.recipientDigits))
            + Hex.encode(code).prefix(Self.digits - Self.recipientDigits)
    }

    /// Reads a token in any letter case; nil for any other text.
    public init?(_ text: some StringProtocol) {
        let lower = text.lowercased()
        guard lower.utf8.count == Self.digits,
            lower.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.text = lower
    }

    /// The digits that the id of its recipient begins with.
    public var recipientPrefix: String { String(text.prefix(Self.recipientDigits)) }

    /// The digits.
    public var description: String { text }

    /// Compares in constant time.
    public static func == (left: UnsubscribeToken, right: UnsubscribeToken) -> Bool {
        zip(left.text.utf8, right.text.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

internal import Crypto
internal import FoundationEssentials

/// Signs a message as the Standard Webhooks specification says: HMAC-SHA256 over `id.timestamp.body`, `v1,` and base64.
///
/// Several secrets give several signatures, so that a receiver can change from one to the next.
struct WebhookSigner {
    private let id: String
    private let timestamp: Int64
    private let signed: Data
    private var signatures: [String] = []

    init(id: String, timestamp: Int64, body: [UInt8]) {
        (self.id, self.timestamp) = (id, timestamp)
        signed = Data("\(id).\(timestamp).".utf8) + Data(body)
    }

    /// Adds a signature; `false` where the text is no secret.
    mutating func sign(with secret: String) -> Bool {
        let encoded = secret.hasPrefix("whsec_") ? String(secret.dropFirst("whsec_".count)) : secret
        guard let key = Data(base64Encoded: encoded), (24...64).contains(key.count) else { return false }
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        signatures.append("v1," + Data(code).base64EncodedString())
        return true
    }

    /// The header fields.
    var fields: [(String, String)] {
        [
            ("webhook-id", id), ("webhook-timestamp", String(timestamp)),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}

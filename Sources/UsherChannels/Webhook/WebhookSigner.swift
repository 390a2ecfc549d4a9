internal import Crypto
internal import UsherText

/// Signs a message by the Standard Webhooks specification: HMAC-SHA256 over `id.timestamp.body`, as `v1,` and base64.
///
/// Each secret adds a signature, so that a receiver can change from one secret to the next.
struct WebhookSigner {
    private let id: String
    private let timestamp: Int64
    private let signed: [UInt8]
    private var signatures: [String] = []

    init(id: String, timestamp: Int64, body: [UInt8]) {
        (self.id, self.timestamp) = (id, timestamp)
        signed = Array("\(id).\(timestamp).".utf8) + body
    }

    /// Adds a signature; returns `false` where the text is not a valid secret.
    mutating func sign(with secret: String) -> Bool {
        let encoded = secret.hasPrefix("whsec_") ? String(secret.dropFirst("whsec_".count)) : secret
        guard let key = Base64.decode(encoded), (24...64).contains(key.count) else { return false }
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
        signatures.append("v1," + Base64.encode(Array(code)))
        return true
    }

    /// The header fields that carry id, time and signatures.
    var fields: [(String, String)] {
        [
            ("webhook-id", id), ("webhook-timestamp", String(timestamp)),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}

internal import Crypto
package import UsherModel

/// What names a person's own feed: nobody finds it without the job's secret, and it says nothing of whose it is.
package struct AttendeeToken: Hashable, Sendable {
    /// 26 characters of base32 in lower case (RFC 4648 §6): 130 bits.
    package let text: String

    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let characters = 26

    /// Derives a token: HMAC-SHA256 (RFC 2104) of the digest that stands for the person in the ledger, under the secret.
    ///
    /// The same address has the same token as long as the secret is the same; it depends on no event and no job.
    package init(of person: RecipientID, under secret: Secret) {
        let code = secret.reveal { text in
            Array(
                HMAC<SHA256>.authenticationCode(
                    for: Array(person.rawValue.utf8), using: SymmetricKey(data: Array(text.utf8))))
        }
        var (bits, count) = (0, 0)
        var result: [UInt8] = []
        for byte in code where result.count < Self.characters {
            (bits, count) = (bits << 8 | Int(byte), count + 8)
            while count >= 5, result.count < Self.characters {
                count -= 5
                result.append(Self.digits[bits >> count & 31])
            }
            bits &= (1 << count) - 1
        }
        text = String(decoding: result, as: UTF8.self)
    }

    /// Octets that a secret must have at least: fewer could be guessed.
    package static let minimumSecret = 16
}

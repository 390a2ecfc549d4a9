internal import Crypto
package import UsherModel

/// The name of a person's own feed: nobody can guess it without the job's secret, and it does not reveal the person.
package struct AttendeeToken: Hashable, Sendable {
    /// 26 characters of lower-case base32 (RFC 4648 §6): 130 bits.
    package let text: String

    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let characters = 26

    /// Derives a token: HMAC-SHA256 (RFC 2104) of the person's id in the ledger, keyed with the secret.
    ///
    /// The same address and secret give the same token, for every event and job.
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

    /// The fewest octets a secret may have: a shorter one could be guessed.
    package static let minimumSecret = 16
}

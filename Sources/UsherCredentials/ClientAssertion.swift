internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials
internal import UsherModel
internal import UsherText

/// A signed JWT with which an application proves who it is, in place of a secret (RFC 7523 §2.2, RFC 7519).
///
/// PS256 (RFC 7518 §3.5), with the SHA-256 thumbprint of the certificate as `x5t#S256` (RFC 7515 §4.1.8): what Microsoft Entra ID asks of a
/// certificate credential.
struct ClientAssertion {
    /// Why a PEM text cannot be used.
    struct Problem: Error {
        let problem: String
    }

    private let thumbprint: String
    private let key: _RSA.Signing.PrivateKey
    /// Seconds until an assertion expires.
    private static let lifetime: Int64 = 600

    /// Reads a certificate and its private key from one PEM text (RFC 7468).
    ///
    /// - Throws: ``Problem``, which shows nothing of the text.
    init(pem: String) throws(Problem) {
        guard let block = Self.block("CERTIFICATE", in: pem), let certificate = Base64.decode(block.body) else {
            throw Problem(problem: "no certificate (-----BEGIN CERTIFICATE-----)")
        }
        guard !pem.contains("ENCRYPTED PRIVATE KEY"), !pem.contains("Proc-Type: 4,ENCRYPTED") else {
            throw Problem(problem: "an encrypted private key")
        }
        guard let text = (Self.block("PRIVATE KEY", in: pem) ?? Self.block("RSA PRIVATE KEY", in: pem))?.whole else {
            throw Problem(problem: "no private key (-----BEGIN PRIVATE KEY-----)")
        }
        do {
            key = try _RSA.Signing.PrivateKey(pemRepresentation: text)
        } catch {
            throw Problem(problem: "a private key that is no RSA key of at least 2,048 bits")
        }
        thumbprint = Self.encoded(Array(SHA256.hash(data: certificate)))
    }

    /// Signs an assertion.
    ///
    /// - Parameters:
    ///   - clientID: Issuer and subject.
    ///   - audience: The URL that issues the token.
    ///   - id: Never used before.
    ///   - now: The time of signing; the assertion expires ten minutes later.
    /// - Returns: A JWT in its compact form.
    /// - Throws: ``Problem`` where the key cannot sign.
    func text(clientID: String, audience: String, id: String, now: Instant) throws(Problem) -> String {
        let seconds = now.secondsSince1970
        let head: JSONValue = ["alg": "PS256", "typ": "JWT", "x5t#S256": .string(thumbprint)]
        let claims: JSONValue = [
            "aud": .string(audience), "iss": .string(clientID), "sub": .string(clientID), "jti": .string(id),
            // Clocks are often a little ahead of the service's.
            "nbf": .integer(seconds - 60), "exp": .integer(seconds + Self.lifetime),
        ]
        let signed = [head, claims].map { Self.encoded(Array($0.line().utf8)) }.joined(separator: ".")
        do {
            let signature = try key.signature(for: SHA256.hash(data: Array(signed.utf8)), padding: .PSS)
            return "\(signed).\(Self.encoded(Array(signature.rawRepresentation)))"
        } catch {
            throw Problem(problem: "a private key that cannot sign")
        }
    }

    private static func encoded(_ octets: [UInt8]) -> String { Base64.encode(octets, .url) }

    private static func block(_ label: String, in pem: String) -> (whole: String, body: String)? {
        guard let begin = pem.firstRange(of: "-----BEGIN \(label)-----"),
            let end = pem[begin.upperBound...].firstRange(of: "-----END \(label)-----")
        else { return nil }
        let body = pem[begin.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
        return (String(pem[begin.lowerBound..<end.upperBound]), body)
    }
}

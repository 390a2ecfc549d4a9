internal import Crypto
internal import UsherText

/// SHA-256 of what makes a delivery unique: the ledger's primary key.
///
/// The parts are length-prefixed before they are hashed, so that no two lists of parts share an encoding. Message-ID and webhook
/// id derive from it: a delivery has the same id on every attempt.
public struct DedupeKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    /// Creates the key of a list of parts, in their order.
    public init(_ parts: [String]) { hex = Digest.hex(of: parts) }

    /// Reads 64 lower-case hexadecimal digits; nil for any other text.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) else {
            return nil
        }
        self.hex = hex
    }

    /// Orders by digits.
    public static func < (left: DedupeKey, right: DedupeKey) -> Bool { left.hex < right.hex }

    /// The digits.
    public var description: String { hex }
}

/// SHA-256 over lists of texts.
public enum Digest {
    /// The digest as 64 lower-case hexadecimal digits; each part is hashed after its length in octets.
    public static func hex(of parts: [String]) -> String {
        var hasher = SHA256()
        for part in parts {
            hasher.update(data: Array("\(part.utf8.count):".utf8))
            hasher.update(data: Array(part.utf8))
        }
        return hex(hasher.finalize())
    }

    /// The digest of bytes as 64 lower-case hexadecimal digits.
    public static func hex(ofBytes bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String { Hex.encode(Array(bytes)) }
}

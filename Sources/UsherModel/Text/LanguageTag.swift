/// A language tag (RFC 5646) in its canonical case: `de`, `fr-CA`, `zh-Hant-TW`.
public struct LanguageTag: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The tag: language in lower case, script in title case, region in upper case.
    public let text: String

    /// English.
    public static let english = LanguageTag(valid: "en")

    /// Octets of a tag: RFC 5646 §4.4.1 expects at most 35, and the lookup tries every prefix.
    private static let maximumBytes = 100

    /// Reads a tag, with `_` accepted for `-`; nil if the text is not a tag.
    public init?(_ raw: String) {
        guard raw.utf8.count <= Self.maximumBytes else { return nil }
        let parts = Line(cleaning: raw).text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "_" }
        guard let first = parts.first, (2...3).contains(first.utf8.count), first.utf8.allSatisfy(Self.isLetter),
            parts.dropFirst().allSatisfy({ (1...8).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isAlphanumeric) })
        else { return nil }
        let rest = parts.dropFirst().map { part in
            switch part.utf8.count {
            case 2: part.uppercased()
            case 4: part.prefix(1).uppercased() + part.dropFirst().lowercased()
            default: part.lowercased()
            }
        }
        text = ([first.lowercased()] + rest).joined(separator: "-")
    }

    private init(valid text: String) { self.text = text }

    /// This tag, then each shorter one: `zh-Hant-TW`, `zh-Hant`, `zh` (the lookup of RFC 4647 §3.4).
    public var lookupOrder: [String] {
        let parts = text.split(separator: "-")
        return (1...parts.count).reversed().map { parts.prefix($0).joined(separator: "-") }
    }

    /// Decodes a tag.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// Encodes the tag as text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The tag.
    public var description: String { text }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || (48...57).contains(byte) }
}

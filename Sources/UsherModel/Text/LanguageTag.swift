/// A well-formed language tag (RFC 5646 §2.1) in its canonical case: `de`, `fr-CA`, `zh-Hant-TW`, `en-US-u-hc-h23`.
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
        var reader = Subtags()
        for part in parts.dropFirst() {
            guard reader.read(part.lowercased()) else { return nil }
        }
        guard reader.isWhole else { return nil }
        text = ([first.lowercased()] + reader.subtags).joined(separator: "-")
    }

    private init(valid text: String) { self.text = text }

    /// This tag, then each shorter one: `zh-Hant-TW`, `zh-Hant`, `zh` (the lookup of RFC 4647 §3.4).
    public var lookupOrder: [String] {
        let parts = text.split(separator: "-")
        // A single letter only announces what follows it.
        return (1...parts.count).reversed().filter { parts[$0 - 1].utf8.count > 1 }.map {
            parts.prefix($0).joined(separator: "-")
        }
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

    fileprivate static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte) || (48...57).contains(byte) }
}

/// The parts of a tag behind the language, in the order that RFC 5646 §2.1 states.
private struct Subtags {
    private enum Stage: Int, Comparable {
        case language, extended, script, region, variant, singleton, inExtension, privateUse

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    private(set) var subtags: [String] = []
    private var stage = Stage.language
    private var singletons: Set<String> = []

    /// Whether nothing is missing at the end.
    var isWhole: Bool { stage != .singleton && subtags.last != "x" }

    /// Reads the next part, in lower case; false if it cannot stand there.
    mutating func read(_ part: String) -> Bool {
        let (count, isWord) = (part.utf8.count, part.utf8.allSatisfy(LanguageTag.isLetter))
        if stage == .privateUse { return append(part, .privateUse) }
        if count == 1 {
            guard stage != .singleton, singletons.insert(part).inserted else { return false }
            return append(part, part == "x" ? .privateUse : .singleton)
        }
        if stage >= .singleton { return append(part, .inExtension) }
        switch count {
        case 3 where isWord: return stage <= .extended && subtags.count < 3 && append(part, .extended)
        case 4 where isWord:
            return stage < .script && append(part.prefix(1).uppercased() + part.dropFirst(), .script)
        case 2 where isWord: return stage < .region && append(part.uppercased(), .region)
        case 3 where part.utf8.allSatisfy({ (48...57).contains($0) }):
            return stage < .region && append(part, .region)
        case 5...8: return !subtags.contains(part) && append(part, .variant)
        case 4: return part.utf8.first.map { (48...57).contains($0) } == true && append(part, .variant)
        default: return false
        }
    }

    private mutating func append(_ part: String, _ next: Stage) -> Bool {
        subtags.append(part)
        stage = next
        return true
    }
}

/// The link for joining a session: https, with a host, kept byte for byte.
///
/// Teams links carry percent-encoded JSON that breaks when it is decoded and encoded again, so the text is never rebuilt.
public struct JoinURL: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The URL, unchanged.
    public let text: String

    /// Why a text is not a join URL.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, without the link itself: a link can be personal.
        public let reason: String

        /// What is wrong and what was expected.
        public var description: String { "the join URL is unusable: \(reason)" }
    }

    /// Reads an https URL.
    ///
    /// - Parameters:
    ///   - text: The URL, at most 4,096 octets, ASCII, without blanks, quotes, angle brackets or controls (RFC 3986 §2).
    ///   - hosts: The host names allowed; nil allows every host.
    /// - Throws: ``Problem``.
    public init(_ text: String, hosts: Set<String>? = nil) throws(Problem) {
        guard text.utf8.count <= 4096 else { throw Problem(reason: "longer than 4,096 octets") }
        guard text.lowercased().hasPrefix("https://") else { throw Problem(reason: "expected https://") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.forbidden.contains($0) }) else {
            throw Problem(
                reason: "it holds a blank, a control character, a quote or a character that must be percent-encoded")
        }
        let authority = text.dropFirst(8).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { throw Problem(reason: "it holds a user name") }
        let host = authority.prefix { $0 != ":" }.lowercased()
        guard !host.isEmpty else { throw Problem(reason: "it has no host") }
        if let hosts, !hosts.contains(host) { throw Problem(reason: "its host \(host) is not one of those allowed") }
        self.text = text
    }

    /// Decodes a link, and checks it again.
    public init(from decoder: any Decoder) throws {
        self = try JoinURL(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the link as text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The URL, unchanged.
    public var description: String { text }

    /// The URL for comparing: the case of the digits in percent-encodings makes no difference (RFC 3986 §6.2.2.1).
    public var comparable: String {
        guard text.utf8.contains(0x25) else { return text }
        var octets = Array(text.utf8)
        for index in octets.indices where index >= 1 {
            let isDigit = octets[index - 1] == 0x25 || index >= 2 && octets[index - 2] == 0x25
            if isDigit, (0x61...0x66).contains(octets[index]) { octets[index] -= 0x20 }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Whether two URLs lead to the same place.
    public static func == (left: JoinURL, right: JoinURL) -> Bool {
        left.text == right.text || left.comparable == right.comparable
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) { hasher.combine(comparable) }

    private static let forbidden: Set<UInt8> = [0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B, 0x7C, 0x7D]
}

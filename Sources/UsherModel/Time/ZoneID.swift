/// The name of a time zone that exists in the tz database: `Europe/Berlin`, `UTC`.
///
/// Windows names, as Microsoft Graph gives them (`W. Europe Standard Time`, `PacificSt`), become the IANA name that CLDR assigns.
public struct ZoneID: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The IANA name.
    public let name: String

    /// Coordinated Universal Time.
    public static let utc = ZoneID(known: "UTC")

    /// Why a text does not name a zone.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// Neither a Windows name nor a name in the tz database.
        case unknown(String)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .unknown(let name):
                "unknown time zone \"\(name)\": expected an IANA name such as Europe/Berlin or a Windows name such as "
                    + "\"W. Europe Standard Time\""
            }
        }
    }

    /// Finds the zone of a Windows or IANA name in any case, also behind a prefix such as `/mozilla.org/20050126_1/` (RFC 5545 §3.2.19).
    ///
    /// - Parameters:
    ///   - text: The name; blanks around it are ignored.
    ///   - isKnown: Whether the tz database contains an IANA name.
    /// - Throws: ``Problem/unknown(_:)``; a zone is never guessed.
    public init(_ text: String, isKnown: (String) -> Bool) throws(Problem) {
        let trimmed = Line(cleaning: text).text
        let name =
            Self.aliases[trimmed] ?? WindowsZones.ianaName(trimmed) ?? WindowsZones.ianaName(ofShort: trimmed)
            ?? trimmed
        let names = [name, Self.capitalized(name)] + Self.withoutPrefix(name)
        guard let found = names.first(where: { $0 == "UTC" || (!$0.isEmpty && $0.utf8.count <= 64 && isKnown($0)) })
        else { throw .unknown(String(trimmed.prefix(80))) }
        self.name = found
    }

    private init(known name: String) { self.name = name }

    /// `Europe/Berlin` for `europe/berlin`: names differ in more than case.
    private static func capitalized(_ name: String) -> String {
        var isStart = true
        return String(
            name.map { character in
                defer { isStart = "/_-".contains(character) }
                return Character(isStart ? character.uppercased() : character.lowercased())
            })
    }

    /// The last three and the last two parts of a name with a prefix.
    private static func withoutPrefix(_ name: String) -> [String] {
        guard name.hasPrefix("/") else { return [] }
        let parts = name.split(separator: "/")
        return [3, 2].filter { $0 < parts.count }.map { parts.suffix($0).joined(separator: "/") }
    }

    /// Further names that Exchange and Graph use for UTC.
    private static let aliases = [
        "UTC": "UTC", "tzone://Microsoft/Utc": "UTC", "Coordinated Universal Time": "UTC", "Etc/UTC": "UTC", "Z": "UTC",
    ]

    /// Decodes the name of a zone that was valid when it was encoded.
    public init(from decoder: any Decoder) throws { name = try decoder.singleValueContainer().decode(String.self) }

    /// Encodes the IANA name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The IANA name.
    public var description: String { name }
}

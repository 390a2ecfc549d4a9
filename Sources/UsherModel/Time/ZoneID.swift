/// The name of a time zone that exists in the tz database: `Europe/Berlin`, `UTC`.
///
/// Windows names, as Microsoft Graph gives them (`W. Europe Standard Time`), become the IANA name that CLDR assigns.
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

    /// Finds the zone of a Windows or IANA name.
    ///
    /// - Parameters:
    ///   - text: The name; blanks around it are ignored.
    ///   - isKnown: Whether the tz database contains an IANA name.
    /// - Throws: ``Problem/unknown(_:)``; a zone is never guessed.
    public init(_ text: String, isKnown: (String) -> Bool) throws(Problem) {
        let trimmed = Line(cleaning: text).text
        let name = Self.aliases[trimmed] ?? WindowsZones.ianaNames[trimmed] ?? trimmed
        guard name == "UTC" || (!name.isEmpty && name.utf8.count <= 64 && isKnown(name)) else {
            throw .unknown(String(trimmed.prefix(80)))
        }
        self.name = name
    }

    private init(known name: String) { self.name = name }

    /// Further names that Exchange and Graph use for UTC.
    private static let aliases = [
        "UTC": "UTC", "tzone://Microsoft/Utc": "UTC", "Coordinated Universal Time": "UTC", "Etc/UTC": "UTC", "Z": "UTC",
        // Short for the Windows names, in an example of Graph's own (virtualEventsRoot: create webinars).
        "PacificSt": "America/Los_Angeles", "MountainSt": "America/Denver", "CentralSt": "America/Chicago",
        "EasternSt": "America/New_York",
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

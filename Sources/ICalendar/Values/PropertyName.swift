/// The name of a property, in uppercase.
public struct PropertyName: Hashable, Sendable {
    /// The name in uppercase.
    public let text: String
    /// The position among the recognized names, which is also the order within a component; all others come last.
    let rank: UInt8

    /// Creates a name, such as an `X-` name; case does not matter.
    ///
    /// - Parameter text: Letters, digits and hyphens.
    /// - Throws: ``ICalendarError`` if it has other characters.
    public init(_ text: String) throws(ICalendarError) {
        self.init(canonical: try Token.capitals(text, of: "property"))
    }

    /// Creates a name from text that is valid and in uppercase.
    init(canonical text: String) {
        self.text = text
        rank = Self.ranks[text] ?? .max
        defaultType = rank < Self.recognized.count ? Self.recognized[Int(rank)].type : .text
        alwaysStatesType = Self.statingType.contains(text)
        isList = Self.lists.contains(text)
    }

    /// Whether the library recognizes the name.
    var isRecognized: Bool { rank < .max }

    /// The type of the value if VALUE is absent; TEXT for unrecognized names (RFC 5545 §3.8.8).
    let defaultType: ValueType
    /// Whether VALUE is required even for the default type (RFC 7986 §5.7, §5.8, §5.10, §5.11).
    let alwaysStatesType: Bool
    /// Whether a comma separates values (RFC 5545 §3.1.1).
    let isList: Bool

    private static let statingType: Set<String> = [
        "CONFERENCE", "IMAGE", "REFRESH-INTERVAL", "SOURCE", "STRUCTURED-DATA", "STYLED-DESCRIPTION",
    ]
    private static let lists: Set<String> = ["CATEGORIES", "RESOURCES", "RDATE", "EXDATE", "FREEBUSY"]

    /// Whether two names are the same.
    ///
    /// Recognized names are compared by rank, so that only the others are compared as text.
    public static func == (first: Self, second: Self) -> Bool {
        first.rank == second.rank && (first.isRecognized || first.text == second.text)
    }

    /// Hashes the rank, and the text of unrecognized names.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        if !isRecognized { hasher.combine(text) }
    }
}

/// The name of a property, in capitals, with what the RFCs say of it.
public struct PropertyName: Hashable, Sendable {
    /// The name as it is written.
    public let text: String
    /// Where it stands among the known ones, which is also its place in a component; unknown ones come last.
    let rank: UInt8

    /// A name from anywhere, an `X-` name for example; case does not matter.
    ///
    /// - Parameter text: Letters, digits and hyphens.
    /// - Throws: ``ICalendarError`` where anything else is in it.
    public init(_ text: String) throws(ICalendarError) {
        self.init(known: try Token.capitals(text, of: "property"))
    }

    /// A name by its letters, which are in capitals.
    init(known text: String) {
        self.text = text
        rank = Self.ranks[text] ?? .max
        defaultType = rank < Self.known.count ? Self.known[Int(rank)].type : .text
        alwaysStatesType = Self.statingType.contains(text)
        isList = Self.lists.contains(text)
    }

    /// Whether anything is known of the name.
    var isKnown: Bool { rank < .max }

    /// The type of its value where no VALUE is stated; TEXT for all that is unknown (RFC 5545 §3.8.8).
    let defaultType: ValueType
    /// Whether VALUE must be stated although there is but one type (RFC 7986 §5.7, §5.8, §5.10, §5.11).
    let alwaysStatesType: Bool
    /// Whether a comma separates values, and does not belong to one (RFC 5545 §3.1.1).
    let isList: Bool

    private static let statingType: Set<String> = [
        "CONFERENCE", "IMAGE", "REFRESH-INTERVAL", "SOURCE", "STRUCTURED-DATA", "STYLED-DESCRIPTION",
    ]
    private static let lists: Set<String> = ["CATEGORIES", "RESOURCES", "RDATE", "EXDATE", "FREEBUSY"]

    /// Whether two names are the same.
    ///
    /// The rank decides where there is one, so that nothing but unknown names is compared as text.
    public static func == (first: Self, second: Self) -> Bool {
        first.rank == second.rank && (first.isKnown || first.text == second.text)
    }

    /// Feeds what makes a name equal to another.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(rank)
        if !isKnown { hasher.combine(text) }
    }
}

/// Identifies a list of recipients in a job: the attendees of an event, a CSV file, or addresses in the job file.
///
/// The list of an event has the event's id; the others have a prefix that says what they are.
public struct RosterID: Hashable, Sendable, Codable, Comparable, RawRepresentable, CustomStringConvertible {
    /// The id, as the ledger stores it.
    public let rawValue: String
    /// Creates an id from the text that the ledger stores.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The list of everyone registered for an event.
    public init(_ event: EventID) { rawValue = event.rawValue }
    /// The list in a CSV file.
    public init(csv path: String) { rawValue = "csv:\(path)" }
    /// The list of addresses in a job file, whatever their order there.
    public init(addresses: [Address]) {
        rawValue = "addresses:" + Digest.hex(of: addresses.map(\.text).sorted()).prefix(16)
    }

    /// Orders by text.
    public static func < (left: RosterID, right: RosterID) -> Bool { left.rawValue < right.rawValue }
    /// The id.
    public var description: String { rawValue }
}

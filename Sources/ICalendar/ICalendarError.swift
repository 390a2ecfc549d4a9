/// Why a value cannot be part of a calendar object.
public struct ICalendarError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure, for programs.
    public enum Code: String, Hashable, Sendable {
        /// A date or a time that does not exist, or lies outside the years 1 to 9999.
        case outOfRange = "out-of-range"
        /// A name that is not made of letters, digits and hyphens (RFC 5545 §3.1).
        case malformedName = "malformed-name"
        /// A colour that is not a CSS3 colour name (RFC 7986 §5.9).
        case unknownColor = "unknown-color"
    }

    /// The kind of failure.
    public let code: Code
    /// What was being made.
    public let place: String
    /// What was found there.
    public let found: String
    /// What to do about it.
    public let next: String

    /// All of it as one sentence for a person.
    public var description: String { "\(place): \(found). \(next)" }
}

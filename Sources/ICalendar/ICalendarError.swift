/// Why a value cannot be part of a calendar object, or what is wrong with the bytes of one.
public struct ICalendarError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure, for programs.
    public enum Code: String, Hashable, Sendable {
        /// A date or a time that does not exist, or lies outside the years 1 to 9999.
        case outOfRange = "out-of-range"
        /// A name that is not made of letters, digits and hyphens (RFC 5545 §3.1).
        case malformedName = "malformed-name"
        /// A colour that is not a CSS3 colour name (RFC 7986 §5.9).
        case unknownColor = "unknown-color"
        /// Bytes that are no content line (RFC 5545 §3.1), or no JSON (RFC 8259).
        case malformedLine = "malformed-line"
        /// A value that its type does not allow (RFC 5545 §3.3).
        case malformedValue = "malformed-value"
        /// A BEGIN without its END, or the other way round (RFC 5545 §3.4).
        case unbalanced
        /// A property that must be there is not, or is there too often (RFC 5545 §3.6).
        case brokenRule = "broken-rule"
        /// More than the limits let in.
        case tooLarge = "too-large"
        /// A time zone of which nobody knows the rules.
        case unknownZone = "unknown-zone"
    }

    /// The kind of failure.
    public let code: Code
    /// The line at which it begins, from 1; nil where nothing is being read, or lines mean nothing.
    public let line: Int?
    /// What was being made or read.
    public let place: String
    /// What was found there; never the text of a value that can hold a link or a name.
    public let found: String
    /// What to do about it.
    public let next: String

    init(code: Code, line: Int? = nil, place: String, found: String, next: String) {
        self.code = code
        self.line = line
        self.place = place
        self.found = found
        self.next = next
    }

    /// All of it as one sentence for a person.
    public var description: String {
        (line.map { "line \($0), " } ?? "") + "\(place): \(found). \(next)"
    }

    /// The same with the line at which it was met.
    func at(line: Int, place: String? = nil) -> ICalendarError {
        ICalendarError(code: code, line: line, place: place ?? self.place, found: found, next: next)
    }
}

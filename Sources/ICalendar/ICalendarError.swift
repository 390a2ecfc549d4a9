/// A value that cannot be part of a calendar object, or input that is not a valid one.
public struct ICalendarError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of error, for programs.
    public enum Code: String, Hashable, Sendable {
        /// A date or time that does not exist or is outside the years 1 to 9999.
        case outOfRange = "out-of-range"
        /// A name with characters other than letters, digits and hyphens (RFC 5545 §3.1).
        case malformedName = "malformed-name"
        /// A color that is not a CSS3 color name (RFC 7986 §5.9).
        case unknownColor = "unknown-color"
        /// Bytes that are not a content line (RFC 5545 §3.1) or not JSON (RFC 8259).
        case malformedLine = "malformed-line"
        /// A value that does not match its type (RFC 5545 §3.3).
        case malformedValue = "malformed-value"
        /// A BEGIN without an END, or an END without a BEGIN (RFC 5545 §3.4).
        case unbalanced
        /// A required property is missing, or one occurs too often (RFC 5545 §3.6).
        case brokenRule = "broken-rule"
        /// The input exceeds a limit.
        case tooLarge = "too-large"
        /// A time zone whose rules are not available.
        case unknownZone = "unknown-zone"
    }

    /// The kind of error.
    public let code: Code
    /// The line of the input at which the problem begins, from 1; nil if the error is not about a line.
    public let line: Int?
    /// What was being created or read, such as the name of a property.
    public let location: String
    /// What is wrong; never quotes a value that may contain a link or a person's name.
    public let problem: String
    /// How to correct it.
    public let next: String

    init(code: Code, line: Int? = nil, location: String, problem: String, next: String) {
        self.code = code
        self.line = line
        self.location = location
        self.problem = problem
        self.next = next
    }

    /// Line, location, problem and correction, in one line.
    public var description: String {
        (line.map { "line \($0), " } ?? "") + "\(location): \(problem). \(next)"
    }

    /// A copy with the line at which the error occurred.
    func at(line: Int, location: String? = nil) -> ICalendarError {
        ICalendarError(code: code, line: line, location: location ?? self.location, problem: problem, next: next)
    }
}

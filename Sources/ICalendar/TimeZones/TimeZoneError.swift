/// The rules of a time zone could not be read.
public struct TimeZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of error, for programs.
    public enum Code: String, Hashable, Sendable {
        /// The database has no zone with this name.
        case unknownZone = "unknown-zone"
        /// The database folder does not exist.
        case noDatabase = "no-database"
        /// The file could not be read.
        case unreadable
        /// The file is not valid TZif data (RFC 9636).
        case malformed
    }

    /// The kind of error.
    public let code: Code
    /// The zone or file.
    public let location: String
    /// What is wrong.
    public let problem: String
    /// How to correct it.
    public let next: String

    /// Location, problem and correction, in one line.
    public var description: String { "\(location): \(problem). \(next)" }

    static func malformed(_ problem: String) -> TimeZoneError {
        TimeZoneError(
            code: .malformed, location: "TZif data", problem: problem,
            next: "Install the tz database again (package tzdata).")
    }
}

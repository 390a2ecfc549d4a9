/// Why the rules of a time zone cannot be had.
public struct TimeZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure, for programs.
    public enum Code: String, Hashable, Sendable {
        /// The database has no zone with this name.
        case unknownZone = "unknown-zone"
        /// There is no database where one was expected.
        case noDatabase = "no-database"
        /// The system would not let the file be read.
        case unreadable
        /// The bytes are not TZif data (RFC 9636).
        case malformed
    }

    /// The kind of failure.
    public let code: Code
    /// The zone or file it is about.
    public let place: String
    /// What was found there.
    public let found: String
    /// What to do about it.
    public let next: String

    /// All of it as one sentence for a person.
    public var description: String { "\(place): \(found). \(next)" }

    static func malformed(_ found: String) -> TimeZoneError {
        TimeZoneError(
            code: .malformed, place: "TZif data", found: found, next: "Install the tz database again (package tzdata).")
    }
}

/// A publication could not be brought up to date.
public struct PublishError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, for programs.
    public enum Code: String, Hashable, Sendable {
        /// The destination cannot be written.
        case cannotWrite
        /// The destination refused the credentials, or they are missing.
        case refusedCredentials
        /// Someone else has written the artifact since the last run; their version was kept.
        case lostRace
        /// Something is there that this job's ledger did not write; it was kept, and a person must decide.
        case notOurs
        /// The artifact was not written, because the run was asked to stop.
        case canceled
    }

    /// The reason, for programs.
    public let code: Code
    /// The file, URL or request, without credentials and without the query.
    public let location: String
    /// What happened.
    public let problem: String
    /// What to do next.
    public let next: String
    /// Whether the destination may have acted on the request although no answer arrived: the connection broke.
    public let mayHaveArrived: Bool

    /// Creates an error.
    public init(_ code: Code, location: String, problem: String, next: String, mayHaveArrived: Bool = false) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
        self.mayHaveArrived = mayHaveArrived
    }

    /// What the ledger did not write is not replaced unasked.
    ///
    /// - Parameter location: The file or URL, without credentials and without the query.
    /// - Returns: The error for the person who must decide.
    public static func notOurs(_ location: String) -> PublishError {
        PublishError(
            .notOurs, location: location,
            problem: "it exists, and was not written by this job with this ledger; it was kept",
            next: "If it may be replaced, set replace: true in this publication; otherwise move it away")
    }

    /// Location, problem and next step, on one line.
    public var description: String { ErrorText.line(location, problem, next) }
}

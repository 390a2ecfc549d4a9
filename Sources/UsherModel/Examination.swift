/// What one step of examining a source, a channel or an inbox found.
public struct Examination: Hashable, Sendable {
    /// What was tried.
    public let step: String
    /// What was found; empty where the step failed.
    public let result: String
    /// Why the step failed; nil where it succeeded.
    public let error: ExaminationError?
    /// What a person should consider, though the step succeeded: also what could not be tried.
    public let warning: String?

    /// Creates the report of one step.
    public init(_ step: String, result: String, error: ExaminationError? = nil, warning: String? = nil) {
        (self.step, self.result, self.error, self.warning) = (step, result, error, warning)
    }
}

/// Why a source, a channel or an inbox would not work.
public struct ExaminationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    public enum Code: String, Hashable, Sendable {
        /// Nothing answered, or a file cannot be read.
        case unreachable
        /// The credentials were refused.
        case refusedCredentials
        /// What was read is not what it should be.
        case malformed
        /// The service asks to slow down.
        case throttled
        /// The step was not finished, because usher was asked to stop.
        case canceled
    }

    /// What a program can act on.
    public let code: Code
    /// File and line, or method and URL without query or credentials.
    public let location: String
    /// What was found.
    public let problem: String
    /// What to do next.
    public let next: String

    /// Creates an error from its parts.
    public init(_ code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }

    /// Translates what a source threw.
    public init(_ error: SourceError) {
        let code: Code =
            switch error.code {
            case .unreachable: .unreachable
            case .refusedCredentials: .refusedCredentials
            case .malformed, .cutShort: .malformed
            case .throttled: .throttled
            case .canceled: .canceled
            }
        self.init(code, location: error.location, problem: error.problem, next: error.next)
    }

    /// The error in one line.
    public var description: String { ErrorText.line(location, problem, next) }
}

internal import UsherModel

/// A template is wrong, or a value that it needs is missing.
package struct RenderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of problem, for programs.
    package enum Code: String, Hashable, Sendable {
        /// The template itself is wrong.
        case template
        /// A value that the template needs is missing.
        case missingValue
        /// The source does not have a value (yet) that the template needs, such as the link to join a session.
        case notInSource
        /// The result is too large, or is not valid for its media type.
        case result
    }

    package let code: Code
    /// The template, with the line if it is known.
    package let location: String
    package let problem: String
    /// What to do next.
    package let next: String

    package init(code: Code, location: String, problem: String, next: String) {
        (self.code, self.location, self.problem, self.next) = (code, location, problem, next)
    }

    package var description: String { ErrorText.line(location, problem, next) }
}

/// Everything that is wrong with the templates of a job.
package struct TemplateErrors: Error, Sendable, CustomStringConvertible {
    /// In the order of files and lines.
    package let problems: [RenderError]

    /// One line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// A template is wrong, or cannot say what it should with what there is.
package struct RenderError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a program can act on.
    package enum Code: String, Hashable, Sendable {
        /// The template itself is wrong.
        case template
        /// A value that it needs is missing, as the join link of a session that has none yet.
        case missingValue
        /// The result is too large, or is not what its type says.
        case result
    }

    /// What a program can act on.
    package let code: Code
    /// The template, with the line where it is known.
    package let location: String
    /// What was found.
    package let problem: String
    /// What to do next.
    package let next: String

    /// All in one line.
    package var description: String { "\(location): \(problem). \(next)" }
}

/// All that is wrong with some templates.
package struct TemplateErrors: Error, Sendable, CustomStringConvertible {
    /// In the order of files and lines.
    package let problems: [RenderError]

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

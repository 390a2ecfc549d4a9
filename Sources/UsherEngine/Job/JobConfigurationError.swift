/// A job that cannot run: everything that is wrong with the job file, the kinds it names and its templates.
package struct JobConfigurationError: Error, Sendable, CustomStringConvertible {
    /// One line each, in the order of the job file; problems of templates come last.
    package let problems: [String]

    package var description: String { problems.joined(separator: "\n") }
}

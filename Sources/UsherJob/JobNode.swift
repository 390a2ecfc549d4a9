/// A position in a job file.
package struct JobPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path of the file, as the user gave it.
    package let file: String
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in characters.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        (self.file, self.line, self.column) = (file, line, column)
    }

    package static func < (left: JobPosition, right: JobPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    /// `file:line:column`.
    package var description: String { "\(file):\(line):\(column)" }
}

/// A YAML value and its position.
package struct JobNode: Hashable, Sendable {
    /// A YAML value.
    ///
    /// Scalars keep their text; the reader decides on their type, so that `no` is text, as in YAML 1.2.
    package indirect enum Value: Hashable, Sendable {
        /// An empty value, `~` or `null`.
        case null
        case text(String)
        case list([JobNode])
        /// A mapping, in the order of the file.
        case map([Entry])
    }

    /// One key of a mapping and its value.
    package struct Entry: Hashable, Sendable {
        package let key: String
        /// The position of the key.
        package let position: JobPosition
        package let value: JobNode
    }

    /// The value of a key; nil where the node is no mapping, or has no such key.
    package subscript(key: String) -> JobNode? {
        guard case .map(let entries) = value else { return nil }
        return entries.first { $0.key == key }?.value
    }

    package let value: Value
    package let position: JobPosition
    /// The keys and indices that lead to the node: `rules[2].when`.
    package let path: String

    /// What the node is, in words for a person; never its value, which may be a secret.
    package var shape: String {
        switch value {
        case .null: "no value"
        case .text: "a text"
        case .list(let items): "a list of \(items.count)"
        case .map: "a mapping"
        }
    }
}

/// One problem of a job file.
package struct JobProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package let position: JobPosition
    /// The keys and indices that lead to the node.
    package let path: String
    /// What was found, as a noun phrase; never a secret.
    package let problem: String
    /// What was expected, as a noun phrase.
    package let expected: String

    package init(position: JobPosition, path: String, problem: String, expected: String) {
        // A URL of a channel is often a secret as a whole, as those of chat products are.
        let shown = HiddenURLs.hide(problem, hidesPaths: path.hasPrefix("channels.") && path.hasSuffix(".url"))
        (self.position, self.path, self.problem, self.expected) = (position, path, shown, expected)
    }

    /// `file:line:column: path: found …: expected …`.
    package var description: String {
        "\(position): \(path.isEmpty ? "" : path + ": ")found \(problem): expected \(expected)"
    }
}

/// All problems of a job file.
package struct JobErrors: Error, Sendable, CustomStringConvertible {
    /// In the order of the file.
    package let problems: [JobProblem]

    package init(_ problems: [JobProblem]) { self.problems = problems.sorted { $0.position < $1.position } }

    /// One problem per line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Where something stands in a job file.
package struct JobPosition: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The file as it was named.
    package let file: String
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in characters.
    package let column: Int

    /// Takes all.
    package init(file: String, line: Int, column: Int) {
        (self.file, self.line, self.column) = (file, line, column)
    }

    /// Orders by line, then by column.
    package static func < (left: JobPosition, right: JobPosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    /// `file:line:column`.
    package var description: String { "\(file):\(line):\(column)" }
}

/// A YAML value and where it stands.
package struct JobNode: Hashable, Sendable {
    /// A YAML value; scalars keep their text, and whoever reads them says what they should be (YAML 1.2: `no` is a text).
    package indirect enum Value: Hashable, Sendable {
        /// Nothing, `~` or `null`.
        case null
        /// A scalar.
        case text(String)
        /// A sequence.
        case list([JobNode])
        /// A mapping, in the order of the file.
        case map([Entry])
    }

    /// One key of a mapping and its value.
    package struct Entry: Hashable, Sendable {
        /// The key.
        package let key: String
        /// Where the key stands.
        package let position: JobPosition
        /// The value.
        package let value: JobNode
    }

    /// The value.
    package let value: Value
    /// Where it stands.
    package let position: JobPosition
    /// The keys and indices that lead to it: `rules[2].when`.
    package let path: String

    /// What it is, for people; never a value.
    package var shape: String {
        switch value {
        case .null: "nothing"
        case .text: "a text"
        case .list(let items): "a list of \(items.count)"
        case .map: "a mapping"
        }
    }
}

/// Something wrong with a job, and where.
package struct JobProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where.
    package let position: JobPosition
    /// The keys and indices that lead there.
    package let path: String
    /// What was found; never a secret.
    package let problem: String
    /// What was expected.
    package let expected: String

    /// Takes all.
    package init(position: JobPosition, path: String, problem: String, expected: String) {
        (self.position, self.path, self.problem, self.expected) = (position, path, problem, expected)
    }

    /// `file:line:column: path: found …: expected …`.
    package var description: String {
        "\(position): \(path.isEmpty ? "" : path + ": ")found \(problem): expected \(expected)"
    }
}

/// All that is wrong with a job.
package struct JobErrors: Error, Sendable, CustomStringConvertible {
    /// In the order of the file.
    package let problems: [JobProblem]

    /// Takes problems in any order.
    package init(_ problems: [JobProblem]) { self.problems = problems.sorted { $0.position < $1.position } }

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

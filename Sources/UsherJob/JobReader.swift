package import UsherModel

/// Collects the problems found while a job is read, so that a person sees all of them at once.
package final class JobProblems {
    /// Problems because of which the job cannot run.
    package private(set) var errors: [JobProblem] = []
    /// Problems that do not stop the job.
    package private(set) var warnings: [JobProblem] = []
    /// Problems that `usher check` refuses, while a run goes on: what they concern does not work, and everything else does.
    package private(set) var refusals: [JobProblem] = []

    /// Every reference to a secret that was read, with its node.
    package private(set) var references: [(reference: SecretReference, node: JobNode)] = []

    package init() {}

    /// Adds a problem because of which the job cannot run.
    package func error(_ node: JobNode, _ problem: String, expected: String) {
        errors.append(JobProblem(position: node.position, path: node.path, problem: problem, expected: expected))
    }

    /// Adds a problem that does not stop the job.
    package func warn(_ node: JobNode, _ problem: String, expected: String) {
        warnings.append(JobProblem(position: node.position, path: node.path, problem: problem, expected: expected))
    }

    /// Adds a problem that `usher check` refuses, while a run goes on.
    package func refuse(_ node: JobNode, _ problem: String, expected: String) {
        refusals.append(JobProblem(position: node.position, path: node.path, problem: problem, expected: expected))
    }

    fileprivate func note(_ reference: SecretReference, _ node: JobNode) -> SecretReference {
        references.append((reference, node))
        return reference
    }

    fileprivate func error(_ entry: JobNode.Entry, in parent: JobNode, _ problem: String, expected: String) {
        let path = parent.path.isEmpty ? entry.key : "\(parent.path).\(entry.key)"
        errors.append(JobProblem(position: entry.position, path: path, problem: problem, expected: expected))
    }
}

/// A mapping whose keys are known, with typed access to their values.
///
/// A value that is not what its reader expects is reported to `problems`, and reads as nil.
package struct JobMap {
    package let node: JobNode
    package let problems: JobProblems
    private let entries: [String: JobNode]

    /// Wraps a mapping; nil, with a problem, where the node is not one.
    ///
    /// Each key that is not among `keys` is a problem.
    package init?(_ node: JobNode, _ problems: JobProblems, keys: [String]) {
        guard case .map(let entries) = node.value else {
            problems.error(node, node.shape, expected: "a mapping with \(keys.prefix(6).joined(separator: ", "))")
            return nil
        }
        for entry in entries where !keys.contains(entry.key) {
            let near = Spelling.nearest(to: entry.key, in: keys)
            let hint =
                near.map { "a known key (did you mean \($0)?)" } ?? "one of \(keys.sorted().joined(separator: ", "))"
            problems.error(entry, in: node, "the unknown key \"\(entry.key.prefix(60))\"", expected: hint)
        }
        self.node = node
        self.problems = problems
        self.entries = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// The value of a key; nil where it is missing or null.
    package subscript(key: String) -> JobNode? {
        guard let value = entries[key], value.value != .null else { return nil }
        return value
    }

    /// The value of a key; nil, with a problem, where it is missing.
    package func required(_ key: String, _ expected: String) -> JobNode? {
        if let value = self[key] { return value }
        problems.error(node, "no \(key)", expected: "\(key): \(expected)")
        return nil
    }

    package func text(_ key: String) -> String? { self[key].flatMap { $0.text(problems) } }

    package func flag(_ key: String) -> Bool? { self[key].flatMap { $0.flag(problems) } }

    package func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        self[key].flatMap { $0.integer(range, problems) }
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        self[key].flatMap { $0.choice(type, problems) }
    }

    /// The result of parsing a text with `read`; nil, with a problem, where `read` returns nil.
    package func parsed<Result>(_ key: String, _ expected: String, _ read: (String) -> Result?) -> Result? {
        self[key].flatMap { $0.parsed(expected, problems, read) }
    }

    package func secret(_ key: String) -> SecretReference? { self[key].flatMap { $0.secret(problems) } }

    /// Header fields by name, whose values are secrets; empty where the key is absent.
    package func secretHeaders(_ key: String) -> [String: SecretReference] {
        guard let node = self[key] else { return [:] }
        guard case .map(let entries) = node.value else {
            problems.error(node, node.shape, expected: "a mapping from header names to references")
            return [:]
        }
        var headers: [String: SecretReference] = [:]
        for entry in entries {
            let isToken =
                !entry.key.isEmpty
                && entry.key.utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...122).contains($0 | 32) }
            if !isToken {
                problems.error(
                    entry.value, "the header name \"\(entry.key.prefix(40))\"", expected: "letters, digits and -")
            }
            headers[entry.key] = entry.value.secret(problems)
        }
        return headers
    }

    /// A path; a relative one starts at the job's folder.
    package func path(_ key: String, in folder: String) -> String? {
        text(key).map { JobPaths.resolve($0, in: folder) }
    }

    package func duration(_ key: String) -> Duration? {
        guard let node = self[key], let text = node.text(problems) else { return nil }
        if let duration = DurationText.parse(text) { return duration }
        problems.error(
            node, "\"\(text.prefix(80))\"",
            expected: "a duration such as 90s, 15m, 24h, 2d, 1h30m or PT24H\(DurationText.hint(for: text))")
        return nil
    }

    package func mailbox(_ key: String) -> Mailbox? {
        guard let node = self[key], let text = node.text(problems) else { return nil }
        do throws(Address.Problem) {
            return try Mailbox(text)
        } catch {
            problems.error(node, error.description, expected: "\"Name <local@domain>\" or an address")
            return nil
        }
    }

    package func address(_ key: String) -> Address? { self[key].flatMap { $0.address(problems) } }
}

extension JobNode {
    /// The scalar as text; nil, with a problem, where the node is not a scalar.
    package func text(_ problems: JobProblems) -> String? {
        guard case .text(let text) = value else {
            problems.error(self, shape, expected: "a text")
            return nil
        }
        return text
    }

    /// The items of a list; empty, with a problem, where the node is not a list.
    package func items(_ problems: JobProblems, of what: String) -> [JobNode] {
        guard case .list(let items) = value else {
            problems.error(self, shape, expected: "a list of \(what)")
            return []
        }
        return items
    }

    package func flag(_ problems: JobProblems) -> Bool? {
        parsed("true or false", problems) { ["true": true, "false": false][$0] }
    }

    package func integer(_ range: ClosedRange<Int>, _ problems: JobProblems) -> Int? {
        parsed("a whole number from \(range.lowerBound) to \(range.upperBound)", problems) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A case of an enumeration; a misspelled one gets a suggestion.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, _ problems: JobProblems
    ) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        guard let text = text(problems) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        let near = Spelling.nearest(to: text, in: words)
        problems.error(
            self, "\"\(text.prefix(60))\"",
            expected: words.joined(separator: ", ") + (near.map { " (did you mean \($0)?)" } ?? ""))
        return nil
    }

    /// The result of parsing a text with `read`; nil, with a problem, where `read` returns nil.
    package func parsed<Result>(
        _ expected: String, _ problems: JobProblems, _ read: (String) -> Result?
    ) -> Result? {
        guard let text = text(problems) else { return nil }
        if let result = read(text) { return result }
        problems.error(self, "\"\(text.prefix(80))\"", expected: expected)
        return nil
    }

    package func address(_ problems: JobProblems) -> Address? {
        guard let text = text(problems) else { return nil }
        do throws(Address.Problem) {
            return try Address(text)
        } catch {
            problems.error(self, error.description, expected: "an address such as events@contoso.com")
            return nil
        }
    }

    /// A reference to a secret; the problem never shows the value, which may be the secret itself.
    package func secret(_ problems: JobProblems) -> SecretReference? {
        let expected = "a reference: {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT…]}"
        guard case .map(let entries) = value, entries.count == 1, let entry = entries.first else {
            problems.error(self, "a literal value (not shown)", expected: expected)
            return nil
        }
        switch (entry.key, entry.value.value) {
        case ("env", .text(let name)) where !name.isEmpty: return problems.note(.env(name), self)
        case ("file", .text(let path)) where !path.isEmpty: return problems.note(.file(path), self)
        case ("command", .list(let items)) where !items.isEmpty:
            let words = items.compactMap { item in if case .text(let word) = item.value { word } else { nil } }
            if words.count == items.count { return problems.note(.command(words), self) }
        default: break
        }
        problems.error(self, "an invalid reference under \"\(entry.key.prefix(20))\"", expected: expected)
        return nil
    }
}

/// Paths in a job file.
package enum JobPaths {
    /// An absolute path, or one relative to the job file's folder, without `.` and `..` where they can be resolved.
    package static func resolve(_ path: String, in folder: String) -> String {
        guard !path.hasPrefix("/") else { return normal(path) }
        return normal(folder.isEmpty ? path : folder + "/" + path)
    }

    /// Removes `.`, and `..` together with the component before it.
    private static func normal(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        if path.hasPrefix("/") { return "/" + parts.joined(separator: "/") }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}

/// Suggests what someone may have meant by a misspelled word.
enum Spelling {
    /// The nearest word, if it is at most two edits away.
    static func nearest(to word: String, in words: [String]) -> String? {
        let ranked = words.map { (distance(Array(word.lowercased()), Array($0.lowercased())), $0) }.min { $0.0 < $1.0 }
        guard let ranked, ranked.0 <= 2, ranked.0 < word.count else { return nil }
        return ranked.1
    }

    /// The Levenshtein distance; words of more than 40 characters count as far apart.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard left.count <= 40, right.count <= 40 else { return 99 }
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(previous[column] + (character == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}

internal import UsherModel
internal import Yams

/// Turns YAML text into nodes that know their position.
enum JobParser {
    private static let maximumDepth = 16
    private static let maximumNodes = 20_000

    /// Reads one YAML document.
    ///
    /// - Throws: ``JobErrors`` with the position of the first syntax error.
    static func parse(_ bytes: [UInt8], file: String) throws(JobErrors) -> JobNode {
        let start = JobPosition(file: file, line: 1, column: 1)
        func problem(_ problem: String, _ expected: String, at position: JobPosition? = nil) -> JobErrors {
            JobErrors([JobProblem(position: position ?? start, path: "", problem: problem, expected: expected)])
        }
        guard bytes.count <= Limits.jobFileBytes else {
            throw problem("a file of \(bytes.count) bytes", "at most \(Limits.jobFileBytes)")
        }
        // Some editors write a byte order mark, which is no part of the text (YAML 1.2.2 §5.2).
        let unmarked = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: unmarked, as: UTF8.self) else {
            throw problem("bytes that are not UTF-8", "a YAML file in UTF-8: save it as UTF-8")
        }
        let nodes: [Node]
        do {
            // The sequence ends at the first syntax error and keeps it in `error`.
            var documents = try Yams.compose_all(yaml: text)
            var parsed: [Node] = []
            while parsed.count < 2, let node = documents.next() { parsed.append(node) }
            if let error = documents.error { throw error }
            nodes = parsed
        } catch {
            let fault = YAMLFault(error, in: text)
            throw problem(
                fault.problem, fault.expected, at: JobPosition(file: file, line: fault.line, column: fault.column))
        }
        guard let root = nodes.first else { throw problem("an empty file", "a job: name, source, channels, rules") }
        guard nodes.count == 1 else { throw problem("more than one YAML document", "one job in a file") }
        var count = 0
        guard let node = convert(root, file, "", depth: 0, &count) else {
            throw problem(
                "more than \(maximumNodes) values, or more than \(maximumDepth) levels of nesting", "a smaller job")
        }
        return node
    }

    private static func convert(
        _ node: Node, _ file: String, _ path: String, depth: Int, _ count: inout Int
    ) -> JobNode? {
        count += 1
        guard depth <= maximumDepth, count <= maximumNodes else { return nil }
        let position = Self.position(node.mark, file)
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            return JobNode(value: isNull ? .null : .text(scalar.string), position: position, path: path)
        case .sequence(let sequence):
            var items: [JobNode] = []
            for (index, item) in sequence.enumerated() {
                guard let converted = convert(item, file, "\(path)[\(index)]", depth: depth + 1, &count) else {
                    return nil
                }
                items.append(converted)
            }
            return JobNode(value: .list(items), position: position, path: path)
        case .mapping(let mapping):
            var entries: [JobNode.Entry] = []
            for (key, value) in mapping {
                let name = key.scalar?.string ?? "?"
                let inner = path.isEmpty ? name : "\(path).\(name)"
                guard let converted = convert(value, file, inner, depth: depth + 1, &count) else { return nil }
                entries.append(.init(key: name, position: Self.position(key.mark, file), value: converted))
            }
            return JobNode(value: .map(entries), position: position, path: path)
        case .alias:
            return nil
        }
    }

    private static func position(_ mark: Mark?, _ file: String) -> JobPosition {
        JobPosition(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
    }
}

import Testing
import UsherJob
import UsherModel
import UsherTesting

/// No job file needs work that grows faster than it.
@Suite("work grows as the job file does", .serialized)
struct GrowthTests {
    private func expectLinear(_ name: String, _ text: @escaping @Sendable (Int) -> String) async throws {
        try await Growth.expectLinear(name, size: 1024) {
            Array(text(min($0, Limits.jobFileBytes / 8)).utf8)
        } work: {
            bytes in
            do throws(JobErrors) { _ = try Job(bytes, file: "job.yaml") { _ in true } } catch {}
        }
    }

    @Test(arguments: [
        ("", "[", ""), ("", "{", ""), ("", "- ", ""), ("", "a: {", ""), ("", "? ", ""), ("a: [", "b, ", "c]"),
        ("a: {", "b: c, ", "}"), ("", "#\n", ""), ("a: \"", "\\u0041", "\""), ("a: \"", "b\n", "\""),
        ("a: |\n", " b\n", ""),
        ("a: >\n", " b\n\n", ""), ("", "--- a\n", ""), ("", "&a ", ""), ("", "!a ", ""), ("", "%TAG ! !\n", ""),
        ("a: ", "b", ""), ("a: ", "b ", ""), ("rules:\n", "- {when: registered}\n", ""), ("a: '", "''", "'"),
        ("channels:\n", " x: {kind: outbox}\n", ""), ("", "\t", ""), ("", " ", ""), ("", "\u{FEFF}", ""),
    ])
    func repeated(_ start: String, _ text: String, _ end: String) async throws {
        try await expectLinear("a job file of \(text)") {
            start + String(repeating: text, count: $0 / text.utf8.count + 1) + end
        }
    }

    @Test func keys() async throws {
        try await expectLinear("keys") { size in (0..<size / 8).map { "k\($0): v\n" }.joined() }
        try await expectLinear("one key again and again") { String(repeating: "k: v\n", count: $0 / 5) }
        try await expectLinear("anchors") { size in (0..<size / 12).map { "k\($0): &a\($0) v\n" }.joined() }
    }

    /// Texts of which each holds the one before several times: they are never written out.
    @Test func aliases() async throws {
        try await expectLinear("aliases of one list") { size in
            "a: &a [\(String(repeating: "b, ", count: size / 6))c]\nd: [\(String(repeating: "*a, ", count: size / 8))e]"
        }
        try await expectLinear("aliases of aliases") { size in
            let levels = (1...size / 64).map {
                "a\($0): &a\($0) [\(Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ", "))]\n"
            }
            return "a0: &a0 b\n" + levels.joined()
        }
    }
}

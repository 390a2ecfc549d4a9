import Foundation
import Testing
import UsherEngine
import UsherTesting

/// The YAML in the docs of sources, channels and the inbox: a reader pastes it into a job file, so it must be valid.
@Suite("examples in the docs")
struct DocumentExamplesTests {
    private static let docs = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs")

    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// The fenced blocks of YAML in a page.
    private static func blocks(_ page: String) throws -> [String] {
        let text = try String(contentsOf: docs.appending(path: page), encoding: .utf8)
        return text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }

    private static let parts = [
        (
            "source:",
            """
            source: {kind: graph, tenant: {env: T}, auth: {kind: client-secret, client-id: {env: C}, client-secret: {env: S}}, events: [{webinars: all}]}
            """
        ),
        ("channels:", "channels: {other: {kind: outbox, to: out, format: json}}"),
    ]

    /// A complete job around a block: one that names no part of a job lists channels.
    private static func job(_ block: String) -> String {
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
        let isPart = lines.contains { line in
            ["source:", "channels:", "inbox:"].contains { line.hasPrefix($0) }
        }
        let own = isPart ? block : "channels:\n" + lines.map { "  \($0)" }.joined(separator: "\n")
        let missing = parts.filter { key, _ in !own.split(separator: "\n").contains { $0.hasPrefix(key) } }.map(\.1)
        return (["name: example"] + missing + [own, ""]).joined(separator: "\n")
    }

    @Test(arguments: ["channels.md", "graph.md", "inbox.md", "sources.md"])
    func everyExampleIsAValidJob(_ page: String) async throws {
        let blocks = try Self.blocks(page)
        #expect(!blocks.isEmpty, "no example in \(page)")
        for (number, block) in blocks.enumerated() {
            let (job, name) = (Self.job(block), "examples/\(number).yaml")
            try folder.write(job, to: name)
            #expect(throws: Never.self, "\(job)") { _ = try ConfiguredJob(job: folder.path(name), .rehearsed()) }
        }
        // The schema has to accept them, too; it must know every kind that a page describes.
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let result = try await Python.run(
            tests.appending(path: "schema.py").path,
            [
                Self.docs.deletingLastPathComponent().appending(path: "jobs/job.schema.json").path,
                folder.path("examples"), "--", tests.appending(path: "Corpus/rejected").path,
            ])
        #expect(result.status == 0 && result.output.contains("accepted \(blocks.count) files"), "\(result.output)")
    }
}

import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Valid and invalid job files: the parser's messages, and that the JSON Schema agrees with the parser.
@Suite("job files")
struct JobFilesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private static func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: corpus.appending(path: folder).path)) ?? [])
            .filter { $0.hasSuffix(".yaml") }.sorted()
    }

    /// The problems of a file, without its folder.
    private func problems(_ file: URL) -> [String] {
        do throws(JobConfigurationError) {
            _ = try ConfiguredJob(job: file.path, .rehearsed())
            return []
        } catch {
            return error.problems.map { $0.replacing(file.deletingLastPathComponent().path + "/", with: "") }
        }
    }

    /// Whether a problem is about something that this version can read but not run yet.
    private func isOfAnotherVersion(_ problem: String) -> Bool {
        problem.contains("which this version") || problem.contains("to which this version")
    }

    @Test(arguments: files("accepted"))
    func whatIsRightIsAccepted(_ name: String) {
        let found = problems(Self.corpus.appending(path: "accepted/\(name)")).filter { !isOfAnotherVersion($0) }
        #expect(found.isEmpty)
    }

    @Test(
        arguments: ["rejected", "rejected-beyond-schema", "broken"].flatMap { folder in
            files(folder).map { "\(folder)/\($0)" }
        })
    func whatIsWrongIsNamedWithItsPlaceAndWhatWasExpected(_ name: String) throws {
        let found = problems(Self.corpus.appending(path: name))
        #expect(!found.isEmpty)
        for problem in found { #expect(!problem.contains("hunter2"), "a secret is shown") }
        // A new kind changes no golden file.
        let text = found.joined(separator: "\n").replacing(SourceKinds.names.joined(separator: ", "), with: "KINDS")
            .replacing(ChannelKinds.names.joined(separator: ", "), with: "KINDS")
        try expectGolden(text + "\n", "jobs/\(name).txt")
    }

    private static let examples =
        ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "jobs").path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test(arguments: examples)
    func theExamplesAreGood(_ name: String) {
        let found = problems(Self.root.appending(path: "jobs/\(name)"))
        #expect(found.isEmpty)
    }

    @Test func theSchemaAcceptsAndRejectsTheSameFiles() async throws {
        let result = try await Python.run(
            Self.corpus.deletingLastPathComponent().appending(path: "schema.py").path,
            [
                Self.root.appending(path: "jobs/job.schema.json").path, Self.corpus.appending(path: "accepted").path,
                Self.root.appending(path: "jobs").path, Self.corpus.appending(path: "rejected-beyond-schema").path,
                "--",
                Self.corpus.appending(path: "rejected").path,
            ])
        let output = result.output
        #expect(result.status == 0, "\(output)")
        let rejected = Self.files("rejected").count
        #expect(rejected > 40 && output.contains("rejected \(rejected) files"), "\(output)")
    }
}

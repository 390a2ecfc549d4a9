import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// Job files, right and wrong: what the parser says of them, and that the JSON Schema says the same.
@Suite("job files")
struct JobFilesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private static func files(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: corpus.appending(path: folder).path)) ?? [])
            .filter { $0.hasSuffix(".yaml") }.sorted()
    }

    /// What is wrong with a file, its folder left out of every line.
    private func problems(_ file: URL) -> [String] {
        do throws(JobConfigurationError) {
            _ = try ConfiguredJob(job: file.path, .rehearsed())
            return []
        } catch {
            return error.problems.map { $0.replacing(file.deletingLastPathComponent().path + "/", with: "") }
        }
    }

    /// What this version reads and cannot run yet is no fault of the job.
    private func isOfAnotherVersion(_ problem: String) -> Bool {
        problem.contains("which this version") || problem.contains("to which this version")
    }

    @Test(arguments: files("accepted"))
    func whatIsRightIsAccepted(_ name: String) {
        let found = problems(Self.corpus.appending(path: "accepted/\(name)")).filter { !isOfAnotherVersion($0) }
        #expect(found.isEmpty)
    }

    @Test(
        arguments: ["rejected", "rejected-beyond-schema"].flatMap { folder in files(folder).map { "\(folder)/\($0)" } })
    func whatIsWrongIsNamedWithItsPlaceAndWhatWasExpected(_ name: String) throws {
        let found = problems(Self.corpus.appending(path: name))
        #expect(!found.isEmpty)
        for problem in found { #expect(!problem.contains("hunter2"), "a secret is shown") }
        try expectGolden(found.joined(separator: "\n") + "\n", "jobs/\(name).txt")
    }

    @Test(arguments: ["demo.yaml", "webinars.yaml", "staging.yaml", "team.yaml"])
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

import Foundation
import Testing
import UsherTesting

/// Runs `scripts/chaos` with the `usher` built along with these tests.
enum Chaos {
    /// The outcome, as printed with `--json`.
    struct Outcome: Decodable {
        let good: Bool
        let kills, powers, runs, deliveries, mails, webhooks: Int
        let timeWorlds, obligations: Int
        let duplicates, losses, wrong, late, lost, wrongRevisions: Int
        let doubts, resent: Int
        let mostDoubtsAtOnce: Int
        let problems: [String]
    }

    /// Runs `scripts/chaos` and returns its outcome.
    static func run(_ arguments: String...) async throws -> Outcome {
        let output = try await output("chaos", arguments + ["--json", "--usher", binary().path])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Outcome.self, from: output)
    }

    /// Runs a script of the project and returns its output.
    static func output(_ script: String, _ arguments: [String]) async throws -> Data {
        let process = Process()
        process.executableURL =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../scripts/\(script)").standardizedFileURL
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        return try await offThread {
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return output
        }
    }

    /// The `usher` binary, which is next to the test bundle.
    static func binary() throws -> URL {
        let locations = [
            Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        return try #require(
            locations.map { $0.appending(path: "usher") }.first {
                FileManager.default.isExecutableFile(atPath: $0.path)
            },
            "no usher in \(locations.map(\.path))")
    }
}

import Foundation
import Testing
import UsherTesting

/// `scripts/chaos`, with the `usher` that was built with these tests.
enum Chaos {
    /// What it found.
    struct Verdict: Decodable {
        let good: Bool
        let kills, powers, runs, deliveries, mails, webhooks: Int
        let duplicates, losses, wrong: Int
        let doubts, resent: Int
        let mostDoubtsAtOnce: Int
        let problems: [String]
    }

    /// Runs it to its end.
    static func run(_ arguments: String...) async throws -> Verdict {
        let output = try await output("chaos", arguments + ["--json", "--usher", binary().path])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Verdict.self, from: output)
    }

    /// What a script of this project prints.
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

    /// Beside the test bundle lies the binary.
    static func binary() throws -> URL {
        let locations = [
            Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        return try #require(
            locations.map { $0.appending(path: "usher") }.first {
                FileManager.default.isExecutableFile(atPath: $0.path)
            },
            "no usher beside \(locations.map(\.path))")
    }
}

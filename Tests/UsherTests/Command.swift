import Foundation
import Testing
import UsherTesting

/// The `usher` binary that was built with these tests, run as a user would.
struct Command {
    /// The output and exit status of a command.
    struct Result {
        let output: String
        let errors: String
        let status: Int32
    }

    /// The binary, which is next to the test bundle.
    static func binary() throws -> URL {
        let folder = Bundle.main.bundleURL.deletingLastPathComponent()
        let candidates = [
            Bundle.main.bundleURL, folder, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        return try #require(
            candidates.map { $0.appending(path: "usher") }.first {
                FileManager.default.isExecutableFile(atPath: $0.path)
            },
            "no usher beside \(candidates.map(\.path))")
    }

    /// Runs it and waits for its end.
    static func run(_ arguments: String..., in folder: String, environment: [String: String] = [:]) async throws
        -> Result
    {
        let process = try start(arguments, in: folder, environment: environment)
        return try await process.finish()
    }

    /// Starts it and returns at once; a launcher such as `/usr/bin/env`, with its arguments, starts it in its own place.
    static func start(
        _ arguments: [String], in folder: String, environment: [String: String] = [:], launcher: [String] = []
    ) throws -> Running {
        let words = launcher + [try binary().path] + arguments
        let process = Process()
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let running = Running(process: process, output: URL(filePath: folder + "/.out-\(UUID().uuidString)"))
        try running.start()
        return running
    }

    /// A running command.
    ///
    /// Its output goes to files, so that no pipe can fill up.
    struct Running {
        let process: Process
        let output: URL
        private var errors: URL { output.appendingPathExtension("err") }

        init(process: Process, output: URL) {
            (self.process, self.output) = (process, output)
        }

        func start() throws {
            for url in [output, errors] { try Data().write(to: url) }
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            process.standardInput = FileHandle.nullDevice
            try process.run()
        }

        /// Waits for its end, and kills it after a limit, so that it does not outlive the test.
        func finish(within limit: Duration) async throws -> Result {
            let killer = Task {
                try await Task.sleep(for: limit)
                kill(process.processIdentifier, SIGKILL)
            }
            defer { killer.cancel() }
            return try await finish()
        }

        func finish() async throws -> Result {
            try await offThread { process.waitUntilExit() }
            let result = Result(
                output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
                errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self), status: process.terminationStatus
            )
            for url in [output, errors] { try FileManager.default.removeItem(at: url) }
            return result
        }
    }
}

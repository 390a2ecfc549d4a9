import Foundation
import Testing
import UsherTesting

/// Independent programs that check the library's output.
enum Counterpart {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// Runs a Python script of the tests and returns its output; the path of its input file is its last argument.
    static func python(_ script: String, _ arguments: String..., input: some Sequence<UInt8>) throws -> String {
        let files = try TemporaryFolder()
        let path = files.path("input")
        try Data(input).write(to: URL(filePath: path))
        let python = ProcessInfo.processInfo.environment["USHER_PYTHON"] ?? "python3"
        return try withExtendedLifetime(files) {
            try run(python, [folder.appending(path: script).path] + arguments + [path])
        }
    }

    /// Runs a program and returns its output; if the program fails, the test fails.
    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program): \(said.suffix(3000))")
        return said
    }

    /// The path of a file in the golden folder.
    static func golden(_ name: String) -> String { folder.appending(path: "Golden/\(name)").path }
}

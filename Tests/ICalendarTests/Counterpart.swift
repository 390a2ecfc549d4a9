import Foundation
import Testing
import UsherTesting

/// Other people's programs that judge what is written here.
enum Counterpart {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// What a Python script beside the tests prints; what it reads lies in a file whose path is its last argument.
    static func python(_ script: String, _ arguments: String..., input: some Sequence<UInt8>) throws -> String {
        let files = try TemporaryFolder()
        let path = files.path("input")
        try Data(input).write(to: URL(filePath: path))
        let python = ProcessInfo.processInfo.environment["USHER_PYTHON"] ?? "python3"
        return try withExtendedLifetime(files) {
            try run(python, [folder.appending(path: script).path] + arguments + [path])
        }
    }

    /// What a program prints; a failure of it is one of the test.
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

    /// A file of the tests' golden folder.
    static func golden(_ name: String) -> String { folder.appending(path: "Golden/\(name)").path }
}

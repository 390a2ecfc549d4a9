internal import Foundation

/// A server program that a test starts and stops: it ends with ``stop()``, with the last reference to this object, and
/// with the test's process.
///
/// A shell stands between, whose standard input is a pipe from this process: when the pipe ends, for whatever reason,
/// the shell kills the server by its process id. SIGKILL, because threads of the dispatcher hold back all other
/// signals, and children inherit that.
package final class ServerProcess: Sendable {
    /// The line that showed it to be ready.
    package let line: String
    private let process: Process
    private let input: Pipe

    struct NotReady: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts a program, and returns once it has printed a line that contains `text`.
    package static func start(_ words: [String], lineWith text: String) async throws -> ServerProcess {
        try await offThread { try ServerProcess(words, text) }
    }

    private init(_ words: [String], _ text: String) throws {
        (process, input) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "\"$@\" </dev/null & cat >/dev/null; kill -KILL $!; wait", "sh"] + words
        let output = Pipe()
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        var printed = ""
        while true {
            // The last piece may be half a line.
            let lines = printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { $0.contains(text) }) {
                self.line = String(line)
                return
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            printed += String(decoding: more, as: UTF8.self)
        }
        try input.fileHandleForWriting.close()
        throw NotReady(description: "\(words.joined(separator: " ")): no line with \(text), but: \(printed)")
    }

    deinit { endInput() }

    /// Kills the server, and waits until it has gone.
    package func stop() async throws {
        endInput()
        try await offThread { [process] in process.waitUntilExit() }
    }

    private func endInput() {
        do { try input.fileHandleForWriting.close() } catch { process.terminate() }
    }
}

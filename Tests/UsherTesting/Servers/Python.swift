internal import Foundation

/// Runs Python scripts, with the packages that `scripts/setup test` installed or the system's.
package enum Python {
    /// The output and exit status of a script.
    package struct Result: Sendable {
        /// Standard output and standard error.
        package let output: String
        /// The exit status.
        package let status: Int32
    }

    /// Runs a script to its end, on a new thread.
    package static func run(_ script: String, _ arguments: [String]) async throws -> Result {
        try await offThread { try finish(script, arguments) }
    }

    private static func finish(_ script: String, _ arguments: [String]) throws -> Result {
        let process = process(script, arguments)
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try start(process)
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Result(output: String(decoding: data, as: UTF8.self), status: process.terminationStatus)
    }

    /// Starts a process that reacts to signals: Dispatch threads block all signals, and child processes would inherit
    /// that.
    fileprivate static func start(_ process: Process) throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    fileprivate static func process(_ script: String, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["USHER_PYTHON"] ?? "python3", script] + arguments
        return process
    }

    /// A script that serves until its input ends; its first line of output is its address.
    package final class Server: Sendable {
        /// The first line of its output.
        package let line: String
        private let process: Process
        private let input: Pipe

        /// Starts the script and reads its first line.
        package static func start(_ script: String, _ arguments: [String]) async throws -> Server {
            try await offThread { try Server(script, arguments) }
        }

        private init(_ script: String, _ arguments: [String]) throws {
            process = Python.process(script, arguments)
            input = Pipe()
            let output = Pipe()
            (process.standardInput, process.standardOutput) = (input, output)
            try Python.start(process)
            var text = ""
            while !text.contains("\n") {
                let more = output.fileHandleForReading.availableData
                guard !more.isEmpty else { break }
                text += String(decoding: more, as: UTF8.self)
            }
            line = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// Closes the script's input, which ends it, if a test failed before it could.
        deinit {
            do { try input.fileHandleForWriting.close() } catch { process.terminate() }
        }

        /// Terminates the process by its process id.
        package func stop() { process.terminate() }

        /// Closes its input and waits for it to exit.
        package func finish() async throws {
            try input.fileHandleForWriting.close()
            try await offThread { [process] in process.waitUntilExit() }
        }
    }
}

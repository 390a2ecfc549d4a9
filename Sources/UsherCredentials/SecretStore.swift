internal import Foundation
internal import UsherJob
package import UsherModel

/// A secret could not be read; the error never contains the secret.
package struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reference, as the job file writes it.
    package let location: String
    package let problem: String

    package var description: String { "\(location): \(problem)" }
}

/// Reads secrets from the environment, from files and from programs.
package struct SecretStore: Sendable {
    private let environment: [String: String]
    private let folder: String
    private static let maximumBytes = 64 * 1024

    /// Creates a store; relative paths start at `folder`, the job's own.
    package init(environment: [String: String], folder: String) {
        (self.environment, self.folder) = (environment, folder)
    }

    /// Reads a secret.
    ///
    /// - Throws: ``SecretError``.
    package func secret(_ reference: SecretReference) throws(SecretError) -> Secret {
        switch reference {
        case .env(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw SecretError(location: "{env: \(name)}", problem: "the environment variable is not set, or empty")
            }
            return Secret(value)
        case .file(let path):
            return try file(JobPaths.resolve(path, in: folder))
        case .command(let words):
            return try output(of: words)
        }
    }

    private func file(_ path: String) throws(SecretError) -> Secret {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SecretError(location: "{file: \(path)}", problem: "the file cannot be read")
        }
        return try secret(in: data, location: "{file: \(path)}")
    }

    /// Runs a program without a shell and reads its standard output.
    private func output(of words: [String]) throws(SecretError) -> Secret {
        let location = "{command: [\(words.first ?? "")…]}"
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.environment = environment
        process.standardOutput = pipe
        process.standardInput = FileHandle.nullDevice
        let data: Data
        do {
            try process.run()
            data = try pipe.fileHandleForReading.read(upToCount: Self.maximumBytes + 1) ?? Data()
        } catch {
            throw SecretError(location: location, problem: "the program could not be run")
        }
        if data.count > Self.maximumBytes { process.terminate() }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw SecretError(
                location: location, problem: "the program exited with status \(process.terminationStatus)")
        }
        return try secret(in: data, location: location)
    }

    private func secret(in data: Data, location: String) throws(SecretError) -> Secret {
        guard data.count <= Self.maximumBytes else {
            throw SecretError(location: location, problem: "the secret has more than \(Self.maximumBytes) bytes")
        }
        guard var text = String(data: data, encoding: .utf8) else {
            throw SecretError(location: location, problem: "the secret is not valid UTF-8")
        }
        while text.hasSuffix("\n") || text.hasSuffix("\r") || text.hasSuffix("\r\n") { text.removeLast() }
        guard !text.isEmpty else { throw SecretError(location: location, problem: "the secret is empty") }
        return Secret(text)
    }
}

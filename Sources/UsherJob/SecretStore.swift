package import UsherModel

internal import Foundation
internal import Synchronization

/// A secret could not be had; the message never holds one.
package struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reference.
    package let location: String
    /// What was found.
    package let problem: String

    /// Both in one line.
    package var description: String { "\(location): \(problem)" }
}

/// Where secrets come from.
package struct SecretStore: Sendable {
    private let environment: [String: String]
    private let folder: String
    private static let maximumBytes = 64 * 1024

    /// Takes the environment, and the job's folder for relative paths.
    package init(environment: [String: String], folder: String) {
        (self.environment, self.folder) = (environment, folder)
    }

    /// Fetches a secret.
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

    /// Runs a program without a shell and takes what it prints.
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
            throw SecretError(location: location, problem: "the program ended with status \(process.terminationStatus)")
        }
        return try secret(in: data, location: location)
    }

    private func secret(in data: Data, location: String) throws(SecretError) -> Secret {
        guard data.count <= Self.maximumBytes else {
            throw SecretError(location: location, problem: "more than \(Self.maximumBytes) octets")
        }
        guard var text = String(data: data, encoding: .utf8) else {
            throw SecretError(location: location, problem: "bytes that are not UTF-8")
        }
        while text.hasSuffix("\n") || text.hasSuffix("\r") || text.hasSuffix("\r\n") { text.removeLast() }
        guard !text.isEmpty else { throw SecretError(location: location, problem: "nothing") }
        return Secret(text)
    }
}

/// Secrets for many messages: each is fetched once a minute at most, so that no message waits for a program that was asked a moment ago, and
/// a token does not outlive its end by much.
package final class FreshSecrets: Sendable {
    private let store: SecretStore
    private let clock: WallClock
    private let fetched = Mutex<[SecretReference: (secret: Secret, at: Instant)]>([:])

    private static let freshness = Duration.seconds(60)

    /// Takes where secrets come from, and the time.
    package init(_ store: SecretStore, _ clock: WallClock) { (self.store, self.clock) = (store, clock) }

    /// The secret, as it was within the last minute.
    ///
    /// - Throws: ``SecretError``; what could not be had is asked for again.
    package func secret(_ reference: SecretReference) throws(SecretError) -> Secret {
        let now = clock.now()
        if let last = fetched.withLock({ $0[reference] }), now < last.at + Self.freshness { return last.secret }
        let secret = try store.secret(reference)
        fetched.withLock { $0[reference] = (secret, now) }
        return secret
    }
}

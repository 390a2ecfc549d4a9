internal import Foundation
internal import Synchronization
internal import UsherJob
package import UsherModel

/// A secret could not be read; the error never contains the secret.
package struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reference, as the job file writes it.
    package let location: String
    package let problem: String
    /// Whether it was not read because the run was asked to stop.
    package let isCanceled: Bool

    init(location: String, problem: String, isCanceled: Bool = false) {
        (self.location, self.problem, self.isCanceled) = (location, problem, isCanceled)
    }

    package var description: String { "\(location): \(problem)" }
}

/// Reads secrets from the environment, from files and from programs.
package struct SecretStore: Sendable {
    private let environment: [String: String]
    private let folder: String
    private let clock: WallClock
    private let known = KnownSecrets()

    /// Creates a store; relative paths start at `folder`, the job's own.
    ///
    /// The clock limits how long a program may take.
    package init(environment: [String: String], folder: String, clock: WallClock) {
        (self.environment, self.folder, self.clock) = (environment, folder, clock)
    }

    /// Reads a secret; a program that prints it ends with the task.
    ///
    /// - Throws: ``SecretError``.
    package func secret(_ reference: SecretReference) async throws(SecretError) -> Secret {
        let secret: Secret
        switch reference {
        case .env(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw SecretError(location: "{env: \(name)}", problem: "the environment variable is not set, or empty")
            }
            secret = Secret(value)
        case .file(let path): secret = try file(JobPaths.resolve(path, in: folder))
        case .command(let words): secret = try await output(of: words)
        }
        known.note(secret)
        return secret
    }

    private func file(_ path: String) throws(SecretError) -> Secret {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SecretError(location: "{file: \(path)}", problem: "the file cannot be read")
        }
        return try secret(in: Array(data), location: "{file: \(path)}")
    }

    /// Runs a program without a shell and reads its standard output.
    private func output(of words: [String]) async throws(SecretError) -> Secret {
        let location = "{command: [\(words.first ?? "")…]}"
        let problem: String
        switch await SecretProgram(words: words, environment: environment, clock: clock).run() {
        case .printed(let bytes): return try secret(in: bytes, location: location)
        case .failed(let status, let text): problem = "the program exited with status \(status)\(quoted(text))"
        case .killed(let signal, let text): problem = "the program was ended by signal \(signal)\(quoted(text))"
        case .printedTooMuch: problem = Self.tooLong
        case .late(let text):
            let limit = Limits.secretPatience.components.seconds
            problem = "the program gave no answer within \(limit) s and was ended\(quoted(text))"
        case .canceled:
            throw SecretError(
                location: location, problem: "the program was ended, because the run was stopped", isCanceled: true)
        case .notStarted: problem = "the program could not be started"
        }
        throw SecretError(location: location, problem: problem)
    }

    /// What the program said on standard error, marked as its own words and without the secrets that are known.
    private func quoted(_ text: String) -> String {
        guard !text.isEmpty else { return "" }
        let hidden = known.hidden(in: text, environment: environment)
        let isCut = hidden.count > Limits.secretErrorCharacters
        return "; it said: \"\(hidden.prefix(Limits.secretErrorCharacters))\(isCut ? "…" : "")\""
    }

    private static let tooLong = "the secret has more than \(Limits.secretBytes) bytes"

    private func secret(in bytes: [UInt8], location: String) throws(SecretError) -> Secret {
        guard bytes.count <= Limits.secretBytes else {
            throw SecretError(location: location, problem: Self.tooLong)
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw SecretError(location: location, problem: "the secret is not valid UTF-8")
        }
        while text.hasSuffix("\n") || text.hasSuffix("\r") || text.hasSuffix("\r\n") { text.removeLast() }
        guard !text.isEmpty else { throw SecretError(location: location, problem: "the secret is empty") }
        return Secret(text)
    }
}

/// The secrets that were read, so that what a program says does not show one of them.
private final class KnownSecrets: Sendable {
    private let secrets = Mutex<Set<Secret>>([])

    /// Names of environment variables that hold secrets by custom.
    private static let customary = ["SECRET", "PASS", "TOKEN", "KEY", "CREDENTIAL"]
    /// A shorter text would hide parts of ordinary words.
    private static let shortest = 4

    func note(_ secret: Secret) { secrets.withLock { _ = $0.insert(secret) } }

    func hidden(in text: String, environment: [String: String]) -> String {
        let variables = environment.filter { name, _ in Self.customary.contains { name.uppercased().contains($0) } }
        let read = secrets.withLock { $0 }.map { $0.reveal { $0 } }
        // The longest first: one may be a part of another.
        let words = (read + variables.values).filter { $0.count >= Self.shortest }.sorted { $0.count > $1.count }
        return words.reduce(text) { $0.replacing($1, with: "<secret>") }
    }
}

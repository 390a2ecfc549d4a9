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

    /// Creates a store; relative paths start at `folder`, the job's own.
    ///
    /// The clock limits how long a program may take.
    package init(environment: [String: String], folder: String, clock: WallClock) {
        (self.environment, self.folder, self.clock) = (environment, folder, clock)
    }

    /// Reads a secret; a program that prints it ends with the task.
    ///
    /// - Parameters:
    ///   - reference: Where it is.
    ///   - isName: Whether output may show it, such as a user name; no output shows any other from then on.
    /// - Returns: The secret.
    /// - Throws: ``SecretError``.
    package func secret(
        _ reference: SecretReference, isName: Bool = false
    ) async throws(SecretError) -> Secret {
        let secret = try await read(reference)
        if !isName { KnownSecrets.note(secret) }
        return secret
    }

    private func read(_ reference: SecretReference) async throws(SecretError) -> Secret {
        switch reference {
        case .env(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw SecretError(location: "{env: \(name)}", problem: "the environment variable is not set, or empty")
            }
            return Secret(value)
        case .file(let path): return try file(JobPaths.resolve(path, in: folder))
        case .command(let words): return try await output(of: words)
        }
    }

    private func file(_ path: String) throws(SecretError) -> Secret {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SecretError(location: "{file: \(path)}", problem: "the file cannot be read")
        }
        return try secret(in: Array(data), location: "{file: \(path)}")
    }

    /// Runs a program without a shell and reads its standard output.
    private func output(of words: [String]) async throws(SecretError) -> Secret {
        let location = SecretReference.command(words).name
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
        for (name, value) in environment where Self.customary.contains(where: { name.uppercased().contains($0) }) {
            KnownSecrets.note(Secret(value))
        }
        let hidden = KnownSecrets.hiding(text)
        let isCut = hidden.count > Limits.secretErrorCharacters
        return "; it said: \"\(hidden.prefix(Limits.secretErrorCharacters))\(isCut ? "…" : "")\""
    }

    /// Names of environment variables that hold secrets by custom.
    private static let customary = ["SECRET", "PASS", "TOKEN", "KEY", "CREDENTIAL"]

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

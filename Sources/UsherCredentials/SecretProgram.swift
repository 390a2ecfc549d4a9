internal import Glibc
internal import Subprocess
internal import Synchronization
internal import UsherModel

/// A program that prints a secret: run without a shell, in a session of its own, with limits to its time and its output.
///
/// It ends with the task that waits for it, and so does everything it has started: SIGTERM to the whole process group, then SIGKILL.
struct SecretProgram: Sendable {
    let words: [String]
    let environment: [String: String]
    let clock: WallClock

    /// How a program ended.
    enum Ending: Hashable, Sendable {
        /// It exited with 0 and printed this.
        case printed([UInt8])
        /// It exited with another status, and began its standard error with this line.
        case failed(status: Int32, saying: String)
        /// A signal ended it that was not ours.
        case killed(signal: Int32, saying: String)
        /// It printed more than ``Limits/secretBytes``.
        case printedTooMuch
        /// It was ended after ``Limits/secretPatience``; until then it had said this on standard error.
        case late(saying: String)
        /// It was ended because the run was asked to stop.
        case canceled
        /// It could not be started.
        case notStarted
    }

    /// How long the program may clean up after SIGTERM.
    private static let grace = Duration.seconds(1)
    /// The octets of standard error that are kept; the others are read and dropped, so that the program does not block.
    private static let keptBytes = 4096

    /// Runs it.
    func run() async -> Ending {
        let notes = Notes()
        let ending = await withTaskGroup(of: Ending?.self) { group in
            group.addTask { await execute(notes) }
            group.addTask {
                await clock.pause(Limits.secretPatience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if Task.isCancelled { return .canceled }
        return ending ?? .late(saying: notes.firstLine)
    }

    /// What was learned while the program ran.
    private final class Notes: Sendable {
        private let state = Mutex((process: pid_t(0), errors: [UInt8]()))

        func began(_ process: pid_t) { state.withLock { $0.process = process } }

        func append(_ bytes: [UInt8]) {
            state.withLock { $0.errors += bytes.prefix(max(0, SecretProgram.keptBytes - $0.errors.count)) }
        }

        /// The first line of standard error that is not blank.
        var firstLine: String {
            String(decoding: state.withLock { $0.errors }, as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { Line(cleaning: String($0)).text }.first { !$0.isEmpty } ?? ""
        }

        /// Ends what the program has started and left behind.
        func killGroup() {
            let process = state.withLock { $0.process }
            if process > 0 { kill(-process, SIGKILL) }
        }
    }

    private func execute(_ notes: Notes) async -> Ending {
        var options = PlatformOptions()
        // A terminal would make it ask a question that nobody answers.
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.grace)
        ]
        let variables = environment.compactMap { name, value in Environment.Key(rawValue: name).map { ($0, value) } }
        do {
            let result = try await Subprocess.run(
                .name("env"), arguments: Arguments(words),
                environment: .custom(Dictionary(variables) { first, _ in first }), platformOptions: options,
                input: .none, output: .bytes(limit: Limits.secretBytes), error: .sequence
            ) { execution in
                notes.began(execution.processIdentifier.value)
                for try await part in execution.standardError {
                    notes.append(part.withUnsafeBytes { Array($0.prefix(Self.keptBytes)) })
                }
            }
            guard !Task.isCancelled else {
                notes.killGroup()
                return .canceled
            }
            return switch result.terminationStatus {
            case .exited(0): .printed(result.standardOutput)
            case .exited(let status): .failed(status: status, saying: notes.firstLine)
            case .signaled(let signal): .killed(signal: signal, saying: notes.firstLine)
            }
        } catch {
            notes.killGroup()
            if Task.isCancelled { return .canceled }
            let isTooMuch = (error as? SubprocessError)?.code == .outputLimitExceeded
            return isTooMuch ? .printedTooMuch : .notStarted
        }
    }
}

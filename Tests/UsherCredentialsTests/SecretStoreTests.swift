import Foundation
import Synchronization
import Testing
import UsherCredentials
import UsherModel
import UsherTesting

@Suite("secrets")
struct SecretStoreTests {
    private static let environment = ["KEY": "hunter2", "PATH": "/usr/bin:/bin", "API_TOKEN": "swordfish"]

    private func store(clock: WallClock = .still) -> SecretStore {
        SecretStore(environment: Self.environment, folder: "/", clock: clock)
    }

    /// The error of reading a secret that a shell script should print.
    private func problem(_ script: String, in store: SecretStore) async throws -> String {
        try #require(
            await #expect(throws: SecretError.self) { try await store.secret(.command(["sh", "-c", script])) }
        ).description
    }

    @Test func secretsAreReadWhereTheJobSaysAndNeverShown() async throws {
        let store = store()
        #expect(try await store.secret(.env("KEY")).reveal { $0 } == "hunter2")
        #expect(try await store.secret(.command(["printf", "%s\\n", "hunter2"])).reveal { $0 } == "hunter2")
        let missing: [SecretReference] = [
            .env("NONE"), .file("nowhere/at/all"), .command(["false"]), .command(["no-such-program-at-all"]),
            .command(["true"]),
            .command(["head", "-c", "100000", "/dev/zero"]),
        ]
        for reference in missing {
            let error = await #expect(throws: SecretError.self) { try await store.secret(reference) }
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func aProgramHasTheEnvironmentOfTheRunAndNoInput() async throws {
        let script = "cat; printf %s \"$KEY\"; yes noise | head -c 300000 >&2"
        let secret = try await store().secret(.command(["sh", "-c", script]))
        #expect(secret.reveal { $0 } == "hunter2")
    }

    @Test(arguments: [
        ("exit 3", "{command: [sh…]}: the program exited with status 3"),
        ("echo; echo ' vault is sealed'; exit 2", "exited with status 2"),
        ("echo 'vault is sealed' >&2; echo more >&2; exit 2", "exited with status 2; it said: \"vault is sealed\""),
        ("kill -9 $$", "was ended by signal 9"),
        ("head -c 65537 /dev/zero", "more than 65536 bytes"),
        ("while :; do echo more; done", "more than 65536 bytes"),
        ("exec no-such-program", "no-such-program"),
    ])
    func anErrorNamesTheProgramAndWhatItSaid(_ script: String, _ words: String) async throws {
        let problem = try await problem(script, in: store())
        #expect(problem.contains(words) && !problem.contains("more\"") && !problem.contains("\n"), "\(problem)")
    }

    @Test func whatAProgramSaysIsCutAndHidesEverySecretThatIsKnown() async throws {
        let store = store()
        _ = try await store.secret(.env("KEY"))
        let said = try await problem("echo \"no $KEY, no $API_TOKEN\" >&2; exit 1", in: store)
        #expect(said.contains("it said: \"no <secret>, no <secret>\""), "\(said)")
        let long = try await problem("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1", in: store)
        #expect(long.contains(String(repeating: "x", count: 200) + "…\"") && long.count < 300, "\(long)")
    }

    // MARK: Programs that hang

    /// A script that notes its own process and that of a child, ignores what it is told to, and hangs.
    private func hanging(_ folder: TemporaryFolder, _ ignored: String = "") -> [String] {
        let trap = ignored.isEmpty ? "" : "trap '' \(ignored); "
        let child = "(\(trap)echo child >&2; sh -c 'echo $PPID' >> \(folder.path)/pids; sleep 1000) &"
        return ["sh", "-c", "\(trap)\(child) echo $$ >> \(folder.path)/pids; wait; sleep 1000"]
    }

    /// The processes that the script noted, once both are there.
    private func processes(_ folder: TemporaryFolder) async -> [pid_t] {
        while true {
            let text = FileManager.default.contents(atPath: folder.path("pids")).map {
                String(decoding: $0, as: UTF8.self)
            }
            let lines = (text ?? "").split(separator: "\n").compactMap { pid_t($0) }
            if lines.count == 2 { return lines }
            await pause()
        }
    }

    /// Whether a process runs; one that has ended and waits for its parent does not.
    private func isAlive(_ process: pid_t) -> Bool {
        guard let data = FileManager.default.contents(atPath: "/proc/\(process)/stat") else { return false }
        let state = String(decoding: data, as: UTF8.self).split(separator: ")").last?.first { $0 != " " }
        return state != "Z" && state != "X"
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["", "TERM", "TERM HUP INT"])
    func oneThatHangsEndsWithItsTaskAndSoDoItsChildren(_ ignored: String) async throws {
        let folder = try TemporaryFolder()
        let (store, words) = (store(), hanging(folder, ignored))
        let reading = Task { () -> SecretError? in
            do throws(SecretError) {
                _ = try await store.secret(.command(words))
                return nil
            } catch {
                return error
            }
        }
        let processes = await processes(folder)
        reading.cancel()
        let error = try #require(await reading.value)
        #expect(error.isCanceled, "\(error)")
        // SIGKILL was sent; the kernel carries it out in a moment.
        while processes.contains(where: isAlive) { await pause() }
    }

    @Test(.timeLimit(.minutes(10))) func oneThatHangsIsEndedAtTheLimit() async throws {
        let folder = try TemporaryFolder()
        let clock = TestClock(Instant(secondsSince1970: 0))
        let (store, words) = (store(clock: clock.wall), hanging(folder))
        async let error = #expect(throws: SecretError.self) { try await store.secret(.command(words)) }
        let processes = await processes(folder)
        clock.advance(by: Limits.secretPatience)
        let problem = try #require(await error).description
        #expect(problem.contains("gave no answer within 30 s and was ended; it said: \"child\""), "\(problem)")
        while processes.contains(where: isAlive) { await pause() }
    }

    @Test(.timeLimit(.minutes(10))) func oneThatLeavesAProcessBehindIsNotWaitedFor() async throws {
        let folder = try TemporaryFolder()
        let script = "sleep 1000 & echo $! > \(folder.path)/pids; echo $$ >> \(folder.path)/pids; printf hunter2"
        let secret = try await store().secret(.command(["sh", "-c", script]))
        #expect(secret.reveal { $0 } == "hunter2")
        for process in await processes(folder) { kill(process, SIGKILL) }
    }

    @Test func aTaskThatIsCanceledBeforehandRunsNothing() async throws {
        let store = store()
        let task = Task { () -> Bool? in
            while !Task.isCancelled { await pause() }
            do throws(SecretError) {
                _ = try await store.secret(.command(["sleep", "1000"]))
                return nil
            } catch {
                return error.isCanceled
            }
        }
        task.cancel()
        #expect(await task.value == true)
    }
}

@Suite("secrets that many need at once")
struct FreshSecretsTests {
    /// A program that notes each of its runs.
    private func counting(_ folder: TemporaryFolder, _ rest: String = "printf hunter2") -> SecretReference {
        .command(["sh", "-c", "echo run >> \(folder.path)/runs; \(rest)"])
    }

    private func runs(_ folder: TemporaryFolder) -> Int {
        FileManager.default.contents(atPath: folder.path("runs")).map { $0.count / 4 } ?? 0
    }

    private func secrets(_ clock: TestClock = TestClock(Instant(secondsSince1970: 0))) -> FreshSecrets {
        FreshSecrets(SecretStore(environment: ["PATH": "/usr/bin:/bin"], folder: "/", clock: clock.wall), clock.wall)
    }

    @Test func areReadByOneRunOfTheProgram() async throws {
        let folder = try TemporaryFolder()
        let clock = TestClock(Instant(secondsSince1970: 0))
        let (secrets, reference) = (secrets(clock), counting(folder))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let secret = try await secrets.secret(reference)
                    #expect(secret.reveal { $0 } == "hunter2")
                }
            }
            try await group.waitForAll()
        }
        #expect(runs(folder) == 1)
        clock.advance(by: .seconds(61))
        _ = try await secrets.secret(reference)
        #expect(runs(folder) == 2)
    }

    @Test(.timeLimit(.minutes(10))) func eachWaitsOnlyAsLongAsItsOwnTask() async throws {
        let folder = try TemporaryFolder()
        let (secrets, reference) = (secrets(), counting(folder, "sleep 1000"))
        func reading() -> Task<Bool, Never> {
            Task {
                do throws(SecretError) {
                    _ = try await secrets.secret(reference)
                    return false
                } catch {
                    return error.isCanceled
                }
            }
        }
        let first = reading()
        while runs(folder) < 1 { await pause() }
        let (second, third) = (reading(), reading())
        second.cancel()
        #expect(await second.value)
        // One of those who wait begins anew.
        first.cancel()
        #expect(await first.value)
        while runs(folder) < 2 { await pause() }
        third.cancel()
        #expect(await third.value)
    }

    @Test func aFailureIsNotKept() async throws {
        let folder = try TemporaryFolder()
        let (secrets, reference) = (secrets(), counting(folder, "exit 1"))
        for _ in 0..<2 { await #expect(throws: SecretError.self) { try await secrets.secret(reference) } }
        #expect(runs(folder) == 2)
    }
}

/// Leaves the processor to others between two looks; a task that is canceled goes on at once.
private func pause() async {
    do { try await Task.sleep(for: .milliseconds(10)) } catch { return }
}

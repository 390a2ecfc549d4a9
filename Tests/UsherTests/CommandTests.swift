import Foundation
import Testing
import UsherTesting

@Suite("the command line")
struct CommandTests {
    private let folder: TemporaryFolder
    private let now = "2026-12-01T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish()
    }

    @Test(arguments: [
        [], ["run"], ["plan"], ["adopt"], ["check"], ["status"], ["ledger"], ["ledger", "list"], ["ledger", "show"],
        ["ledger", "resolve"], ["ledger", "verify"], ["events"], ["inbox"], ["ledger", "suppress"],
        ["ledger", "suppressed"], ["ledger", "replies"], ["ledger", "rename"], ["ledger", "rotate-secret"],
        ["ledger", "retry"], ["templates"],
        ["templates", "export"], ["send-test"],
    ])
    func helpHelps(_ command: [String]) async throws {
        let result = try await Command.start(command + ["--help"], in: folder.path, environment: ["COLUMNS": "100"])
            .finish()
        #expect(result.status == 0)
        try expectGolden(result.output, "help\(command.map { "-" + $0 }.joined()).txt")
    }

    @Test func aRunSaysWhatItDidAndASecondSaysThatThereWasNothingToDo() async throws {
        let first = try await usher("run", "job.yaml", "--now", now)
        #expect(first.status == 0, "\(first.errors)")
        try expectGolden(first.output, "run-first.txt")
        let second = try await usher("run", "job.yaml", "--now", now)
        #expect(second.status == 0)
        try expectGolden(second.output, "run-second.txt")
        let status = try await usher("status", "--job", "job.yaml", "--now", now)
        try expectGolden(status.output, "status.txt")
        let list = try await usher("ledger", "list", "--job", "job.yaml")
        try expectGolden(list.output, "ledger-list.txt")
        let key = try #require(list.output.split(separator: "\n").dropFirst().first?.prefix(12))
        let show = try await usher("ledger", "show", String(key), "--job", "job.yaml")
        #expect(show.status == 0)
        // Each ledger has a secret of its own, and so have its ids.
        let text = show.output.replacing(/([0-9a-f]{20})[0-9a-f]{44}/) { "\($0.1)…" }
        try expectGolden(text.replacing(folder.path, with: "FOLDER"), "ledger-show.txt")
        let verify = try await usher("ledger", "verify", "--job", "job.yaml")
        #expect(verify.status == 0)
        try expectGolden(verify.output, "ledger-verify.txt")
    }

    @Test func aPlanShowsWhatWouldGoToWhomAndWhy() async throws {
        let plan = try await usher("plan", "job.yaml", "--now", now)
        #expect(plan.status == 0)
        try expectGolden(plan.output, "plan.txt")
        let dry = try await usher("run", "job.yaml", "--dry-run", "--now", now)
        #expect(dry.output == plan.output)
        let json = try await usher("plan", "job.yaml", "--format", "json", "--now", now)
        try expectGolden(json.output, "plan.jsonl")
        for line in json.output.split(separator: "\n") {
            #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
        }
        #expect(!folder.list().contains("usher.sqlite"))
    }

    @Test func everyCommandSpeaksToMachinesToo() async throws {
        let run = try await usher("run", "job.yaml", "--log-format", "json", "--now", now)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(object["sent"] as? Int == 3)
        #expect(object["exit_code"] as? Int == 0)
    }

    @Test func twoProcessesStartedTogetherSendEachDeliveryOnce() async throws {
        _ = try Rehearsal(in: folder, people: 400)
        let runs = try (0..<2).map { _ in try Command.start(["run", "job.yaml", "--now", now], in: folder.path) }
        var results: [Command.Result] = []
        for run in runs { results.append(try await run.finish()) }
        #expect(results.map(\.status) == [0, 0], "\(results.map(\.errors))")
        #expect(Rehearsal(folder.path).messages().count == 400)
        #expect(try await Rehearsal(folder.path).states() == ["sent": 400])
    }

    @Test func aRunThatIsAskedToStopFinishesWhatItHasBegunAndTheNextDoesTheRest() async throws {
        _ = try Rehearsal(in: folder, people: 2000)
        let running = try Command.start(["run", "job.yaml", "--now", now], in: folder.path)
        // The first message shows that deliveries are under way.
        while Rehearsal(folder.path).messages().isEmpty, running.process.isRunning { await Task.yield() }
        running.process.terminate()
        let result = try await running.finish()
        #expect(running.process.terminationReason == .exit, "\(result.errors)")
        let states = try await Rehearsal(folder.path).states()
        #expect(states["claimed"] == nil && states["wire"] == nil && states["in_doubt"] == nil, "\(states)")
        #expect(try await usher("run", "job.yaml", "--now", now).status == 0)
        #expect(Rehearsal(folder.path).messages().count == 2000)
    }

    @Test func aLedgerFromElsewhereIsRefusedUntilItIsTakenOver() async throws {
        #expect(try await usher("run", "job.yaml", "--now", now).status == 0)
        try folder.write(Rehearsal.job().replacing("ledger: usher.sqlite", with: "ledger: copy.sqlite"), to: "job.yaml")
        try FileManager.default.copyItem(atPath: folder.path("usher.sqlite"), toPath: folder.path("copy.sqlite"))
        let refused = try await usher("run", "job.yaml", "--now", now)
        #expect(refused.status == 76)
        #expect(refused.errors.contains("usher ledger take-over"))
        #expect(try await usher("ledger", "take-over", "--job", "job.yaml").status == 76)
        #expect(try await usher("ledger", "take-over", "--job", "job.yaml", "--yes").status == 0)
        #expect(try await usher("run", "job.yaml", "--now", now).status == 0)
    }

    @Test(
        arguments: [
            (["run"], 64), (["run", "job.yaml", "--now", "tomorrow"], 64), (["frobnicate"], 64),
            (["ledger", "list"], 64),
            (["ledger", "show", "zz", "--job", "job.yaml"], 64), (["run", "nowhere.yaml"], 78),
            (["check", "nowhere.yaml"], 78),
            (["plan", "nowhere.yaml"], 78),
        ] as [([String], Int32)])
    func wrongUseEndsWithItsExitCode(arguments: [String], status: Int32) async throws {
        let result = try await Command.start(arguments, in: folder.path).finish()
        #expect(result.status == status)
        #expect(!result.errors.isEmpty)
        #expect(result.output.isEmpty)
    }

    @Test(arguments: [
        ["status"], ["ledger", "list"], ["ledger", "show", "abcdef"], ["ledger", "verify"], ["ledger", "suppressed"],
        ["ledger", "replies"], ["ledger", "retry", "abcdef"], ["ledger", "resolve", "abcdef", "--sent"],
        ["ledger", "forget", "a@example.com"], ["ledger", "prune", "--older-than", "1d"],
        ["ledger", "take-over", "--yes"],
    ])
    func aLedgerThatIsNotThereIsAnErrorThatNamesItsPath(_ command: [String]) async throws {
        let named = try await Command.start(command + ["--ledger", "nowhere.sqlite"], in: folder.path).finish()
        #expect(named.status == 66)
        #expect(named.errors.hasPrefix("nowhere.sqlite: there is no ledger. Check the path"), "\(named.errors)")
        let ofJob = try await Command.start(command + ["--job", "job.yaml"], in: folder.path).finish()
        #expect(ofJob.status == 66 && ofJob.errors.contains("usher.sqlite: there is no ledger"), "\(ofJob.errors)")
        #expect(!folder.list().contains { $0.hasSuffix(".sqlite") }, "nothing is created")
    }

    /// A language that is not complete fails the check and only warns in a run: an upgrade with a new word must not stop mail.
    @Test func checkNamesFileAndKeyOfAMissingWord() async throws {
        try folder.write(Rehearsal.job("templates: ours"), to: "job.yaml")
        try folder.write("calendar.join: Připojit se\n", to: "ours/words/cs.txt")
        let missing = "ours/words/cs.txt: the key \"calendar.phone\" is missing"
        let check = try await usher("check", "job.yaml")
        #expect(check.status == 78 && check.errors.contains(missing), "\(check.errors)")
        let run = try await usher("run", "job.yaml", "--now", now)
        #expect(run.status == 0 && run.errors.contains(missing), "\(run.errors)")
        try folder.write("calendar.joni: Připojit se\n", to: "ours/words/cs.txt")
        let wrong = try await usher("run", "job.yaml", "--now", now)
        #expect(wrong.status == 78 && wrong.errors.contains("cs.txt:1: there is no key \"calendar.joni\""))
    }

    @Test func suppressedAndForgottenPeopleAreLeftAlone() async throws {
        #expect(try await usher("run", "job.yaml", "--now", now).status == 0)
        #expect(try await usher("ledger", "suppress", "p0@example.com", "--job", "job.yaml").status == 0)
        #expect(try await usher("ledger", "forget", "p1@example.com", "--job", "job.yaml").status == 0)
        let reminder = try await usher("run", "job.yaml", "--now", "2026-12-09T15:00:00Z")
        #expect(reminder.output.contains("1 skipped (suppressed)"), "\(reminder.output)")
        #expect(Rehearsal(folder.path).messages().count == 3 + 2)
    }
}

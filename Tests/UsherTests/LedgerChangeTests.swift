import Foundation
import Testing
import UsherTesting

/// `usher ledger resolve` and `usher ledger retry`, on a ledger whose deliveries a mail server refused or left in doubt.
@Suite("deliveries that a person decides about")
struct LedgerChangeTests {
    private let folder: TemporaryFolder
    private static let now = "2026-12-01T09:00:00Z"
    private static let late = "2026-12-31T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    /// Runs a job whose server answers like this to all people; returns the keys as `list` prints them.
    private func run(_ location: MailServer.Place, _ act: MailServer.Act, people: Int = 3) async throws -> [String] {
        try await MailServer.run { server in
            try folder.write(Rehearsal.mailJob(server.url), to: "job.yaml")
            for _ in 0..<people { server.expect(location, act) }
            _ = try await usher("run", "job.yaml", "--now", Self.now, "--confirm-now")
            let list = try await usher("ledger", "list", "--ledger", "usher.sqlite")
            return list.output.split(separator: "\n").dropFirst().map { String($0.prefix(12)) }
        }
    }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish()
    }

    private func change(_ arguments: String..., at now: String = now) async throws -> Command.Result {
        try await Command.start(
            ["ledger"] + arguments + ["--ledger", "usher.sqlite", "--now", now], in: folder.path
        ).finish()
    }

    private func count(_ state: String) async throws -> Int {
        let list = try await usher("ledger", "list", "--state", state, "--ledger", "usher.sqlite")
        return list.output.split(separator: "\n").dropFirst().count
    }

    @Test func areNamedByTheDigitsThatTheListShowsAndSeveralAtOnce() async throws {
        let keys = try await run(.dot, .drop(isReset: false))
        #expect(try await count("in_doubt") == 3)
        let sent = try await change("resolve", keys[0], "--delivered")
        #expect(sent.status == 0 && sent.output == "\(keys[0]): resolved\n", "\(sent.errors)")
        let both = try await change("resolve", keys[1], keys[2], String(keys[1].prefix(10)), "--give-up")
        #expect(both.status == 0 && both.output == "\(keys[1]): resolved\n\(keys[2]): resolved\n", "\(both.errors)")
        let counts = [try await count("sent"), try await count("failed"), try await count("in_doubt")]
        #expect(counts == [1, 2, 0])
        let again = try await change("resolve", keys[0], "--sent")
        #expect(again.status == 65 && again.errors == "\(keys[0]): not in doubt\n")
        let none = try await change("resolve", "ffffffffffff0", "--sent")
        #expect(none.status == 65 && none.errors.contains("no delivery has a key that begins with ffffffffffff0"))
    }

    @Test func anAmbiguousBeginningChangesNothingAndIsExplained() async throws {
        try folder.write(
            "email\n" + (0..<40).map { "q\($0)@example.com\n" }.joined(), to: "people.csv")
        let keys = try await run(.recipient, .reply("550 5.1.1 User unknown"), people: 40)
        // Of 40 keys, some begin with the same digit.
        let digits = Dictionary(grouping: keys) { $0.first }
        let several = try #require(digits.first { $0.value.count > 1 }?.value)
        let result = try await change("retry", String(several[0].prefix(1)))
        #expect(result.status == 64 && result.output.isEmpty, "\(result.errors)")
        for key in several { #expect(result.errors.contains(key)) }
    }

    @Test func thatFitAFilterAreShownAndChangedOnlyWhenThatIsConfirmed() async throws {
        let keys = try await run(.recipient, .reply("550 5.1.1 User unknown"))
        #expect(try await count("failed") == 3)
        let shown = try await change(
            "retry", "--state", "failed", "--channel", "out", "--since", "1h", "--session", "s1")
        #expect(shown.status == 76 && shown.errors.contains("Nothing was changed"), "\(shown.errors)")
        for key in keys { #expect(shown.output.contains(key)) }
        #expect(try await count("failed") == 3)
        for others in [["--channel", "other"], ["--session", "s2"], ["--since", "2026-12-01T09:00:01Z"]] {
            let none = try await Command.start(
                ["ledger", "retry"] + others + ["--ledger", "usher.sqlite", "--yes", "--now", Self.now], in: folder.path
            ).finish()
            #expect(none.status == 0 && none.output == "no such deliveries\n", "\(others)")
        }
        let one = try await change("retry", "--to", "p1@example.com", "--yes")
        #expect(one.status == 0 && one.output.contains(": the next run tries it again"), "\(one.errors)")
        #expect(try await count("failed") == 2)
        let all = try await change("retry", "--all", "--yes")
        #expect(all.status == 0, "\(all.errors)")
        #expect(try await count("pending") == 3)
    }

    @Test(arguments: [["retry"], ["retry", "abc", "--all"], ["retry", "xyz"], ["retry", "--state", "sent", "--yes"]])
    func mustBeNamedInOneWay(_ arguments: [String]) async throws {
        let result = try await Command.start(
            ["ledger"] + arguments + ["--ledger", "usher.sqlite"], in: folder.path
        ).finish()
        #expect(result.status == 64, "\(result.errors)")
    }

    @Test func thatHaveExpiredAreNotSentAndNotCalledResolved() async throws {
        let keys = try await run(.dot, .drop(isReset: false))
        let result = try await change("resolve", keys[0], "--resend", at: Self.late)
        #expect(result.status == 65 && result.output.isEmpty, "\(result.output)")
        #expect(result.errors.contains("\(keys[0]): it expired at 2026-12-10T16:00:00Z and is not sent any more"))
        #expect(try await count("in_doubt") == 3)
        let all = try await change("resolve", "--state", "in_doubt", "--resend", "--yes", at: Self.late)
        #expect(all.output == "3 have expired, and stay as they are\nno such deliveries\n", "\(all.errors)")
        #expect(try await count("in_doubt") == 3)
        #expect(try await change("resolve", "--all", "--give-up", "--yes", at: Self.late).status == 0)
        #expect(try await count("failed") == 3)
        let retried = try await change("retry", keys[1], at: Self.late)
        #expect(retried.status == 65 && retried.errors.contains("is not sent any more. It stays as it is"))
    }
}

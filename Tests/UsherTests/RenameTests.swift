import Foundation
import Testing
import UsherTesting

/// `usher ledger rename`: after it, a renamed channel goes on where it stood.
@Suite("renaming")
struct RenameTests {
    private let folder: TemporaryFolder
    private let now = ["--now", "2026-12-01T09:00:00Z"]

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 25)
    }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments + (arguments[0] == "run" ? now : []), in: folder.path).finish()
    }

    @Test func aRenamedChannelTellsNobodyAgain() async throws {
        #expect(try await usher("run", "job.yaml").status == 0)
        let job = try folder.read("job.yaml").replacing("outbox: {", with: "post: {").replacing(
            "via: outbox", with: "via: post")
        try folder.write(job, to: "job.yaml")
        let asked = try await usher("run", "job.yaml")
        #expect(asked.status == 76 && asked.errors.contains("--channel outbox post"), "\(asked.errors)")
        let wrong = try await usher("ledger", "rename", "--job", "job.yaml", "--channel", "outbox", "pots")
        #expect(wrong.status == 64 && wrong.errors.contains("it has post"), "\(wrong.errors)")
        let renamed = try await usher("ledger", "rename", "--job", "job.yaml", "--channel", "outbox", "post")
        #expect(renamed.status == 0 && renamed.output == "renamed: 25 deliveries\n", "\(renamed.errors)")
        #expect(try await usher("run", "job.yaml").status == 0)
        #expect(folder.list("outbox").filter { $0.hasSuffix(".eml") }.count == 25)
    }

    @Test func whatWasRenamedMustBeSaid() async throws {
        for arguments in [[], ["--channel", "a"], ["--channel", "--rule", "a", "b"], ["--from-job", "x", "y"]] {
            let result = try await Command.start(
                ["ledger", "rename", "--job", "job.yaml"] + arguments, in: folder.path
            ).finish()
            #expect(result.status == 64, "\(arguments): \(result.output)")
        }
    }
}

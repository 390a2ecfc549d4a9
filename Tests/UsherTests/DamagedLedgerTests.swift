import Foundation
import Testing
import UsherTesting

/// Ledgers in which octets were changed at random: every damage is a problem or an error, and no command crashes.
@Suite("a damaged ledger")
struct DamagedLedgerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder(holdsSoundLedgers: false)
        _ = try Rehearsal(in: folder, people: 6)
    }

    private static let commands = [
        ["ledger", "verify", "--ledger", "usher.sqlite"],
        ["ledger", "list", "--ledger", "usher.sqlite"],
        ["status", "--ledger", "usher.sqlite", "--now", "2026-12-09T15:00:00Z"],
    ]

    @Test(arguments: 0..<2)
    func neverCrashesACommand(_ batch: Int) async throws {
        // Sessions, registrations, deliveries that were sent, failed, in doubt and skipped, a revision, a suppression.
        let first = try await usher(["run", "job.yaml", "--now", "2026-12-01T09:00:00Z"])
        #expect(first.status == 0, "\(first.errors)")
        _ = try await usher(["ledger", "suppress", "p5@example.com", "--job", "job.yaml"])
        try Rehearsal(folder.path).write(events: Rehearsal.events(start: "2026-12-10T15:00:00", subject: "Other seats"))
        let second = try await usher(["run", "job.yaml", "--now", "2026-12-02T09:00:00Z"])
        #expect(second.status == 0, "\(second.errors)")
        let good = try Data(contentsOf: URL(filePath: folder.path("usher.sqlite")))
        for seed in UInt64(batch) * 60..<UInt64(batch + 1) * 60 {
            var random = Seeded(seed)
            for command in Self.commands {
                for suffix in ["-wal", "-shm"] {
                    let path = folder.path("usher.sqlite" + suffix)
                    if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
                }
                var damaged = good
                for _ in 0..<Int.random(in: 1...40, using: &random) {
                    // The first page is hit more often, and parts that hold something are.
                    let end = Bool.random(using: &random) ? damaged.count : 4096
                    damaged[Int.random(in: 0..<end, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                try damaged.write(to: URL(filePath: folder.path("usher.sqlite")))
                let result = try await Command.start(command, in: folder.path).finish(within: .seconds(60))
                // The number of a signal would say that it crashed.
                #expect([0, 70].contains(result.status), "seed \(seed), \(command): \(result.errors)")
            }
        }
    }

    private func usher(_ arguments: [String]) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish(within: .seconds(60))
    }
}

import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("SQLite keeps the contract of ledgers")
struct ConformanceTests {
    @Test(arguments: LedgerConformance.checks)
    func keeps(_ check: LedgerConformance.Check) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("usher.sqlite")
        try await check.run(
            at: .init(
                open: { try await SQLiteLedger.open(path: path, host: "here") },
                // All that a dead process leaves is its file: SQLite's locks end with it, as they do with the connection.
                kill: { await $0.close() }))
    }
}

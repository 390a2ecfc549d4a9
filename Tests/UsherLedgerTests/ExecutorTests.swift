import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("threads")
struct ExecutorTests {
    /// Each of many ledgers waits for a lock that is released only by a task of the pool.
    @Test func noWaitForALockHoldsAThreadOfThePool() async throws {
        let fixture = try await LedgerFixture()
        var ledgers: [SQLiteLedger] = []
        for _ in 0..<24 { ledgers.append(try await fixture.another()) }
        var unsafe = Configuration()
        unsafe.allowsUnsafeTransactions = true
        let holder = try DatabaseQueue(path: fixture.path, configuration: unsafe)
        try await holder.writeWithoutTransaction { db in try db.execute(sql: "BEGIN IMMEDIATE") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, ledger) in ledgers.enumerated() {
                group.addTask {
                    _ = try await ledger.beginRun(
                        job: "t", owner: Owner(rawValue: "\(number)"), now: Instant(secondsSince1970: 0))
                }
            }
            for _ in 0..<1000 { await Task.yield() }
            group.addTask { try await holder.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") } }
            try await group.waitForAll()
        }
        #expect(try fixture.raw { try Int.fetchOne($0, sql: "SELECT count(*) FROM run") } == 24)
    }

    /// GRDB's own async methods would be canceled with the task.
    @Test func aCanceledTaskCancelsNoWrite() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let claims = try await fixture.claim()
        let wired = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let wired = try await fixture.wire(claims)
            try await fixture.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: fixture.now)
            return wired.count
        }.value
        #expect(wired == 1)
        #expect(try await fixture.states() == ["sent": 1])
    }
}

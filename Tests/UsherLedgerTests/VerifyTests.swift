import Foundation
import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("a look through the whole ledger")
struct VerifyTests {
    /// A ledger with deliveries in most states.
    private func fixture() async throws -> LedgerFixture {
        let fixture = try await LedgerFixture(staysSound: false)
        try await fixture.enrol(["ada", "bob", "cem", "dov"])
        let claims = try await fixture.claim(3)
        let wired = try await fixture.wire(Array(claims.prefix(2)))
        try await fixture.ledger.finish([.sent(wired[0], Evidence("ok"))], now: fixture.now)
        return fixture
    }

    /// Changes the file by other means than ours, as no constraint or trigger could hinder.
    private func damage(_ fixture: LedgerFixture, _ sql: String) async throws {
        await fixture.ledger.close()
        try fixture.raw { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            for name in ["transition", "begin", "identity", "told", "forever"] {
                let trigger = try String.fetchOne(
                    db, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: ["delivery_\(name)"])
                try db.execute(sql: "DROP TRIGGER delivery_\(name)")
                if name == "forever", let trigger { try db.execute(sql: sql + ";" + trigger) }
            }
        }
    }

    private func checks(_ fixture: LedgerFixture) async throws -> Set<LedgerCheck> {
        let ledger = try #require(try await SQLiteLedger.openReadOnly(path: fixture.path))
        return Set(try await ledger.verify(clock: fixture.now).problems.map(\.check))
    }

    @Test func findsNothingWhereNothingIsWrong() async throws {
        let fixture = try await fixture()
        let found = try await fixture.ledger.verify(clock: fixture.now)
        #expect(found.problems.isEmpty && found.abandoned == 0)
        #expect(found.counts == ["t": [.sent: 1, .wire: 1, .claimed: 1, .pending: 1]])
    }

    @Test func countsWhatARunThatIsGoneStillHolds() async throws {
        let fixture = try await fixture()
        #expect(try await fixture.ledger.verify(clock: fixture.now + .seconds(300)).abandoned == 2)
    }

    @Test(arguments: [
        ("UPDATE delivery SET owner = NULL, lease_until = NULL WHERE state = 'claimed'", LedgerCheck.holders),
        ("UPDATE delivery SET finished_at = NULL WHERE state = 'sent'", .finished),
        ("UPDATE delivery SET reason = 'late' WHERE state = 'sent'", .reasons),
        ("UPDATE delivery SET told_revision = NULL, told_order = NULL WHERE state = 'sent'", .told),
        ("UPDATE delivery SET state = 'lost' WHERE state = 'sent'", .finished),
    ])
    func findsWhatTheConstraintsForbid(sql: String, check: LedgerCheck) async throws {
        let fixture = try await fixture()
        try await damage(fixture, sql)
        #expect(try await checks(fixture).contains(check))
    }

    @Test func findsThatTheFileItselfIsDamaged() async throws {
        let fixture = try await fixture()
        await fixture.ledger.close()
        let page = try fixture.raw { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_by_person'")
        }
        let file = try #require(FileHandle(forUpdatingAtPath: fixture.path))
        try file.seek(toOffset: UInt64(try #require(page) - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
        try file.close()
        // Some damage already shows when the file is opened, depending on SQLite's version.
        do throws(LedgerError) {
            let ledger = try await SQLiteLedger.openReadOnly(path: fixture.path)
            #expect(try await ledger?.verify(clock: fixture.now).problems.contains { $0.check == .integrity } == true)
        } catch {
            #expect(error.code == .corrupt && error.next.contains("backup"))
        }
    }

    @Test(arguments: [
        ("UPDATE delivery SET told_order = 99 WHERE state = 'sent'", LedgerCheck.order),
        ("DELETE FROM session", .sessions),
        ("DELETE FROM session_revision", .revisions),
        ("UPDATE delivery SET told_revision = 7 WHERE state = 'sent'", .revisions),
        ("UPDATE session SET snapshot = '{}'", .snapshots),
        ("UPDATE registration SET attendee = '' WHERE id = 'r-ada'", .snapshots),
        ("UPDATE delivery SET key = upper(key)", .keys),
        ("UPDATE delivery SET wired_at = NULL", .told),
        ("INSERT INTO transition VALUES ('sent', 'pending')", .guards),
        (again("pending", told: "NULL"), .twice),
        ("UPDATE counter SET value = 9 WHERE name = 'told'; \(again("sent", told: "9"))", .twice),
    ])
    func findsWhatOnlyOurRulesForbid(sql: String, check: LedgerCheck) async throws {
        let fixture = try await fixture()
        try await damage(fixture, sql)
        #expect(try await checks(fixture).subtracting([.guards]) == Set([check]).subtracting([.guards]))
        #expect(try await checks(fixture).contains(.guards), "the triggers that were dropped are missed")
    }

    @Test(arguments: ["ALTER TABLE session RENAME COLUMN is_held TO is_heId", "DROP INDEX delivery_held"])
    func findsThatWhatDescribesTheFileIsDamaged(sql: String) async throws {
        let fixture = try await fixture()
        await fixture.ledger.close()
        try fixture.raw { db in try db.execute(sql: sql) }
        #expect(try await checks(fixture) == [.integrity])
    }

    /// NULL where the schema allows none, and a BLOB in the place of a text.
    @Test(arguments: ["state", "job", "due_at", "attempts", "recipient"])
    func aValueThatIsNotWhatItShouldBeIsAnErrorThatNamesIt(_ column: String) async throws {
        let fixture = try await fixture()
        await fixture.ledger.close()
        try fixture.raw { db in
            try db.execute(sql: "PRAGMA writable_schema = ON")
            let change =
                "replace(replace(sql, '\(column) TEXT NOT NULL', '\(column) ANY'), '\(column) INTEGER NOT NULL', '\(column) ANY')"
            try db.execute(sql: "UPDATE sqlite_schema SET sql = \(change) WHERE name = 'delivery'")
        }
        try fixture.raw { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            for trigger in ["transition", "identity", "told"] {
                try db.execute(sql: "DROP TRIGGER delivery_\(trigger)")
            }
            try db.execute(sql: "UPDATE delivery SET \(column) = NULL")
        }
        let ledger = try #require(try await SQLiteLedger.openReadOnly(path: fixture.path))
        let error = await #expect(throws: LedgerError.self) { try await ledger.list(LedgerFilter()) }
        #expect(error?.code == .corrupt && error?.problem.contains("column \(column)") == true, "\(error as Any)")
        #expect(try await !ledger.verify(clock: fixture.now).problems.isEmpty)
    }

    /// A delivery as it is, under another key.
    private static func again(_ state: String, told order: String) -> String {
        """
        INSERT INTO delivery SELECT replace(key, 'a', 'b'), job, rule, channel, template, event, session, recipient, address, list,
            registration, kind, is_own, due_at, expires_at, enrolled_at, state, reason, owner, lease_until, attempts, not_before,
            told_revision, \(order), wired_at, finished_at, evidence, NULL, NULL, NULL, NULL, NULL, NULL
        FROM delivery WHERE state = '\(state)'
        """
    }

    @Test func findsAnAttemptThatBelongsToNothing() async throws {
        let fixture = try await fixture()
        await fixture.ledger.close()
        var careless = Configuration()
        careless.foreignKeysEnabled = false
        try await DatabaseQueue(path: fixture.path, configuration: careless).write { db in
            try db.execute(sql: "INSERT INTO attempt (key, at, outcome) VALUES ('none', 1, 'retry')")
        }
        #expect(try await checks(fixture) == [.references])
    }

    @Test func saysOfEachFindingWhatToDo() {
        for check in LedgerCheck.allCases {
            #expect(check.meaning.count > 20 && check.next.count > 20, "\(check)")
        }
    }
}

import Foundation
import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("a look through the whole ledger")
struct VerifyTests {
    /// A ledger with deliveries in most states.
    private func desk() throws -> LedgerDesk {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob", "cem", "dov"])
        let claims = try desk.claim(3)
        let wired = try desk.wire(Array(claims.prefix(2)))
        try desk.ledger.settle([.sent(wired[0], Evidence("ok"))], now: desk.now)
        return desk
    }

    /// Changes the file by other means than ours, as no constraint or trigger could hinder.
    private func damage(_ desk: LedgerDesk, _ sql: String) throws {
        desk.ledger.close()
        try desk.raw { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
            for name in ["transition", "identity", "told", "forever"] {
                let trigger = try String.fetchOne(
                    db, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: ["delivery_\(name)"])
                try db.execute(sql: "DROP TRIGGER delivery_\(name)")
                if name == "forever", let trigger { try db.execute(sql: sql + ";" + trigger) }
            }
        }
    }

    private func checks(_ desk: LedgerDesk) throws -> Set<LedgerCheck> {
        let ledger = try #require(try Ledger.openReadOnly(path: desk.path))
        return Set(try ledger.verify(clock: desk.now).findings.map(\.check))
    }

    @Test func findsNothingWhereNothingIsWrong() throws {
        let desk = try desk()
        let found = try desk.ledger.verify(clock: desk.now)
        #expect(found.findings.isEmpty && found.abandoned == 0)
        #expect(found.counts == ["t": [.sent: 1, .wire: 1, .claimed: 1, .pending: 1]])
    }

    @Test func countsWhatARunThatIsGoneStillHolds() throws {
        let desk = try desk()
        #expect(try desk.ledger.verify(clock: desk.now + .seconds(300)).abandoned == 2)
    }

    @Test(arguments: [
        ("UPDATE delivery SET owner = NULL, lease_until = NULL WHERE state = 'claimed'", LedgerCheck.holders),
        ("UPDATE delivery SET settled_at = NULL WHERE state = 'sent'", .settled),
        ("UPDATE delivery SET reason = 'late' WHERE state = 'sent'", .reasons),
        ("UPDATE delivery SET told_revision = NULL, told_order = NULL WHERE state = 'sent'", .told),
        ("UPDATE delivery SET state = 'lost' WHERE state = 'sent'", .settled),
    ])
    func findsWhatTheConstraintsForbid(sql: String, check: LedgerCheck) throws {
        let desk = try desk()
        try damage(desk, sql)
        #expect(try checks(desk).contains(check))
    }

    @Test func findsThatTheFileItselfIsDamaged() throws {
        let desk = try desk()
        desk.ledger.close()
        let page = try desk.raw { db in
            try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_by_person'")
        }
        let file = try #require(FileHandle(forUpdatingAtPath: desk.path))
        try file.seek(toOffset: UInt64(try #require(page) - 1) * 4096)
        try file.write(contentsOf: Data(repeating: 0xA5, count: 64))
        try file.close()
        // Some damage already shows when the file is opened, depending on SQLite's version.
        do throws(LedgerError) {
            let ledger = try Ledger.openReadOnly(path: desk.path)
            #expect(try ledger?.verify(clock: desk.now).findings.contains { $0.check == .integrity } == true)
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
        (
            """
            INSERT INTO delivery SELECT replace(key, 'a', 'b'), job, rule, channel, template, event, session, recipient, address, list,
                registration, kind, is_own, due_at, expires_at, enrolled_at, state, reason, owner, lease_until, attempts, not_before,
                told_revision, told_order, wired_at, settled_at, evidence FROM delivery WHERE state = 'pending'
            """, .twice
        ),
    ])
    func findsWhatOnlyOurRulesForbid(sql: String, check: LedgerCheck) throws {
        let desk = try desk()
        try damage(desk, sql)
        #expect(try checks(desk).subtracting([.guards]) == Set([check]).subtracting([.guards]))
        #expect(try checks(desk).contains(.guards), "the triggers that were dropped are missed")
    }

    @Test func findsAnAttemptThatBelongsToNothing() throws {
        let desk = try desk()
        desk.ledger.close()
        var careless = Configuration()
        careless.foreignKeysEnabled = false
        try DatabaseQueue(path: desk.path, configuration: careless).write { db in
            try db.execute(sql: "INSERT INTO attempt (key, at, outcome) VALUES ('none', 1, 'retry')")
        }
        #expect(try checks(desk) == [.references])
    }

    @Test func saysOfEachFindingWhatToDo() {
        for check in LedgerCheck.allCases {
            #expect(check.meaning.count > 20 && check.next.count > 20, "\(check)")
        }
    }
}

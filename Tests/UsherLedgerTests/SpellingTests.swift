import Foundation
import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

/// Ledgers in which two spellings of one address were two people.
@Suite("spellings of addresses")
struct SpellingTests {
    private static func earlier(_ text: String) -> String { Digest.hex(of: ["person", text]) }

    /// A ledger as an earlier version left it: Jana was told under one spelling, and suppressed under another.
    private func ledger(_ folder: TemporaryFolder) throws -> String {
        let path = folder.path("old.sqlite")
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "complete listings")
        try queue.write { db in
            for (number, address) in ["Jana@example.com", "max@example.com"].enumerated() {
                try db.execute(
                    sql: """
                        INSERT INTO delivery (key, job, rule, channel, template, event, session, recipient, address, list,
                            registration, kind, is_own, due_at, expires_at, enrolled_at, state, reason, attempts, not_before,
                            told_revision, told_order, finished_at)
                        VALUES (:key, 'job', 'registered/attendees/mail', 'mail', 'invite', 'e', 's', :recipient, :address, 'e',
                            'r', 'registered', 0, 1, 9, 1, 'skipped', 'adopted', 0, 1, 0, :order, 1)
                        """,
                    arguments: [
                        "key": String(repeating: "\(number)", count: 64), "recipient": Self.earlier(address),
                        "address": address, "order": number + 1,
                    ])
            }
            try db.execute(sql: "UPDATE counter SET value = 2 WHERE name = 'told'")
            for address in ["JANA@example.com", "Max@example.com", "max@example.com"] {
                try db.execute(
                    sql: "INSERT INTO suppression (recipient, address, reason, at) VALUES (?, ?, 'asked', 1)",
                    arguments: [Self.earlier(address), address])
            }
        }
        try queue.close()
        return path
    }

    @Test func areOnePersonAfterTheMigration() async throws {
        let folder = try TemporaryFolder()
        let ledger = try await SQLiteLedger.open(path: try ledger(folder), host: "test")
        let jana = Recipient.person(try Address("jana@example.com")).id.rawValue
        let (deliveries, keys, suppressed, spellings) = try await ledger.access { db in
            (
                try String.fetchAll(db, sql: "SELECT recipient FROM delivery ORDER BY key"),
                try String.fetchAll(db, sql: "SELECT key FROM delivery ORDER BY key"),
                try String.fetchSet(db, sql: "SELECT recipient FROM suppression"),
                try String.fetchSet(
                    db, sql: "SELECT earlier FROM recipient_spelling WHERE recipient = ?", arguments: [jana])
            )
        }
        #expect(deliveries == [jana, Recipient.person(try Address("max@example.com")).id.rawValue])
        #expect(keys == ["0", "1"].map { String(repeating: $0, count: 64) }, "keys stay as they are")
        #expect(suppressed == Set(deliveries))
        #expect(spellings == [Self.earlier("Jana@example.com"), Self.earlier("JANA@example.com")])
        await ledger.close()
    }

    @Test func whatADeliveryIsStillNeverChanges() async throws {
        let folder = try TemporaryFolder()
        let ledger = try await SQLiteLedger.open(path: try ledger(folder), host: "test")
        for change in ["recipient = 'x'", "rule = 'x'", "key = replace(key, '0', 'a')", "kind = 'changed'"] {
            await #expect(throws: (any Error).self) {
                try await ledger.access { db in
                    try db.execute(sql: "UPDATE delivery SET \(change) WHERE address LIKE 'Jana%'")
                }
            }
        }
        await ledger.close()
    }
}

import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("the schema itself refuses what must not be")
struct TransitionTests {
    private static let allowed: Set<String> = [
        "pending claimed", "pending skipped", "claimed pending", "claimed wire", "claimed failed", "claimed skipped",
        "wire sent",
        "wire failed", "wire in_doubt", "wire pending", "in_doubt sent", "in_doubt pending", "in_doubt failed",
        "failed pending",
    ]

    struct Change: CustomTestStringConvertible, Sendable {
        let from: DeliveryState
        let to: DeliveryState
        var testDescription: String { "\(from.rawValue) → \(to.rawValue)" }
    }

    static let changes = DeliveryState.allCases.flatMap { from in
        DeliveryState.allCases.filter { $0 != from }.map { Change(from: from, to: $0) }
    }

    @Test(arguments: changes)
    func aStateChangesOnlyAsTheTableAllows(_ change: Change) async throws {
        let fixture = try await LedgerFixture(staysSound: false)
        try await fixture.enrol(["ada"])
        try fixture.raw { db in
            for step in Self.way(to: change.from) { try db.execute(sql: Self.set(step)) }
            let isAllowed = Self.allowed.contains("\(change.from.rawValue) \(change.to.rawValue)")
            if isAllowed {
                try db.execute(sql: Self.set(change.to))
            } else {
                let error = #expect(throws: DatabaseError.self) { try db.execute(sql: Self.set(change.to)) }
                #expect(error?.message == "a delivery may not change its state like this")
            }
        }
    }

    /// The states on the way from `pending` to a state.
    private static func way(to state: DeliveryState) -> [DeliveryState] {
        switch state {
        case .pending: []
        case .claimed: [.claimed]
        case .wire: [.claimed, .wire]
        case .sent: [.claimed, .wire, .sent]
        case .failed: [.claimed, .failed]
        case .skipped: [.skipped]
        case .inDoubt: [.claimed, .wire, .inDoubt]
        }
    }

    /// An update that satisfies every CHECK, so that only the trigger can refuse it.
    private static func set(_ state: DeliveryState) -> String {
        let isHeld = state == .claimed || state == .wire
        let tells = [.wire, .sent, .inDoubt].contains(state)
        return """
            UPDATE delivery SET state = '\(state.rawValue)', owner = \(isHeld ? "'x'" : "NULL"),
                lease_until = \(isHeld ? "9" : "NULL"), reason = \(state == .skipped ? "'expired'" : "NULL"),
                finished_at = \(state.isFinal ? "9" : "NULL"), told_revision = \(tells ? "0" : "NULL"),
                told_order = \(tells ? "1" : "NULL")
            """
    }

    @Test(arguments: [
        "UPDATE delivery SET key = '\(String(repeating: "0", count: 64))'", "UPDATE delivery SET recipient = 'x'",
        "UPDATE delivery SET rule = 'x'", "DELETE FROM delivery", "UPDATE delivery SET state = 'lost'",
        "UPDATE delivery SET owner = 'x', lease_until = 1", "UPDATE delivery SET finished_at = 1",
        "UPDATE delivery SET reason = 'expired'", "UPDATE delivery SET told_revision = 1, told_order = 1",
        "UPDATE delivery SET due_at = 'soon'", "UPDATE session SET status = 'maybe'",
        "UPDATE session SET missing_runs = 1", "UPDATE session SET revision = -1",
    ])
    func whatADeliveryIsCannotBeTamperedWith(_ sql: String) async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        #expect(throws: DatabaseError.self) { try fixture.raw { db in try db.execute(sql: sql) } }
    }

    @Test(arguments: ["claimed", "wire", "sent", "failed", "in_doubt"])
    func aDeliveryBeginsPendingOrSkipped(_ state: String) async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        #expect(throws: DatabaseError.self) {
            try fixture.raw { db in
                try db.execute(
                    sql: """
                        INSERT INTO delivery SELECT '\(String(repeating: "1", count: 64))', job, rule, channel, template,
                            event, session, recipient, address, list, registration, kind, is_own, due_at, expires_at,
                            enrolled_at, '\(state)', reason, 'x', 9, attempts, not_before, told_revision, told_order,
                            wired_at, finished_at, evidence FROM delivery
                        """)
            }
        }
    }

    @Test func nothingDueIsFoundByIndexWhateverTheLedgersSize() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let plans = try fixture.raw { db in
            try [
                "SELECT key FROM delivery WHERE job = 'a' AND channel = 'b' AND state = 'pending' AND due_at < 9",
                "SELECT DISTINCT owner FROM delivery WHERE job = 'a' AND state IN ('claimed', 'wire')",
                "SELECT key FROM delivery WHERE job = 'a' AND channel = 'b' AND state = 'in_doubt'",
                "SELECT key FROM delivery WHERE job = 'a' AND event = 'b' AND session = 'c' AND recipient IN ('d')",
                "SELECT snapshot FROM session WHERE job = 'a' AND ends_at >= 9",
            ].map { sql in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }.joined(
                    separator: "; ")
            }
        }
        for plan in plans { #expect(plan.contains("USING") && plan.contains("INDEX"), "\(plan)") }
    }
}

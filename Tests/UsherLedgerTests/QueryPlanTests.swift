import GRDB
import Synchronization
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

/// How SQLite carries out every statement of a run, on a ledger with data and without ANALYZE, as they are in the field.
@Suite("query plans")
struct QueryPlanTests {
    /// Tables that do not grow with sessions, people or time.
    private static let small: Set<String> = [
        "setting", "counter", "planning_lease", "bucket", "transition", "roster", "r", "inbox_position",
        // The people of one page, found in their index.
        "page",
        // Values handed to a statement, and rows of a step before.
        "json_each", "CONSTANT", "(subquery-1)", "(subquery-2)", "(subquery-3)", "(subquery-4)",
    ]

    /// What a run may do all the same.
    private struct Exception {
        /// A part of the statement.
        let statement: String
        /// A part of the line of its plan.
        let plan: String
        let reason: String
    }

    private static let exceptions = [
        Exception(
            statement: "UPDATE delivery SET lease_until", plan: "SCAN delivery USING INDEX delivery_held",
            reason: "the partial index holds only what is claimed or on the wire now"),
        Exception(
            statement: "GROUP BY d.refused", plan: "USE TEMP B-TREE FOR GROUP BY",
            reason: "groups what waits by a handful of reasons, once a run"),
        Exception(
            statement: "AS is_told", plan: "USE TEMP B-TREE FOR GROUP BY",
            reason: "groups what one page of people was told of one event"),
        Exception(
            statement: "json_each(r.attendee", plan: "SCAN c VIRTUAL TABLE",
            reason: "goes through the sessions that one registration names"),
        Exception(
            statement: "ORDER BY g.recipient", plan: "USE TEMP B-TREE FOR",
            reason: "sorts the registrations of one page of people"),
        Exception(
            statement: "INDEXED BY delivery_of_recipient", plan: "USE TEMP B-TREE FOR ORDER BY",
            reason: "sorts what one recipient was told of one session"),
        Exception(statement: "FROM secret", plan: "SCAN secret", reason: "reads the few secrets"),
        Exception(
            statement: "GROUP BY recipient, job", plan: "USE TEMP B-TREE FOR GROUP BY",
            reason: "sorts the deliveries of one person, whom a token names"),
    ]

    @Test func ofARunNeitherScanNorSortATableThatGrows() async throws {
        let fixture = try await LedgerFixture()
        let seen = Mutex<[String]>([])
        try await fixture.ledger.access { db in
            db.trace { event in
                guard case .statement(let statement) = event else { return }
                seen.withLock { $0.append(statement.sql) }
            }
        }
        try await plan(fixture)
        try await deliver(fixture)
        try await publishAndReadTheInbox(fixture)
        let statements = Set(seen.withLock { $0 }).filter { sql in
            ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
        }
        #expect(statements.count > 50, "only \(statements.count) statements were seen")
        let explained = try await fixture.ledger.access { db in
            try statements.sorted().map { sql in
                let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                // A plan does not depend on the values.
                statement.setUncheckedArguments([])
                return (sql, try Row.fetchAll(statement).map { $0["detail"] as String })
            }
        }
        for (sql, lines) in explained {
            for line in lines where Self.isRefused(line, sql) { Issue.record("\(line)\n\(sql)") }
        }
        for exception in Self.exceptions {
            let isUsed = explained.contains { sql, lines in
                sql.contains(exception.statement) && lines.contains { $0.contains(exception.plan) }
            }
            #expect(isUsed, "no statement needs this exception any more: \(exception.reason)")
        }
    }

    private static func isRefused(_ line: String, _ sql: String) -> Bool {
        let words = line.split(separator: " ")
        let isScan = words.first == "SCAN" && words.count > 1 && !small.contains(String(words[1]))
        guard isScan || line.hasPrefix("USE TEMP B-TREE") else { return false }
        return !exceptions.contains { sql.contains($0.statement) && line.contains($0.plan) }
    }

    // MARK: A run

    private func plan(_ fixture: LedgerFixture) async throws {
        let ledger = fixture.ledger
        let session = try fixture.session()
        let run = try await ledger.beginRun(job: "t", owner: Owner(rawValue: "me"), now: fixture.now)
        _ = try await ledger.acquirePlanningLease(
            job: "t", owner: Owner(rawValue: "me"), until: fixture.now + .seconds(300), clock: fixture.now
        ) { _ in true }
        _ = try await ledger.recover(job: "t", clock: fixture.now, now: fixture.now) { _ in true }
        _ = try await ledger.sessions(job: "t", endingAfter: fixture.now)
        try await fixture.record([fixture.memory(session)])
        _ = try await ledger.session(job: "t", session.key)
        _ = try await ledger.scan(job: "t", session: session.key)
        try await fixture.enrol((0..<20).map { "p\($0)" })
        let page = try await ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 9)
        let attendance = try await ledger.beginAttendance(of: session.key, under: fixture.lease)
        try await ledger.observe(
            attendance, [AttendanceRecord(registration: RegistrationID(rawValue: "r-p0"), address: nil, seconds: 60)])
        try await ledger.completeAttendance(attendance)
        _ = try await ledger.attended(job: "t", session: session.key, page)
        _ = try await ledger.seriesMemory(
            job: "t", besides: session.key, rules: [RuleID(rawValue: "r")], recipients: page.map(\.recipient.id))
        let proposal = try await fixture.propose(
            [try fixture.delivery("p1", session: session, moment: .announced)],
            superseding: [(try fixture.delivery("p0", session: session).key, .superseded)])
        _ = try await ledger.memory(
            job: "t", session: session.key, recipients: page.map(\.recipient.id), in: proposal)
        _ = try await ledger.summary(of: proposal)
        try await ledger.enrol(proposal, now: fixture.now)
        try await ledger.discard(proposal)
        try await ledger.recordScans(
            [
                session.key: ScanMemory(
                    rules: "", attendeesTag: nil, revision: 0, at: fixture.now, nextDueAt: nil)
            ], under: fixture.lease)
        try await ledger.endRun(run, outcome: "done", now: fixture.now)
    }

    private func deliver(_ fixture: LedgerFixture) async throws {
        let ledger = fixture.ledger
        _ = try await ledger.hasDue(job: "t", channel: fixture.mail, now: fixture.now)
        for _ in 1...2 {
            _ = try await ledger.spend(
                9, of: Budget(9, per: .seconds(60)), job: "t", channel: fixture.mail, owner: Owner(rawValue: "me"),
                clock: fixture.now)
        }
        try await ledger.giveBack(1, job: "t", channel: fixture.mail)
        try await ledger.recordTrouble(
            job: "t", channel: fixture.mail, Refusal(.channel, "421"), notBefore: fixture.now, now: fixture.now)
        let key = DedupeKey(["refused"])
        _ = try await ledger.countRefusal(
            RefusalKind(Line(cleaning: "550"), of: .channel(fixture.mail)), of: key, limit: 1, job: "t",
            channel: fixture.mail, now: fixture.now)
        _ = try await ledger.hasRefusals(job: "t", channel: fixture.mail)
        _ = try await ledger.trouble(job: "t", channel: fixture.mail)
        try await ledger.endTrouble(job: "t", channel: fixture.mail)
        _ = try await ledger.backlog(
            job: "t", channel: fixture.mail, owner: Owner(rawValue: "me"), now: fixture.now)
        _ = try await ledger.lastRunAt(job: "t")
        _ = try await ledger.expiring(job: "t", channel: fixture.mail, after: fixture.now, until: fixture.now)
        let claims = try await fixture.claim(12)
        try await ledger.renewLeases(owner: Owner(rawValue: "me"), until: fixture.now + .seconds(300))
        let wired = try await fixture.wire(Array(claims.prefix(6)))
        let refusal = Refusal(.delivery, "no")
        _ = try await ledger.finish(
            [
                .sent(wired[0], Evidence("ok")), .inDoubt(wired[1], Evidence("silence")),
                .failedOnWire(wired[2], refusal), .retryOnWire(wired[3], refusal, notBefore: fixture.now),
                .failed(claims[6], refusal), .retry(claims[7], refusal, notBefore: fixture.now),
                .released(claims[8]),
            ], wiring: [claims[9]], now: fixture.now, clock: fixture.now)
        _ = try await ledger.wire([claims[8]], clock: fixture.now)
        _ = try await ledger.recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        let doubts = try await ledger.doubts(job: "t", channel: fixture.mail, limit: 9)
        _ = try await ledger.resolveDoubt(try #require(doubts.first).key, as: .notDelivered, now: fixture.now)
        // What the next revision tells people who were told the first.
        var session = try fixture.session()
        session.subject = Line(cleaning: "Chairs")
        try await fixture.record([fixture.memory(session, revision: 1)])
        try await fixture.enrol([
            try fixture.delivery(
                String(wired[0].claim.recipient.label.prefix { $0 != "@" }), session: session,
                moment: .changed(revision: 1))
        ])
        #expect(try await fixture.claim().contains { $0.previous != nil || $0.firstTold != nil })
        try await ledger.release(fixture.lease)
    }

    private func publishAndReadTheInbox(_ fixture: LedgerFixture) async throws {
        let ledger = fixture.ledger
        _ = try await ledger.seatHolders(job: "t", after: nil, limit: 9)
        _ = try await ledger.sessionKeys(job: "t")
        try await ledger.remember(.unsure, job: "t", location: "x", now: fixture.now)
        _ = try await ledger.publication(job: "t", location: "x")
        try await ledger.remember(nil, job: "t", location: "x", now: fixture.now)
        _ = try await ledger.inboxPosition(job: "t", mailbox: "box")
        let key = try fixture.delivery("p1", session: try fixture.session()).key
        _ = try await ledger.file(
            [
                .report(
                    mail: String(key.hex.prefix(40)), addresses: [try fixture.address("p1")], outcome: .gone,
                    evidence: Evidence("5.1.1")),
                .unsubscribe(try fixture.address("p2"), .proven),
                .unsubscribeByToken(
                    try await ledger.secrets().token(of: Recipient.person(try fixture.address("p2")).id, job: "t")),
                .reply(
                    try fixture.session().key, attendee: try fixture.address("p3"), .proven, .accepted, sequence: 0,
                    stamp: fixture.now),
            ], at: InboxPosition(validity: 1, lastUID: 1), job: "t", mailbox: "box", now: fixture.now)
    }
}

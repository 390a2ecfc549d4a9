import Testing
import UsherLedger
import UsherModel

@Suite("claim, wire, settle")
struct ClaimTests {
    @Test func whatIsDueIsClaimedWiredAndSentOnce() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob"])
        let claims = try desk.claim()
        #expect(claims.map(\.recipient.label).sorted() == ["ada@example.com", "bob@example.com"])
        #expect(
            claims.allSatisfy { $0.attempt == 1 && $0.attendee != nil && $0.previous == nil && $0.firstTold == nil })
        let wired = try desk.wire(claims)
        try desk.ledger.settle(wired.map { .sent($0, Evidence("250 ok")) }, now: desk.now)
        #expect(try desk.states() == ["sent": 2])
        #expect(try desk.claim().isEmpty)
    }

    @Test func enrollingTheSamePlanTwiceAddsNothing() throws {
        let desk = try LedgerDesk()
        let session = try desk.enrol(["ada"])
        try desk.ledger.beginPlan(job: "t")
        try desk.ledger.propose([try desk.delivery("ada", session: session)], superseding: [], job: "t")
        #expect(try desk.ledger.enrol(now: desk.now) == 0)
        #expect(try desk.states() == ["pending": 1])
    }

    @Test func twoRunsClaimDisjointly() async throws {
        let desk = try LedgerDesk()
        try desk.enrol((0..<60).map { "p\($0)" })
        let other = try desk.another()
        let keys = try await withThrowingTaskGroup(of: [DedupeKey].self) { group in
            for (name, ledger) in [("one", desk.ledger), ("two", other)] {
                group.addTask {
                    var keys: [DedupeKey] = []
                    while case let claims = try desk.claim(7, by: name, from: ledger), !claims.isEmpty {
                        keys += claims.map(\.key)
                    }
                    return keys
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(keys.count == 60)
        #expect(Set(keys).count == 60)
    }

    @Test func aClaimThatAnotherRunTookOverCannotBeWired() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        let claims = try desk.claim(by: "slow")
        _ = try desk.ledger.recover(job: "t", clock: desk.now, now: desk.now) { _ in false }
        let again = try desk.claim(by: "fast")
        #expect(again.count == 1)
        let results = try desk.ledger.wire(claims, clock: desk.now)
        #expect(
            results.map(code) == [.leaseLost])
        #expect(try desk.wire(again).count == 1)
    }

    @Test func aClaimOfARevisedSessionCannotBeWiredAndComesBackWithTheNewFacts() throws {
        let desk = try LedgerDesk()
        var session = try desk.enrol(["ada"])
        let claims = try desk.claim()
        session.subject = Line(cleaning: "Chairs")
        try desk.ledger.record(job: "t", sessions: [desk.memory(session, revision: 1)], now: desk.now)
        let results = try desk.ledger.wire(claims, clock: desk.now)
        #expect(
            results.map(code) == [.staleClaim])
        try desk.ledger.settle(claims.map { .released($0) }, now: desk.now)
        let again = try desk.claim()
        #expect(again.first?.session.revision == 1)
        #expect(again.first?.session.session.subject.text == "Chairs")
        #expect(again.first?.attempt == 1)
    }

    @Test func whatIsPastItsExpiryIsSkippedAndCounted() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"], expires: 60)
        let batch = try desk.ledger.claim(
            job: "t", channel: desk.mail, limit: 9, owner: Owner(rawValue: "me"), until: desk.now + .seconds(300),
            now: desk.now + .seconds(60))
        #expect(batch.claims.isEmpty)
        #expect(batch.expired == 1)
        #expect(try desk.states() == ["skipped": 1])
    }

    @Test(arguments: [SessionStatus.canceled, .draft])
    func nothingIsClaimedOfASessionThatIsNotOn(_ status: SessionStatus) throws {
        let desk = try LedgerDesk()
        var session = try desk.enrol(["ada"])
        session.status = status
        try desk.ledger.record(job: "t", sessions: [desk.memory(session, revision: 1)], now: desk.now)
        #expect(try desk.claim().isEmpty)
        #expect(try desk.states() == ["pending": 1])
    }

    @Test func aRetryWaitsForItsTimeAndCountsItsAttempts() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        let claims = try desk.claim()
        let later = desk.now + .seconds(120)
        try desk.ledger.settle(
            claims.map { .retry($0, Refusal(.delivery, "451 later"), notBefore: later) }, now: desk.now)
        #expect(try desk.claim().isEmpty)
        #expect(try desk.claim(at: later).first?.attempt == 2)
        let shown = try desk.ledger.show(prefix: String(claims[0].key.hex.prefix(10)))
        #expect(shown.first?.attempts.map(\.outcome) == ["retry"])
        #expect(shown.first?.attempts.first?.text == "451 later")
    }

    @Test func whatARecipientWasToldIsRememberedAndComesWithTheNextClaim() throws {
        let desk = try LedgerDesk()
        var session = try desk.enrol(["ada"])
        let first = try desk.claim()
        try desk.ledger.settle(try desk.wire(first).map { .sent($0, Evidence("ok")) }, now: desk.now)
        session.subject = Line(cleaning: "Chairs")
        try desk.ledger.record(job: "t", sessions: [desk.memory(session, revision: 1)], now: desk.now)
        try desk.ledger.beginPlan(job: "t")
        try desk.ledger.propose(
            [try desk.delivery("ada", session: session, moment: .changed(revision: 1))], superseding: [], job: "t")
        try desk.ledger.enrol(now: desk.now)
        let second = try #require(try desk.claim().first)
        #expect(second.previous?.subject.text == "Seats")
        #expect(second.firstTold == first.first?.key)
        let person = Recipient.person(try desk.address("ada"))
        let remembered = try desk.ledger.memory(job: "t", session: session.key, recipients: [person.id])[person.id]
        #expect(remembered?.compactMap(\.toldRevision) == [0])
    }

    @Test func whatWasRefusedForGoodIsFailedAndToldNothing() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob"])
        let claims = try desk.claim()
        let wired = try desk.wire([claims[0]])
        try desk.ledger.settle(
            [
                .failedOnWire(wired[0], Refusal(.delivery, "554 no")),
                .failed(claims[1], Refusal(.delivery, "550 unknown")),
            ],
            now: desk.now)
        #expect(try desk.states() == ["failed": 2])
        let people = try ["ada", "bob"].map { Recipient.person(try desk.address($0)).id }
        let memory = try desk.ledger.memory(job: "t", session: try desk.session().key, recipients: people)
        #expect(memory.values.flatMap { $0 }.allSatisfy { $0.toldRevision == nil })
        try desk.ledger.retry(claims[0].key, now: desk.now)
        #expect(try desk.claim().count == 1)
        #expect(throws: LedgerError.self) { try desk.ledger.retry(claims[0].key, now: desk.now) }
    }
}

/// Why there is no mark; nil where there is one.
private func code(_ result: Result<Wired, LedgerError>) -> LedgerError.Code? {
    switch result {
    case .success: nil
    case .failure(let error): error.code
    }
}

import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("claim, wire, settle")
struct ClaimTests {
    @Test func whatIsDueIsClaimedWiredAndSentOnce() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob"])
        let claims = try await fixture.claim()
        #expect(claims.map(\.recipient.label).sorted() == ["ada@example.com", "bob@example.com"])
        #expect(
            claims.allSatisfy { $0.attempt == 1 && $0.attendee != nil && $0.previous == nil && $0.firstTold == nil })
        let wired = try await fixture.wire(claims)
        try await fixture.ledger.finish(wired.map { .sent($0, Evidence("250 ok")) }, now: fixture.now)
        #expect(try await fixture.states() == ["sent": 2])
        #expect(try await fixture.claim().isEmpty)
    }

    @Test func enrollingTheSamePlanTwiceAddsNothing() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada"])
        #expect(try await fixture.enrol([try fixture.delivery("ada", session: session)]) == 0)
        #expect(try await fixture.states() == ["pending": 1])
    }

    @Test func twoRunsClaimDisjointly() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol((0..<60).map { "p\($0)" })
        let other = try await fixture.another()
        let keys = try await withThrowingTaskGroup(of: [DedupeKey].self) { group in
            for (name, ledger) in [("one", fixture.ledger), ("two", other)] {
                group.addTask {
                    var keys: [DedupeKey] = []
                    while case let claims = try await fixture.claim(7, by: name, from: ledger), !claims.isEmpty {
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

    @Test func aClaimThatAnotherRunTookOverCannotBeWired() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let claims = try await fixture.claim(by: "slow")
        _ = try await fixture.ledger.recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        let again = try await fixture.claim(by: "fast")
        #expect(again.count == 1)
        let results = try await fixture.ledger.wire(claims, clock: fixture.now)
        #expect(
            results.map(code) == [.leaseLost])
        #expect(try await fixture.wire(again).count == 1)
    }

    @Test func aClaimOfARevisedSessionCannotBeWiredAndComesBackWithTheNewFacts() async throws {
        let fixture = try await LedgerFixture()
        var session = try await fixture.enrol(["ada"])
        let claims = try await fixture.claim()
        session.subject = Line(cleaning: "Chairs")
        try await fixture.record([fixture.memory(session, revision: 1)])
        let results = try await fixture.ledger.wire(claims, clock: fixture.now)
        #expect(
            results.map(code) == [.outdated])
        try await fixture.ledger.finish(claims.map { .released($0) }, now: fixture.now)
        let again = try await fixture.claim()
        #expect(again.first?.session.revision == 1)
        #expect(again.first?.session.session.subject.text == "Chairs")
        #expect(again.first?.attempt == 1)
    }

    @Test func whatIsPastItsExpiryIsSkippedAndCounted() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"], expires: 60)
        let batch = try await fixture.ledger.claim(
            job: "t", channel: fixture.mail, limit: 9, owner: Owner(rawValue: "me"), until: fixture.now + .seconds(300),
            now: fixture.now + .seconds(60))
        #expect(batch.claims.isEmpty)
        #expect(batch.expired == 1)
        #expect(try await fixture.states() == ["skipped": 1])
    }

    @Test(arguments: [(SessionStatus.canceled, "skipped"), (.draft, "pending")])
    func nothingIsClaimedOfASessionThatIsNotOn(_ status: SessionStatus, _ state: String) async throws {
        let fixture = try await LedgerFixture()
        var session = try await fixture.enrol(["ada"])
        session.status = status
        try await fixture.record([fixture.memory(session, revision: 1)])
        #expect(try await fixture.claim().isEmpty)
        #expect(try await fixture.states() == [state: 1])
    }

    @Test func aRetryWaitsForItsTimeAndCountsItsAttempts() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let claims = try await fixture.claim()
        let later = fixture.now + .seconds(120)
        try await fixture.ledger.finish(
            claims.map { .retry($0, Refusal(.delivery, "451 later"), notBefore: later) }, now: fixture.now)
        #expect(try await fixture.claim().isEmpty)
        #expect(try await fixture.claim(at: later).first?.attempt == 2)
        let shown = try await fixture.ledger.show(prefix: String(claims[0].key.hex.prefix(10)))
        #expect(shown.first?.attempts.map(\.outcome) == ["retry"])
        #expect(shown.first?.attempts.first?.text == "451 later")
    }

    @Test func whatARecipientWasToldIsRememberedAndComesWithTheNextClaim() async throws {
        let fixture = try await LedgerFixture()
        var session = try await fixture.enrol(["ada"])
        let first = try await fixture.claim()
        try await fixture.ledger.finish(
            try await fixture.wire(first).map { .sent($0, Evidence("ok")) }, now: fixture.now)
        session.subject = Line(cleaning: "Chairs")
        try await fixture.record([fixture.memory(session, revision: 1)])
        try await fixture.enrol([try fixture.delivery("ada", session: session, moment: .changed(revision: 1))])
        let second = try #require(try await fixture.claim().first)
        #expect(second.previous?.subject.text == "Seats")
        #expect(second.firstTold == first.first?.id)
        let person = Recipient.person(try fixture.address("ada"))
        let remembered = try await fixture.ledger.memory(
            job: "t", session: session.key, recipients: [person.id], in: nil)[person.id]
        #expect(remembered?.compactMap(\.toldRevision) == [0])
    }

    @Test func whatWasRefusedForGoodIsFailedAndToldNothing() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob"])
        let claims = try await fixture.claim()
        let wired = try await fixture.wire([claims[0]])
        try await fixture.ledger.finish(
            [
                .failedOnWire(wired[0], Refusal(.delivery, "554 no")),
                .failed(claims[1], Refusal(.delivery, "550 unknown")),
            ],
            now: fixture.now)
        #expect(try await fixture.states() == ["failed": 2])
        let people = try ["ada", "bob"].map { Recipient.person(try fixture.address($0)).id }
        let memory = try await fixture.ledger.memory(
            job: "t", session: try fixture.session().key, recipients: people, in: nil)
        #expect(memory.values.flatMap { $0 }.allSatisfy { $0.toldRevision == nil })
        #expect(try await fixture.ledger.retry([claims[0].key], now: fixture.now) == [.pending])
        #expect(try await fixture.claim().count == 1)
        #expect(try await fixture.ledger.retry([claims[0].key], now: fixture.now) == [.otherwise(.claimed)])
    }
}

/// Why there is no mark; nil where there is one.
private func code(_ result: Result<Wired, LedgerError>) -> LedgerError.Code? {
    switch result {
    case .success: nil
    case .failure(let error): error.code
    }
}

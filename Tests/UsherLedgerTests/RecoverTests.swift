import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("after a crash")
struct RecoverTests {
    @Test func whatWasClaimedWaitsAgainAndWhatWasOnTheWireIsInDoubt() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob", "cem"])
        let claims = try await fixture.claim()
        let wired = try await fixture.wire(Array(claims.prefix(2)))
        try await fixture.ledger.finish([.sent(wired[0], Evidence("ok"))], now: fixture.now)
        let alive = try await fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in true }
        #expect((alive.released, alive.doubtful) == (0, 0))
        let dead = try await fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        #expect((dead.released, dead.doubtful) == (1, 1))
        #expect(try await fixture.states() == ["sent": 1, "pending": 1, "in_doubt": 1])
    }

    @Test func aLeaseThatEndedIsTakenBackEvenIfItsProcessSleeps() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        _ = try await fixture.claim()
        let early = try await fixture.ledger.recover(job: "t", clock: fixture.now + .seconds(299), now: fixture.now) {
            _ in
            true
        }
        let late = try await fixture.ledger.recover(job: "t", clock: fixture.now + .seconds(300), now: fixture.now) {
            _ in
            true
        }
        #expect((early.released, late.released) == (0, 1))
    }

    @Test func aRunThatWakesUpAndKnowsTheTruthEndsTheDoubt() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let wired = try await fixture.wire(try await fixture.claim())
        _ = try await fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        try await fixture.ledger.finish([.sent(wired[0], Evidence("ok"))], now: fixture.now)
        #expect(try await fixture.states() == ["sent": 1])
    }

    @Test(arguments: [
        (DoubtOutcome.delivered(Evidence("found")), "sent"), (.notDelivered, "pending"),
        (.abandoned(Evidence("by hand")), "failed"),
    ])
    func aDoubtEndsOnceAsItWasFound(outcome: DoubtOutcome, state: String) async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        _ = try await fixture.wire(try await fixture.claim())
        _ = try await fixture.ledger.recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        let doubts = try await fixture.ledger.doubts(job: "t", channel: fixture.mail, limit: 10)
        #expect(doubts.map(\.recipient?.label) == ["ada@example.com"])
        #expect(try await fixture.ledger.resolveDoubt(doubts[0].key, as: outcome, now: fixture.now))
        #expect(try await fixture.states() == [state: 1])
        #expect(try await !fixture.ledger.resolveDoubt(doubts[0].key, as: outcome, now: fixture.now), "no longer")
    }
}

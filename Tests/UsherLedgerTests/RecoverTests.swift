import Testing
import UsherLedger
import UsherModel

@Suite("after a crash")
struct RecoverTests {
    @Test func whatWasClaimedWaitsAgainAndWhatWasOnTheWireIsInDoubt() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada", "bob", "cem"])
        let claims = try fixture.claim()
        let wired = try fixture.wire(Array(claims.prefix(2)))
        try fixture.ledger.finish([.sent(wired[0], Evidence("ok"))], now: fixture.now)
        let alive = try fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in true }
        #expect((alive.released, alive.doubtful) == (0, 0))
        let dead = try fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        #expect((dead.released, dead.doubtful) == (1, 1))
        #expect(try fixture.states() == ["sent": 1, "pending": 1, "in_doubt": 1])
    }

    @Test func aLeaseThatEndedIsTakenBackEvenIfItsProcessSleeps() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada"])
        _ = try fixture.claim()
        let early = try fixture.ledger.recover(job: "t", clock: fixture.now + .seconds(299), now: fixture.now) { _ in
            true
        }
        let late = try fixture.ledger.recover(job: "t", clock: fixture.now + .seconds(300), now: fixture.now) { _ in
            true
        }
        #expect((early.released, late.released) == (0, 1))
    }

    @Test func aRunThatWakesUpAndKnowsTheTruthEndsTheDoubt() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada"])
        let wired = try fixture.wire(try fixture.claim())
        _ = try fixture.another().recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        try fixture.ledger.finish([.sent(wired[0], Evidence("ok"))], now: fixture.now)
        #expect(try fixture.states() == ["sent": 1])
    }

    @Test(arguments: [
        (DoubtOutcome.delivered(Evidence("found")), "sent"), (.notDelivered, "pending"),
        (.abandoned(Evidence("by hand")), "failed"),
    ])
    func aDoubtEndsOnceAsItWasFound(outcome: DoubtOutcome, state: String) throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada"])
        _ = try fixture.wire(try fixture.claim())
        _ = try fixture.ledger.recover(job: "t", clock: fixture.now, now: fixture.now) { _ in false }
        let doubts = try fixture.ledger.doubts(job: "t", channel: fixture.mail, limit: 10)
        #expect(doubts.map(\.recipient?.label) == ["ada@example.com"])
        try fixture.ledger.resolveDoubt(doubts[0].key, as: outcome, now: fixture.now)
        #expect(try fixture.states() == [state: 1])
        #expect(throws: LedgerError.self) {
            try fixture.ledger.resolveDoubt(doubts[0].key, as: outcome, now: fixture.now)
        }
    }

    @Test func oneRunOfAJobPlansAtATime() throws {
        let fixture = try LedgerFixture()
        let other = try fixture.another()
        let (one, two) = (Owner(rawValue: "one"), Owner(rawValue: "two"))
        func take(_ ledger: Ledger, _ owner: Owner, at clock: Instant, alive: Bool = true) throws -> PlanningLease {
            try ledger.acquirePlanningLease(job: "t", owner: owner, until: clock + .seconds(300), clock: clock) { _ in
                alive
            }
        }
        #expect(try take(fixture.ledger, one, at: fixture.now) == .taken)
        #expect(try take(other, two, at: fixture.now) == .held(by: one, until: fixture.now + .seconds(300)))
        #expect(try take(other, two, at: fixture.now + .seconds(300)) == .taken, "the lease ended")
        #expect(
            try take(fixture.ledger, one, at: fixture.now + .seconds(301), alive: false) == .taken, "the holder died")
        try fixture.ledger.releasePlanningLease(job: "t", owner: one)
        #expect(try take(other, two, at: fixture.now) == .taken)
    }

    @Test func theBucketIsSharedAndNotRefilledByARestartOrAClockGoingBack() throws {
        let fixture = try LedgerFixture()
        func take(_ wanted: Int, at seconds: Int64) throws -> Int {
            try fixture.another().claimTokens(
                job: "t", channel: fixture.mail, wanted: wanted, perSecond: 2, burst: 10,
                clock: fixture.now + .seconds(seconds)
            ).granted
        }
        #expect(try take(8, at: 0) == 8)
        #expect(try take(8, at: 0) == 2)
        #expect(try take(8, at: 0) == 0)
        #expect(try take(8, at: 3) == 6)
        #expect(try take(8, at: -1000) == 0)
        #expect(try take(8, at: 3) == 0)
        #expect(try take(99, at: 1000) == 10)
    }
}

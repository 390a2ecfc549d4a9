import Testing
import UsherLedger
import UsherModel

@Suite("after a crash")
struct RecoverTests {
    @Test func whatWasClaimedWaitsAgainAndWhatWasOnTheWireIsInDoubt() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob", "cem"])
        let claims = try desk.claim()
        let wired = try desk.wire(Array(claims.prefix(2)))
        try desk.ledger.settle([.sent(wired[0], Evidence("ok"))], now: desk.now)
        let alive = try desk.another().recover(job: "t", clock: desk.now, now: desk.now) { _ in true }
        #expect((alive.released, alive.doubtful) == (0, 0))
        let dead = try desk.another().recover(job: "t", clock: desk.now, now: desk.now) { _ in false }
        #expect((dead.released, dead.doubtful) == (1, 1))
        #expect(try desk.states() == ["sent": 1, "pending": 1, "in_doubt": 1])
    }

    @Test func aLeaseThatEndedIsTakenBackEvenIfItsProcessSleeps() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        _ = try desk.claim()
        let early = try desk.ledger.recover(job: "t", clock: desk.now + .seconds(299), now: desk.now) { _ in true }
        let late = try desk.ledger.recover(job: "t", clock: desk.now + .seconds(300), now: desk.now) { _ in true }
        #expect((early.released, late.released) == (0, 1))
    }

    @Test func aRunThatWakesUpAndKnowsTheTruthEndsTheDoubt() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        let wired = try desk.wire(try desk.claim())
        _ = try desk.another().recover(job: "t", clock: desk.now, now: desk.now) { _ in false }
        try desk.ledger.settle([.sent(wired[0], Evidence("ok"))], now: desk.now)
        #expect(try desk.states() == ["sent": 1])
    }

    @Test(arguments: [
        (DoubtVerdict.delivered(Evidence("found")), "sent"), (.notDelivered, "pending"),
        (.abandoned(Evidence("by hand")), "failed"),
    ])
    func aDoubtEndsOnceAsItWasFound(verdict: DoubtVerdict, state: String) throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        _ = try desk.wire(try desk.claim())
        _ = try desk.ledger.recover(job: "t", clock: desk.now, now: desk.now) { _ in false }
        let doubts = try desk.ledger.doubts(job: "t", channel: desk.mail, limit: 10)
        #expect(doubts.map(\.recipient?.label) == ["ada@example.com"])
        try desk.ledger.settleDoubt(doubts[0].key, as: verdict, now: desk.now)
        #expect(try desk.states() == [state: 1])
        #expect(throws: LedgerError.self) { try desk.ledger.settleDoubt(doubts[0].key, as: verdict, now: desk.now) }
    }

    @Test func oneRunOfAJobPlansAtATime() throws {
        let desk = try LedgerDesk()
        let other = try desk.another()
        let (one, two) = (Owner(rawValue: "one"), Owner(rawValue: "two"))
        func take(_ ledger: Ledger, _ owner: Owner, at clock: Instant, alive: Bool = true) throws -> PlanningLease {
            try ledger.takePlanningLease(job: "t", owner: owner, until: clock + .seconds(300), clock: clock) { _ in
                alive
            }
        }
        #expect(try take(desk.ledger, one, at: desk.now) == .taken)
        #expect(try take(other, two, at: desk.now) == .held(by: one, until: desk.now + .seconds(300)))
        #expect(try take(other, two, at: desk.now + .seconds(300)) == .taken, "the lease ended")
        #expect(try take(desk.ledger, one, at: desk.now + .seconds(301), alive: false) == .taken, "the holder died")
        try desk.ledger.releasePlanningLease(job: "t", owner: one)
        #expect(try take(other, two, at: desk.now) == .taken)
    }

    @Test func theBucketIsSharedAndNotRefilledByARestartOrAClockGoingBack() throws {
        let desk = try LedgerDesk()
        func take(_ wanted: Int, at seconds: Int64) throws -> Int {
            try desk.another().takeTokens(
                job: "t", channel: desk.mail, wanted: wanted, perSecond: 2, burst: 10,
                clock: desk.now + .seconds(seconds)
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

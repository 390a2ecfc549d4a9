internal import Testing
internal import UsherModel

/// Claims, marks, outcomes, doubts, leases and rates.
extension LedgerConformance {
    static let deliveries: [Check] = [
        Check("what is due is claimed, marked and sent once") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            #expect(try await world.ledger.hasDue(job: "job", channel: world.mail, now: world.now))
            #expect(try await !world.ledger.hasDue(job: "job", channel: world.mail, now: world.now - .seconds(1)))
            let claims = try await world.claim()
            #expect(claims.map(\.recipient.label).sorted() == ["ada@example.com", "bob@example.com"])
            #expect(claims.allSatisfy { $0.attempt == 1 && $0.attendee != nil && $0.firstTold == nil })
            #expect(claims.allSatisfy { $0.previous == nil && $0.session.session.key == world.key })
            let wired = try await world.ledger.wire(claims, clock: world.now).map { try $0.get() }
            #expect(try await world.states() == [.wire: 2])
            try await world.ledger.finish(wired.map { .sent($0, Evidence("250 ok")) }, now: world.now)
            #expect(try await world.states() == [.sent: 2])
            #expect(try await world.claim().isEmpty)
        },
        Check("two owners never have the same claim") { (world: World) async throws in
            try await world.invite((0..<60).map { "p\($0)" })
            let other = try await world.site.open()
            let keys = try await withThrowingTaskGroup(of: [DedupeKey].self) { group in
                for (name, ledger) in [("one", world.ledger), ("two", other)] {
                    group.addTask {
                        var keys: [DedupeKey] = []
                        while case let claims = try await world.claim(7, by: Owner(rawValue: name), on: ledger),
                            !claims.isEmpty
                        {
                            keys += claims.map(\.key)
                        }
                        return keys
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(keys.count == 60 && Set(keys).count == 60)
        },
        Check("the oldest are claimed first") { (world: World) async throws in
            try await world.register(["ada", "bob", "cem"])
            try await world.enrol([
                try world.delivery("ada", due: -10), try world.delivery("bob", due: -30),
                try world.delivery("cem", due: -20),
            ])
            #expect(try await world.claim(2).map(\.recipient.label) == ["bob@example.com", "cem@example.com"])
        },
        Check("what has expired is skipped, and counted") { (world: World) async throws in
            try await world.invite(["ada"], expires: 60)
            let batch = try await world.ledger.claim(
                job: "job", channel: world.mail, limit: 9, owner: world.me, until: world.leaseEnd,
                now: world.now + .seconds(60))
            #expect(batch.claims.isEmpty && batch.expired == 1)
            #expect(try await world.remembered("ada").map(\.reason) == [.expired])
        },
        Check("nothing is claimed of a draft or a canceled session, but the cancellation") {
            (world: World) async throws in
            try await world.invite(["ada"])
            for (revision, status) in [(1, SessionStatus.draft), (2, .canceled)] {
                try await world.ledger.record(
                    job: "job", sessions: [try world.memory(revision: revision, status: status)], now: world.now)
                #expect(try await world.claim().isEmpty)
            }
            try await world.enrol([try world.delivery("ada", moment: .sessionCanceled(revision: 2))])
            #expect(try await world.claim().map(\.kind) == [.canceled])
        },
        Check("a claim of a revised session cannot be marked, and comes back with the new facts") {
            (world: World) async throws in
            try await world.invite(["ada"])
            let claims = try await world.claim()
            try await world.ledger.record(
                job: "job", sessions: [try world.memory("Chairs", revision: 1)], now: world.now)
            let results = try await world.ledger.wire(claims, clock: world.now)
            #expect(results.map { code($0) } == [.staleClaim])
            try await world.ledger.finish(claims.map { .released($0) }, now: world.now)
            let again = try await world.claim()
            #expect(again.map(\.session.session.subject.text) == ["Chairs"])
            #expect(again.map(\.attempt) == [1])
        },
        Check("outcomes and marks of one commit go together") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let claims = try await world.claim()
            let first = try await world.ledger.wire([claims[0]], clock: world.now)[0].get()
            let results = try await world.ledger.finish(
                [.sent(first, Evidence("ok"))], wiring: [claims[1]], now: world.now, clock: world.now)
            #expect(try results[0].get().order > first.order)
            #expect(try await world.states() == [.sent: 1, .wire: 1])
        },
        Check("a retry waits for its time, and counts its attempts") { (world: World) async throws in
            try await world.invite(["ada"])
            let refusal = Refusal(.delivery, "451 later")
            try await world.ledger.finish(
                try await world.claim().map { .retry($0, refusal, notBefore: world.now + .seconds(120)) },
                now: world.now)
            #expect(try await world.claim(at: 119).isEmpty)
            let second = try await world.claim(at: 120)
            #expect(second.map(\.attempt) == [2])
            let wired = try await world.ledger.wire(second, clock: world.now).map { try $0.get() }
            try await world.ledger.finish(
                wired.map { .retryOnWire($0, refusal, notBefore: world.now + .seconds(240)) }, now: world.now)
            #expect(try await world.claim(at: 240).map(\.attempt) == [3])
            #expect(try await world.remembered("ada").compactMap(\.toldRevision).isEmpty)
        },
        Check("a refusal for good fails, before and after the mark, and has told nothing") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let claims = try await world.claim()
            let wired = try await world.ledger.wire([claims[0]], clock: world.now)[0].get()
            try await world.ledger.finish(
                [
                    .failedOnWire(wired, Refusal(.delivery, "554 no")),
                    .failed(claims[1], Refusal(.delivery, "550 unknown")),
                ], now: world.now)
            #expect(try await world.states() == [.failed: 2])
            for name in ["ada", "bob"] {
                #expect(try await world.remembered(name).allSatisfy { $0.toldRevision == nil })
            }
            #expect(try await world.claim().isEmpty)
        },
        Check("an outcome is recorded once, by the mark it belongs to") { (world: World) async throws in
            try await world.invite(["ada"])
            let wired = try await world.wire()
            try await world.ledger.finish([.sent(wired[0], Evidence("ok"))], now: world.now)
            try await world.ledger.finish([.failedOnWire(wired[0], Refusal(.delivery, "no"))], now: world.now)
            try await world.ledger.finish([.released(wired[0].claim)], now: world.now)
            #expect(try await world.states() == [.sent: 1])
            #expect(code(try await world.ledger.wire([wired[0].claim], clock: world.now).first) == .leaseLost)
        },
        Check("what a recipient was told is remembered, and comes with the next claim") { (world: World) async throws in
            try await world.invite(["ada"])
            let wired = try await world.wire()
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            try await world.ledger.record(
                job: "job", sessions: [try world.memory("Chairs", revision: 1)], now: world.now)
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            let next = try await world.claim()
            #expect(next.map(\.previous?.subject.text) == ["Seats"])
            #expect(next.map(\.firstTold) == [wired[0].claim.key])
            #expect(try await world.remembered("ada").compactMap(\.toldRevision) == [0])
        },
        Check("marks and outcomes are there after the process has died") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let wired = try await world.wire()
            try await world.ledger.finish([.sent(wired[0], Evidence("ok"))], now: world.now)
            try await world.site.kill(world.ledger)
            #expect(try await world.states(on: try await world.site.open()) == [.sent: 1, .wire: 1])
        },
    ]

    static let recovery: [Check] = [
        Check("a dead run's claims are pending again, and its marks in doubt") { (world: World) async throws in
            try await world.invite(["ada", "bob", "cem"])
            let claims = try await world.claim()
            let wired = try await world.ledger.wire(Array(claims.prefix(2)), clock: world.now).map { try $0.get() }
            try await world.ledger.finish([.sent(wired[0], Evidence("ok"))], now: world.now)
            let other = try await world.site.open()
            let alive = try await other.recover(job: "job", clock: world.now, now: world.now) { _ in true }
            #expect(alive == Recovered(released: 0, doubtful: 0))
            try await world.site.kill(world.ledger)
            let dead = try await other.recover(job: "job", clock: world.now, now: world.now) { $0 != world.me }
            #expect(dead == Recovered(released: 1, doubtful: 1))
            #expect(try await world.states(on: other) == [.sent: 1, .pending: 1, .inDoubt: 1])
        },
        Check("a lease that ended is taken back, unless it was renewed") { (world: World) async throws in
            try await world.invite(["ada"])
            _ = try await world.claim()
            func recover(at seconds: Int64) async throws -> Int {
                let clock = world.now + .seconds(seconds)
                let recovered = try await world.ledger.recover(job: "job", clock: clock, now: world.now) { _ in true }
                return recovered.released
            }
            #expect(try await recover(at: 299) == 0)
            try await world.ledger.renewLeases(owner: world.me, until: world.now + .seconds(600))
            #expect(try await recover(at: 300) == 0)
            #expect(try await recover(at: 600) == 1)
        },
        Check("a claim that another run took over can be neither marked nor finished") { (world: World) async throws in
            try await world.invite(["ada"])
            let slow = try await world.claim(by: Owner(rawValue: "slow"))
            _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
            let fast = try await world.claim(by: Owner(rawValue: "fast"))
            #expect(code(try await world.ledger.wire(slow, clock: world.now).first) == .leaseLost)
            try await world.ledger.finish([.failed(slow[0], Refusal(.delivery, "no"))], now: world.now)
            #expect(code(try await world.ledger.wire(fast, clock: world.now).first) == nil)
        },
        Check("a run that wakes up and knows the outcome ends the doubt") { (world: World) async throws in
            try await world.invite(["ada"])
            let wired = try await world.wire()
            _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
            try await world.ledger.finish([.sent(wired[0], Evidence("ok"))], now: world.now)
            #expect(try await world.states() == [.sent: 1])
        },
        Check("an outcome without a reply is in doubt") { (world: World) async throws in
            try await world.invite(["ada"])
            let wired = try await world.wire()
            try await world.ledger.finish([.inDoubt(wired[0], Evidence("silence"))], now: world.now)
            #expect(try await world.states() == [.inDoubt: 1])
            #expect(try await world.claim().isEmpty)
        },
        Check("a doubt ends once, as it was resolved") { (world: World) async throws in
            let names = ["ada", "bob", "cem"]
            try await world.invite(names)
            _ = try await world.wire()
            _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
            let doubts = try await world.ledger.doubts(job: "job", channel: world.mail, limit: 2)
            let rest = try await world.ledger.doubts(
                job: "job", channel: world.mail, after: doubts.last?.key, limit: 2)
            #expect(doubts.count == 2 && rest.count == 1)
            let all = doubts + rest
            #expect(all.map(\.key) == all.map(\.key).sorted())
            #expect(all.allSatisfy { $0.recipient != nil && $0.wiredAt == world.now })
            let outcomes: [DoubtOutcome] = [
                .delivered(Evidence("found")), .notDelivered, .abandoned(Evidence("by hand")),
            ]
            for (doubt, outcome) in zip(all, outcomes) {
                try await world.ledger.resolveDoubt(doubt.key, as: outcome, now: world.now)
                let code = await world.code {
                    try await world.ledger.resolveDoubt(doubt.key, as: outcome, now: world.now)
                }
                #expect(code == .noSuchDelivery)
            }
            #expect(try await world.states() == [.sent: 1, .pending: 1, .failed: 1])
        },
    ]

    static let rates: [Check] = [
        Check("the bucket is shared, and refilled neither by a restart nor by a clock that goes back") {
            (world: World) async throws in
            func claim(_ wanted: Int, at seconds: Int64) async throws -> Int {
                let ledger = try await world.site.open()
                let tokens = try await ledger.claimTokens(
                    job: "job", channel: world.mail, wanted: wanted, perSecond: 2, burst: 10,
                    clock: world.now + .seconds(seconds))
                try await world.site.kill(ledger)
                return tokens.granted
            }
            #expect(try await claim(8, at: 0) == 8)
            #expect(try await claim(8, at: 0) == 2)
            #expect(try await claim(8, at: 0) == 0)
            #expect(try await claim(8, at: 3) == 6)
            #expect(try await claim(8, at: -1000) == 0)
            #expect(try await claim(8, at: 3) == 0)
            #expect(try await claim(99, at: 1000) == 10)
        },
        Check("an empty bucket says when there is another token") { (world: World) async throws in
            func tokens(_ wanted: Int) async throws -> Tokens {
                try await world.ledger.claimTokens(
                    job: "job", channel: world.mail, wanted: wanted, perSecond: 0.1, burst: 1, clock: world.now)
            }
            #expect(try await tokens(1).granted == 1)
            #expect(try await tokens(1) == Tokens(granted: 0, nextAt: world.now + .seconds(10)))
        },
    ]
}

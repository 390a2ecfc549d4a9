internal import Testing
internal import UsherModel

/// Claims, marks, outcomes, doubts, leases and rates.
extension LedgerConformance {
    static let deliveries: [Check] = [
        Check("what goes to a channel itself is claimed and marked like what goes to a person") {
            (world: World) async throws in
            try await world.record([try world.memory()])
            let rule = Rule(when: .announced, audience: .channel, channel: world.mail, template: "chat")
            let delivery = Delivery(
                key: DedupeKey(["channel"]), rule: rule, session: world.key, recipient: .channel(world.mail), list: nil,
                registration: nil, moment: .announced, dueAt: world.now, expiresAt: world.leaseEnd, outcome: .send)
            try await world.enrol([delivery])
            #expect(try await world.wire().map(\.claim.recipient) == [.channel(world.mail)])
        },
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
        Check("what is of a draft waits, and what is of a canceled session is skipped, but the cancellation") {
            (world: World) async throws in
            try await world.invite(["ada"])
            for (revision, status) in [(1, SessionStatus.draft), (2, .canceled)] {
                #expect(try await world.states() == [.pending: 1])
                try await world.record([try world.memory(revision: revision, status: status)])
                #expect(try await world.claim().isEmpty)
            }
            #expect(try await world.remembered("ada").map(\.reason) == [.canceled])
            try await world.enrol([try world.delivery("ada", moment: .sessionCanceled(revision: 2))])
            #expect(try await world.claim().map(\.kind) == [.canceled])
        },
        Check("whether a delivery is still to be sent is judged by every claim and every mark") {
            (world: World) async throws in
            // What happened since the plan was made, to whom, and why their delivery is skipped.
            let names = ["ada", "bob", "cem", "dan", "eve"]
            func happen() async throws {
                var (bob, dan) = (try world.attendee("bob"), try world.attendee("dan"))
                (bob.status, dan.sessions) = (.canceled, [SessionID(rawValue: "other")])
                let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
                try await world.ledger.observe(
                    reading, [try world.attendee("ada"), bob, dan, try world.attendee("eve")], now: world.now)
                _ = try await world.ledger.completeRoster(reading)
                try await world.ledger.suppress(try world.address("eve"), reason: "asked to", now: world.now)
            }
            func check() async throws {
                let reasons = ["bob": SkipReason.canceled, "cem": .canceled, "dan": .canceled, "eve": .suppressed]
                for (name, reason) in reasons {
                    #expect(try await world.remembered(name).map(\.reason) == [reason], "\(name)")
                }
            }
            try await world.invite(names)
            let early = try await world.claim()
            #expect(early.count == 5)
            try await happen()
            let marks = try await world.ledger.wire(early, clock: world.now)
            #expect(marks.compactMap { code($0) } == [.noLongerDue, .noLongerDue, .noLongerDue, .noLongerDue])
            try await check()
            #expect(try await world.states() == [.wire: 1, .skipped: 4])
        },
        Check("a claim leaves out, and skips, what is no longer to be sent, and fills up with the rest") {
            (world: World) async throws in
            let names = (0..<30).map { "p\($0)" }
            try await world.invite(names)
            let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.observe(
                reading, try names.suffix(5).map { try world.attendee($0) }, now: world.now)
            _ = try await world.ledger.completeRoster(reading)
            #expect(try await world.claim(4).count == 4)
            #expect(try await world.claim(4).count == 1)
            #expect(try await world.states() == [.claimed: 5, .skipped: 25])
        },
        Check("nothing is marked after it expired") { (world: World) async throws in
            try await world.invite(["ada"], expires: 60)
            let claims = try await world.claim(at: 59)
            let marks = try await world.ledger.wire(claims, clock: world.now + .seconds(60))
            #expect(marks.map { code($0) } == [.noLongerDue])
            #expect(try await world.remembered("ada").map(\.reason) == [.expired])
        },
        Check("a change that was undone, and a cancellation that was, are not sent") { (world: World) async throws in
            try await world.invite(["ada"])
            let wired = try await world.wire()
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            try await world.record([try world.memory("Chairs", revision: 1)])
            try await world.enrol([
                try world.delivery("ada", moment: .changed(revision: 1)),
                try world.delivery("ada", moment: .registrationCanceled(RegistrationID(rawValue: "r-ada"))),
            ])
            try await world.record([try world.memory("Seats", revision: 2)])
            #expect(try await world.claim().isEmpty)
            #expect(try await world.remembered("ada").compactMap(\.reason) == [.superseded, .superseded])
        },
        Check("what concerns the whole channel does not count as an attempt, and leaves no time of its own") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let claims = try await world.claim()
            let wired = try await world.ledger.wire([claims[0]], clock: world.now)[0].get()
            let refusal = Refusal(.channel, "421 busy")
            try await world.ledger.finish(
                [.waitingOnWire(wired, refusal), .waiting(claims[1], refusal)], now: world.now)
            let backlog = try await world.ledger.backlog(
                job: "job", channel: world.mail, owner: world.me, now: world.now)
            #expect((backlog.count, backlog.isBeingSent) == (2, false))
            let since = claims.map(\.dueAt).min()
            #expect(backlog.refused.map { "\($0.count) \($0.refusal)" } == ["2 421 busy"])
            #expect(
                backlog.refused.map { $0.since } == [since]
                    && backlog.refused.allSatisfy { $0.refusal.scope == .channel })
            #expect(backlog.firstExpiry == claims[0].expiresAt)
            #expect(try await world.claim().map(\.attempt) == [1, 1])
        },
        Check("what waits in place of a reminder has the reminder's deadline") { (world: World) async throws in
            func enrol(_ name: String, _ kind: Moment, superseding: Bool) async throws {
                let minutes = Offset(.seconds(900), .before, .start)
                let reminder = try world.delivery(
                    name, moment: .offset(minutes, anchor: world.now + .seconds(900)),
                    outcome: superseding ? .skip(.superseded) : .skip(.late), expires: 900)
                try await world.enrol([reminder, try world.delivery(name, moment: kind)])
            }
            func firstExpiry(after seconds: Int64 = 0) async throws -> Instant? {
                let backlog = try await world.ledger.backlog(
                    job: "job", channel: world.mail, owner: world.me, now: world.now + .seconds(seconds))
                return backlog.firstExpiry
            }
            try await world.invite([])
            try await enrol("ada", .registrationCanceled(RegistrationID(rawValue: "r-ada")), superseding: true)
            try await enrol("bob", .changed(revision: 1), superseding: false)
            #expect(try await firstExpiry() == world.now + .seconds(172_800))
            try await enrol("cem", .changed(revision: 1), superseding: true)
            #expect(try await firstExpiry() == world.now + .seconds(900))
            #expect(try await firstExpiry(after: 900) == world.now + .seconds(172_800))
        },
        Check("what has not ended and expires in a while is counted") { (world: World) async throws in
            func expiring(after: Int64 = 0, until: Int64 = 600) async throws -> [Int] {
                let expiring = try await world.ledger.expiring(
                    job: "job", channel: world.mail, after: world.now + .seconds(after),
                    until: world.now + .seconds(until))
                return [expiring.waiting, expiring.doubtful]
            }
            #expect(try await expiring() == [0, 0])
            try await world.invite(["ada", "bob", "cem", "dan", "eve"], expires: 600)
            #expect(try await expiring() == [5, 0])
            let claims = try await world.claim(4)
            let wired = try await world.ledger.wire(Array(claims.prefix(3)), clock: world.now).map { try $0.get() }
            try await world.ledger.finish(
                [.sent(wired[0], Evidence("ok")), .inDoubt(wired[1], Evidence("silence"))], now: world.now)
            #expect(try await expiring() == [2, 2])
            #expect(try await expiring(until: 599) == [0, 0])
            #expect(try await expiring(after: 600, until: 900) == [0, 0])
        },
        Check("a claim of a revised session cannot be marked, and comes back with the new facts") {
            (world: World) async throws in
            try await world.invite(["ada"])
            let claims = try await world.claim()
            try await world.record([try world.memory("Chairs", revision: 1)])
            let results = try await world.ledger.wire(claims, clock: world.now)
            #expect(results.map { code($0) } == [.outdated])
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
            try await world.record([try world.memory("Chairs", revision: 1)])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            let next = try await world.claim()
            #expect(next.map(\.previous?.subject.text) == ["Seats"])
            #expect(next.map(\.firstTold) == [wired[0].claim.id])
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
                #expect(try await world.ledger.resolveDoubt(doubt.key, as: outcome, now: world.now))
                #expect(try await !world.ledger.resolveDoubt(doubt.key, as: outcome, now: world.now), "lost the race")
            }
            #expect(try await world.states() == [.sent: 1, .pending: 1, .failed: 1])
        },
        Check("a doubt knows its subject, unless another delivery to the same recipient had the same at that time") {
            (world: World) async throws in
            let subject = SubjectDigest(of: "Seats")
            func doubt() async throws {
                let claims = try await world.claim()
                let content = RenderedContent(at: world.now, digest: subject.text)
                _ = try await world.ledger.wire(
                    claims.map { MarkRequest($0, content) }, now: world.now, clock: world.now)
                _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
            }
            func subjects() async throws -> [String: SubjectDigest?] {
                let doubts = try await world.ledger.doubts(job: "job", channel: world.mail, limit: 9)
                return Dictionary(doubts.map { ($0.recipient?.label ?? "", $0.subject) }) { first, _ in first }
            }
            try await world.invite(["ada", "bob"])
            try await doubt()
            #expect(try await Array(subjects().values) == [subject, subject])
            try await world.record([try world.memory("Chairs", revision: 1)])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            try await doubt()
            let found = try await subjects()
            #expect(found.count == 2 && found.values.count { $0 == nil } == 1, "\(found)")
        },
        Check("what is sent again under its id carries what it carried, and stays told") {
            (world: World) async throws in
            func doubt(_ claims: [Claim], _ content: RenderedContent) async throws {
                let marks = try await world.ledger.wire(
                    claims.map { MarkRequest($0, content) }, now: world.now, clock: world.now)
                #expect(marks.allSatisfy { code($0) == nil })
                _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
                let doubts = try await world.ledger.doubts(job: "job", channel: world.mail, limit: 9)
                for doubt in doubts {
                    #expect(try await world.ledger.resolveDoubt(doubt.key, as: .repeated, now: world.now))
                }
            }
            try await world.invite(["ada"])
            let content = RenderedContent(at: world.now - .seconds(9), digest: "d")
            try await doubt(try await world.claim(), content)
            #expect(try await world.remembered("ada").map(\.toldRevision) == [0], "it may have arrived")
            // Facts that are newer than what may have arrived go under another id.
            try await world.record([try world.memory("Chairs", revision: 1)])
            let again = try await world.claim()
            #expect(again.map(\.session.session.subject.text) == ["Seats"])
            #expect(again.map(\.session.revision) == [0] && again.map(\.repeated) == [content])
            #expect(again.map(\.firstTold) == [nil] && again.map(\.previous) == [nil], "as the first time")
            try await doubt(again, content)
            // A receiver that refuses the second one may have taken the first.
            let third = try await world.claim()
            let marks = try await world.ledger.wire(
                third.map { MarkRequest($0, content) }, now: world.now, clock: world.now)
            try await world.ledger.finish(
                try marks.map { .failedOnWire(try $0.get(), Refusal(.delivery, "400")) }, now: world.now)
            #expect(try await world.states() == [.failed: 1])
            #expect(try await world.remembered("ada").map(\.toldRevision) == [0])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            #expect(try await world.claim().map(\.previous?.subject.text) == ["Seats"])
        },
        Check("a change that was withdrawn in doubt does not stand for the same change, and is planned anew") {
            (world: World) async throws in
            try await world.invite(["ada"])
            try await world.ledger.finish(try await world.wire().map { .sent($0, Evidence("ok")) }, now: world.now)
            try await world.record([try world.memory("Chairs", revision: 1)])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            try await world.ledger.finish(
                try await world.wire().map { .inDoubt($0, Evidence("silence")) }, now: world.now)
            for doubt in try await world.ledger.doubts(job: "job", channel: world.mail, limit: 9) {
                _ = try await world.ledger.resolveDoubt(doubt.key, as: .repeated, now: world.now)
            }
            try await world.record([try world.memory("Seats", revision: 2)])
            let scan = ScanMemory(rules: "", attendeesTag: nil, revision: 2, at: world.now, nextDueAt: nil)
            try await world.ledger.recordScans([world.key: scan], under: world.lease)
            #expect(try await world.claim().isEmpty)
            #expect(try await world.remembered("ada").compactMap(\.reason) == [.superseded])
            #expect(try await world.ledger.scan(job: "job", session: world.key) == nil)
            try await world.record([try world.memory("Chairs", revision: 3)])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 3))])
            #expect(try await world.claim().map(\.kind) == [.changed])
        },
        Check("what may have arrived stays told when it is skipped in the end") { (world: World) async throws in
            try await world.invite(["ada", "bob"], expires: 600)
            _ = try await world.wire()
            _ = try await world.ledger.recover(job: "job", clock: world.now, now: world.now) { _ in false }
            for doubt in try await world.ledger.doubts(job: "job", channel: world.mail, limit: 9) {
                _ = try await world.ledger.resolveDoubt(doubt.key, as: .repeated, now: world.now)
            }
            try await world.record([try world.memory(revision: 1, status: .canceled)])
            #expect(try await world.claim().isEmpty)
            for name in ["ada", "bob"] {
                #expect(try await world.remembered(name).map(\.reason) == [.canceled])
                #expect(try await world.remembered(name).map(\.toldRevision) == [0])
            }
        },
    ]

    static let rates: [Check] = [
        Check("a budget is shared, and renewed neither by a restart nor by a clock that goes back") {
            (world: World) async throws in
            func spend(_ wanted: Int, at seconds: Int64) async throws -> Int {
                let ledger = try await world.site.open()
                let grant = try await ledger.spend(
                    wanted, of: Budget(10, per: .seconds(60)), job: "job", channel: world.mail, owner: world.me,
                    clock: world.now + .seconds(seconds))
                try await world.site.kill(ledger)
                return grant.granted
            }
            #expect(try await spend(8, at: 0) == 8, "the whole budget can go at once")
            #expect(try await spend(8, at: 30) == 2)
            #expect(try await spend(8, at: 59) == 0)
            #expect(try await spend(9, at: 61) == 8, "what was spent a window ago may be spent again")
            #expect(try await spend(9, at: 0) == 0)
            #expect(try await spend(99, at: 1000) == 10)
        },
        Check("a budget that a wrong clock spent in the future is renewed after one window") {
            (world: World) async throws in
            func spend(_ wanted: Int, at seconds: Int64) async throws -> Int {
                let grant = try await world.ledger.spend(
                    wanted, of: Budget(10, per: .seconds(60)), job: "job", channel: world.mail, owner: world.me,
                    clock: world.now + .seconds(seconds))
                return grant.granted
            }
            #expect(try await spend(6, at: 31_536_000) == 6, "a year ahead")
            #expect(try await spend(99, at: 0) == 4)
            #expect(try await spend(99, at: 61) == 10)
        },
        Check("a spent budget says when more may go, and only one run waits for it") { (world: World) async throws in
            func ask(_ wanted: Int, by owner: String, at seconds: Int64 = 0) async throws -> Grant {
                try await world.ledger.spend(
                    wanted, of: Budget(5, per: .seconds(86_400)), job: "job", channel: world.mail,
                    owner: Owner(rawValue: owner), clock: world.now + .seconds(seconds))
            }
            #expect(try await ask(5, by: "one").granted == 5)
            let second = try await ask(1, by: "one")
            #expect(second.granted == 0 && !second.isAwaited)
            #expect(second.nextAt > world.now + .seconds(86_399) && second.nextAt <= world.now + .seconds(88_000))
            #expect(try await ask(1, by: "two").isAwaited == false, "a wait of a day is none")
            let near = (second.nextAt - world.now).components.seconds - 60
            #expect(try await ask(1, by: "two", at: near).isAwaited == false)
            #expect(try await ask(1, by: "two", at: near + 1).isAwaited == false, "it is the one that waits")
            #expect(try await ask(1, by: "one", at: near + 1).isAwaited, "the other waits")
        },
        Check("what was not used is given back") { (world: World) async throws in
            func spend(_ wanted: Int) async throws -> Int {
                let grant = try await world.ledger.spend(
                    wanted, of: Budget(5, per: .seconds(60)), job: "job", channel: world.mail, owner: world.me,
                    clock: world.now)
                return grant.granted
            }
            #expect(try await spend(5) == 5)
            try await world.ledger.giveBack(3, job: "job", channel: world.mail)
            #expect(try await spend(5) == 3)
            try await world.ledger.giveBack(99, job: "job", channel: world.mail)
            #expect(try await spend(5) == 5)
        },
        Check("a channel's trouble is kept until it ends") { (world: World) async throws in
            func trouble() async throws -> ChannelTrouble? {
                try await world.ledger.trouble(job: "job", channel: world.mail)
            }
            #expect(try await trouble() == nil)
            for (count, seconds) in [(1, Int64(0)), (2, 300)] {
                let now = world.now + .seconds(seconds)
                try await world.ledger.recordTrouble(
                    job: "job", channel: world.mail, Refusal(.sender, "429"), notBefore: now + .seconds(60), now: now)
                #expect(
                    try await trouble()
                        == ChannelTrouble(
                            since: world.now, at: now, count: count, notBefore: now + .seconds(60),
                            refusal: Refusal(.sender, "429")))
            }
            #expect(try await world.ledger.trouble(job: "other", channel: world.mail) == nil)
            try await world.ledger.endTrouble(job: "job", channel: world.mail)
            #expect(try await trouble() == nil)
        },
        Check("refusals of one kind in a row fail no one; a delivery in between begins a new row") {
            (world: World) async throws in
            try await world.invite(["ada", "bob", "cy", "dee"])
            let claims = try await world.claim()
            let kinds = ["550 no", "550 no", "550 never", "550 no"]
            func refuse(_ index: Int, limit: Int = 3) async throws -> Int {
                let refusal = Refusal(.delivery, kinds[index])
                try await world.ledger.finish([.failed(claims[index], refusal)], now: world.now)
                return try await world.ledger.countRefusal(
                    RefusalKind(refusal.reason, of: claims[index].recipient), of: claims[index].key, limit: limit,
                    job: "job", channel: world.mail, now: world.now)
            }
            func hasRefusals() async throws -> Bool {
                try await world.ledger.hasRefusals(job: "job", channel: world.mail)
            }
            #expect(try await hasRefusals() == false)
            for index in 0..<3 { #expect(try await refuse(index) == 0) }
            #expect(try await hasRefusals())
            #expect(try await refuse(3) == 3, "those of the same kind; the other one has failed")
            let again = try await world.claim()
            #expect(again.count == 3 && again.allSatisfy { $0.attempt == 1 && $0.refused == .delivery })
            try await world.ledger.endTrouble(job: "job", channel: world.mail)
            #expect(try await hasRefusals() == false)
        },
        Check("what was refused already is not what a channel is tried with") { (world: World) async throws in
            try await world.invite(["ada", "bob", "cy"])
            let claims = try await world.claim()
            let refusal = Refusal(.sender, "550 no")
            try await world.ledger.finish(
                [.waiting(claims[0], refusal), .released(claims[1]), .released(claims[2])], now: world.now)
            let first = try await world.ledger.claim(
                job: "job", channel: world.mail, limit: 2, order: .untried, owner: world.me,
                until: world.now + .seconds(60),
                now: world.now)
            #expect(Set(first.claims.map(\.key)) == Set(claims.dropFirst().map(\.key)))
        },
    ]
}

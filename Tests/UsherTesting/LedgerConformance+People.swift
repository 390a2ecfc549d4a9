internal import Testing
internal import UsherModel

/// People, the inbox, publications, and what people look at.
extension LedgerConformance {
    static let people: [Check] = [
        Check("a suppressed address gets nothing: what waits is skipped, and candidates say so") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"])
            try await world.ledger.suppress(try world.address("ada"), reason: "bounced", now: world.now)
            #expect(try await world.claim().map(\.recipient.label) == ["bob@example.com"])
            let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
            #expect(page.filter(\.isSuppressed).map(\.recipient.label) == ["ada@example.com"])
            #expect(try await world.ledger.unsuppress(try world.address("ada")))
            #expect(try await !world.ledger.unsuppress(try world.address("ada")))
        },
        Check("suppressions come in pages ordered by address, and keep their first reason in a batch") {
            (world: World) async throws in
            let names = (0..<9).map { "p\($0)" }
            try await world.ledger.suppress(try world.address("p3"), reason: "bounced", now: world.now)
            let addresses = try names.shuffled().map { try world.address($0) }
            #expect(try await world.ledger.suppress(addresses, reason: "imported", now: world.now) == 8)
            #expect(try await world.ledger.suppress(addresses, reason: "imported", now: world.now) == 0)
            var rows: [Suppression] = []
            while case let page = try await world.ledger.suppressions(after: rows.last, limit: 4), !page.isEmpty {
                rows += page
            }
            #expect(rows.map(\.address) == names.map { "\($0)@example.com" })
            #expect(rows.map(\.reason).filter { $0 == "bounced" }.count == 1)
        },
        Check("a person who is forgotten is not sent to again, and stays suppressed without an address") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"])
            try await world.ledger.suppress(try world.address("ada"), reason: "asked to", now: world.now)
            let wired = try await world.wire()
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            let removed = try await world.ledger.forget(try world.address("bob"), now: world.now)
            #expect(removed == Removed(deliveries: 1, registrations: 1))
            _ = try await world.ledger.forget(try world.address("ada"), now: world.now)
            #expect(try await world.enrol([try world.delivery("ada"), try world.delivery("bob")]) == 0)
            #expect(try await world.ledger.list(LedgerFilter()).allSatisfy { $0.recipient == "(forgotten)" })
            var addresses: [String?] = []
            try await world.ledger.eachSuppression { addresses.append($0.address) }
            #expect(addresses == [nil])
        },
        Check("a person who is forgotten is never claimed again, whatever becomes of what was being sent") {
            (world: World) async throws in
            let names = ["ada", "bob", "cem", "dov", "eve"]
            try await world.invite(names)
            let claims = try await world.claim()
            let wired = try await world.ledger.wire(Array(claims[..<2]), clock: world.now).map { try $0.get() }
            let refusal = Refusal(.delivery, "no")
            try await world.ledger.finish(
                wired.map { .inDoubt($0, Evidence("no reply")) } + [.failed(claims[2], refusal)], now: world.now)
            for name in names { _ = try await world.ledger.forget(try world.address(name), now: world.now) }
            // Another attempt, a run that died, a resolution and a retry all lead back to the queue.
            try await world.ledger.finish([.retry(claims[3], refusal, notBefore: world.now)], now: world.now)
            _ = try await world.ledger.recover(
                job: world.job, clock: world.now, now: world.now, isAlive: { _ in false })
            #expect(try await world.ledger.resolveDoubt(claims[0].key, as: .notDelivered, now: world.now))
            #expect(try await world.ledger.resolveDoubt(claims[1].key, as: .repeated, now: world.now))
            #expect(try await world.ledger.retry([claims[2].key], now: world.now) == [.forgotten])
            #expect(try await world.claim().isEmpty)
            let states = try await world.states()
            #expect(states == [.skipped: 4, .failed: 1], "\(states)")
            let reasons = try await world.ledger.list(LedgerFilter()).map(\.reason)
            #expect(reasons.filter { $0 == .suppressed }.count == 4, "\(reasons)")
        },
        Check("a person who is forgotten between claim and mark is not sent to") { (world: World) async throws in
            try await world.invite(["ada"])
            let claims = try await world.claim()
            _ = try await world.ledger.forget(try world.address("ada"), now: world.now)
            let marks = try await world.ledger.wire(claims, clock: world.now)
            #expect(marks.map(LedgerConformance.code) == [.noLongerDue])
            #expect(try await world.states() == [.skipped: 1])
        },
        Check("pruning removes people and sessions that are over, and keeps keys and what waits") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let wired = try await world.ledger.wire([try await world.claim(1)[0]], clock: world.now)[0].get()
            try await world.ledger.finish([.sent(wired, Evidence("ok"))], now: world.now)
            let end = try world.memory().session.end
            #expect(try await world.ledger.prune(before: world.now).deliveries == 0)
            #expect(try await world.ledger.prune(before: end + .seconds(1)).deliveries == 1)
            #expect(try await world.states() == [.sent: 1, .pending: 1])
            #expect(try await world.ledger.session(job: "job", world.key) != nil, "something of it waits")
            let next = try await world.wire()
            try await world.ledger.finish(next.map { .sent($0, Evidence("ok")) }, now: world.now)
            _ = try await world.ledger.prune(before: end + .seconds(1))
            #expect(try await world.ledger.session(job: "job", world.key) == nil)
            #expect(try await world.states() == [.sent: 2])
        },
    ]

    static let inbox: [Check] = [
        Check("a mailbox's position only grows while it is the same mailbox") { (world: World) async throws in
            func file(_ validity: UInt32, _ uid: UInt32) async throws -> InboxPosition? {
                _ = try await world.ledger.file(
                    [], at: InboxPosition(validity: validity, lastUID: uid), job: "job", mailbox: "box", now: world.now)
                return try await world.ledger.inboxPosition(job: "job", mailbox: "box")
            }
            #expect(try await world.ledger.inboxPosition(job: "job", mailbox: "box") == nil)
            #expect(try await file(7, 5) == InboxPosition(validity: 7, lastUID: 5))
            #expect(try await file(7, 3) == InboxPosition(validity: 7, lastUID: 5))
            #expect(try await file(.max, 2) == InboxPosition(validity: .max, lastUID: 2))
            #expect(try await world.ledger.inboxPosition(job: "job", mailbox: "other") == nil)
        },
        Check("facts are believed only of mail that was sent, and filed once") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let wired = try await world.wire()
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            let mail = try #require(try await world.ledger.id(to: world.address("ada"))).short
            func file(_ fact: InboxFact) async throws -> InboxFiling? {
                let position = InboxPosition(validity: 1, lastUID: 1)
                let filings = try await world.ledger.file(
                    [fact], at: position, job: "job", mailbox: "box", now: world.now)
                return filings.first
            }
            func report(_ outcome: ReportOutcome, to name: String) throws -> InboxFact {
                .report(mail: mail, addresses: [try world.address(name)], outcome: outcome, evidence: Evidence("5.1.1"))
            }
            func reply(_ answer: CalendarAnswer, sequence: Int, stamp: Int64) throws -> InboxFact {
                .reply(
                    world.key, attendee: try world.address("bob"), .proven, answer, sequence: sequence,
                    stamp: world.now + .seconds(stamp))
            }
            if case .refused? = try await file(report(.gone, to: "bob")) {} else { Issue.record("not its mail") }
            if case .refused? = try await file(.unsubscribe(try world.address("eve"), .proven)) {
            } else {
                Issue.record("eve")
            }
            #expect(try await file(report(.delayed, to: "ada")) == .noted)
            #expect(try await file(report(.gone, to: "ada")) == .suppressed)
            #expect(try await file(report(.gone, to: "ada")) == .known)
            #expect(try await file(reply(.accepted, sequence: 0, stamp: 9)) == .answered(.accepted))
            #expect(try await file(reply(.declined, sequence: 0, stamp: 8)) == .known)
            #expect(try await file(reply(.declined, sequence: 1, stamp: 0)) == .answered(.declined))
            #expect(try await file(.unsubscribe(try Address("BOB@example.com"), .proven)) == .suppressed)
            let replies = try await world.ledger.replies(job: "job", session: "s1", limit: 9)
            #expect(replies.map(\.answer) == [.declined] && replies.map(\.attendee) == ["bob@example.com"])
        },
        Check("a token unsubscribes its recipient and nobody else, until its secret is revoked") {
            (world: World) async throws in
            try await world.invite(["ada", "bob", "eve"])
            try await world.ledger.finish(try await world.wire().map { .sent($0, Evidence("ok")) }, now: world.now)
            func filing(_ token: UnsubscribeToken) async throws -> InboxFiling? {
                let position = InboxPosition(validity: 1, lastUID: 1)
                let filings = try await world.ledger.file(
                    [.unsubscribeByToken(token)], at: position, job: "job", mailbox: "box", now: world.now)
                return filings.first
            }
            func suppressed() async throws -> [String?] {
                try await world.ledger.suppressions(after: nil, limit: 9).map(\.address)
            }
            let first = try await world.ledger.secrets()
            let (ada, bob) = (first.token(of: try world.person("ada"), job: "job"), try world.person("bob"))
            let another = try #require(UnsubscribeToken("\(bob.rawValue.prefix(12))\(ada.text.dropFirst(12))"))
            if case .refused? = try await filing(another) {} else { Issue.record("a token that was put together") }
            if case .refused? = try await filing(first.token(of: bob, job: "other")) {} else { Issue.record("job") }
            #expect(try await suppressed().isEmpty)
            #expect(try await filing(ada) == .suppressed)
            #expect(try await filing(ada) == .known)
            #expect(try await suppressed() == ["ada@example.com"])

            let old = first.token(of: bob, job: "job")
            try await world.ledger.rotateSecret(revoking: false)
            #expect(try await world.ledger.secrets().token(of: bob, job: "job") != old)
            #expect(try await filing(old) == .suppressed)
            let eve = try world.person("eve")
            let revoked = try await world.ledger.secrets().token(of: eve, job: "job")
            try await world.ledger.rotateSecret(revoking: true)
            if case .refused? = try await filing(revoked) {} else { Issue.record("a token that was revoked") }
            #expect(try await filing(try await world.ledger.secrets().token(of: eve, job: "job")) == .suppressed)
        },
        Check("an id stays what it was, and cannot be computed from what a delivery is") {
            (world: World) async throws in
            try await world.invite(["ada"])
            let key = try world.delivery("ada").key
            let claim = try #require(try await world.claim().first)
            #expect(claim.key == key && claim.id != DeliveryID(key))
            #expect(claim.id.hex.hasPrefix(key.hex.prefix(DeliveryID.keyDigits)))
            try await world.ledger.finish(
                [.retry(claim, Refusal(.channel, "later"), notBefore: world.now)], now: world.now)
            try await world.ledger.rotateSecret(revoking: false)
            let again = try #require(try await world.claim().first)
            #expect(again.id == claim.id)
            #expect(try await world.ledger.id(to: world.address("ada")) == claim.id)
            #expect(try await world.ledger.show(prefix: claim.id.short).map(\.row.key) == [key])
        },
        Check("what nobody proves changes nothing, and a report counts once") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let wired = try await world.wire()
            func filing(_ fact: InboxFact) async throws -> InboxFiling? {
                let position = InboxPosition(validity: 1, lastUID: 1)
                let filings = try await world.ledger.file(
                    [fact], at: position, job: "job", mailbox: "box", now: world.now)
                return filings.first
            }
            let ada = try world.address("ada")
            func report(_ mail: String, _ words: String = "5.1.1") -> InboxFact {
                .report(mail: mail, addresses: [ada], outcome: .gone, evidence: Evidence(words))
            }
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            for fact in [
                .unsubscribe(ada, .unproven), report(String(try world.delivery("ada").key.hex.prefix(40))),
                .reply(world.key, attendee: ada, .unproven, .declined, sequence: 0, stamp: world.now),
            ] as [InboxFact] {
                if case .refused? = try await filing(fact) {} else { Issue.record("\(fact)") }
            }
            #expect(try await world.ledger.suppressions(after: nil, limit: 9).isEmpty)
            #expect(try await world.ledger.replies(job: "job", session: nil, limit: 9).isEmpty)
            let id = try #require(try await world.ledger.id(to: ada))
            #expect(try await filing(report(id.short)) == .suppressed)
            #expect(try await world.ledger.unsuppress(ada))
            #expect(try await filing(report(id.short)) == .known)
            #expect(try await filing(report(id.short, "5.1.2 other words")) == .known)
            #expect(try await world.ledger.suppressions(after: nil, limit: 9).isEmpty)
        },
    ]

    static let publications: [Check] = [
        Check("what was published is remembered per job and location, replaced and forgotten") {
            (world: World) async throws in
            let url = "https://example.com/feed.ics?key=secret"
            let digest = String(repeating: "a", count: 64)
            for mark in [PublishedMark(entityTag: "\"1\"", digest: digest), .unsure, nil] {
                try await world.ledger.remember(mark, job: "job", location: url, now: world.now)
                #expect(try await world.ledger.publication(job: "job", location: url) == mark)
                #expect(try await world.ledger.publication(job: "other", location: url) == nil)
            }
        }
    ]

    static let history: [Check] = [
        Check("a run is recorded with its outcome, and the status tells it") { (world: World) async throws in
            let run = try await world.ledger.beginRun(job: "job", owner: world.me, now: world.now)
            var status = try #require(try await world.ledger.status(now: world.now).first)
            #expect(status.lastRun == .init(at: world.now, outcome: nil, lastOutcome: nil))
            try await world.ledger.endRun(run, outcome: "done", now: world.now)
            try await world.invite(["ada"])
            status = try #require(try await world.ledger.status(now: world.now).first)
            #expect(status.lastRun?.outcome == "done" && status.counts == [.pending: 1])
            #expect(status.nextDueAt == world.now)
        },
        Check("a problem is known from the run that reported it until a complete run does not find it") {
            (world: World) async throws in
            func remember(_ problems: [String], _ forgets: Bool, _ seconds: Int64) async throws -> [String] {
                try await world.ledger.rememberProblems(
                    problems, of: "job", forgetsOthers: forgets, now: world.now + .seconds(seconds)
                ).map(\.identity)
            }
            func reported(_ job: String = "job") async throws -> [String] {
                try await world.ledger.reportedProblems(of: job).map(\.identity)
            }
            #expect(try await remember(["b", "a"], true, 0) == [])
            #expect(try await remember(["a", "b", "c", "c"], true, 60) == ["a", "b"])
            #expect(try await remember([], false, 120) == [])
            #expect(try await remember(["a"], false, 180) == ["a"])
            #expect(try await reported() == ["a", "b", "c"])
            #expect(try await remember(["c"], true, 240) == ["c"])
            #expect(try await reported() == ["c"])
            let problem = try #require(try await world.ledger.reportedProblems(of: "job").first)
            #expect(
                problem.firstSeenAt == world.now + .seconds(60) && problem.lastSeenAt == world.now + .seconds(240))
            #expect(try await remember([], true, 300) == [])
            #expect(try await reported() == [])
            #expect(try await reported("other") == [])
        },
        Check("deliveries are listed by state, session and address, and shown by the beginning of their keys") {
            world in
            try await world.invite(["ada", "bob"])
            let refusal = Refusal(.delivery, "550 unknown")
            let claims = try await world.claim(1)
            try await world.ledger.finish([.failed(claims[0], refusal)], now: world.now)
            var filter = LedgerFilter()
            filter.state = .failed
            #expect(try await world.ledger.list(filter).map(\.key) == [claims[0].key])
            filter.state = nil
            filter.address = try world.address("bob")
            #expect(try await world.ledger.list(filter).map(\.recipient) == ["bob@example.com"])
            (filter.address, filter.session) = (nil, "s2")
            #expect(try await world.ledger.list(filter).isEmpty)
            (filter.session, filter.limit) = ("s1", 1)
            #expect(try await world.ledger.list(filter).count == 1)
            (filter.limit, filter.since) = (.max, world.now)
            #expect(try await world.ledger.list(filter).count == 2)
            filter.since = world.now + .seconds(1)
            #expect(try await world.ledger.list(filter).isEmpty)
            let shown = try await world.ledger.show(prefix: String(claims[0].key.hex.prefix(12)))
            #expect(shown.map(\.row.evidence) == ["550 unknown"])
            #expect(shown.flatMap(\.attempts).map(\.outcome) == ["failed"])
        },
        Check("a failed delivery goes again when a person says so, and no other does") { (world: World) async throws in
            try await world.invite(["ada"])
            let claims = try await world.claim()
            let keys = [claims[0].key, DedupeKey(["none"])]
            #expect(try await world.ledger.retry(keys, now: world.now) == [.otherwise(.claimed), .missing])
            try await world.ledger.finish([.failed(claims[0], Refusal(.delivery, "no"))], now: world.now)
            #expect(try await world.ledger.resend(keys, now: world.now) == [.otherwise(.failed), .missing])
            #expect(try await world.ledger.retry(keys, now: world.now) == [.pending, .missing])
            #expect(try await world.claim().map(\.attempt) == [1])
        },
        Check("what a person wants to be sent again is not sent where it has expired, and stays as it is") {
            (world: World) async throws in
            try await world.invite(["ada", "bob"], expires: 60)
            let claims = try await world.claim()
            let wired = try await world.ledger.wire([claims[0]], clock: world.now)[0].get()
            try await world.ledger.finish(
                [.inDoubt(wired, Evidence("no reply")), .failed(claims[1], Refusal(.delivery, "no"))], now: world.now)
            let late = world.now + .seconds(60)
            #expect(try await world.ledger.resend([claims[0].key], now: late) == [.expired])
            #expect(try await world.ledger.retry([claims[1].key], now: late) == [.expired])
            #expect(try await world.states() == [.inDoubt: 1, .failed: 1])
            let early = world.now + .seconds(59)
            #expect(try await world.ledger.resend([claims[0].key], now: early) == [.pending])
            #expect(try await world.ledger.retry([claims[1].key], now: early) == [.pending])
            #expect(try await world.states() == [.pending: 2])
        },
        Check("what was told under another key since is not sent again because a person says so") {
            (world: World) async throws in
            let registration = RegistrationID(rawValue: "r-ada")
            try await world.invite(["ada"])
            let first = try #require(try await world.claim().first)
            try await world.ledger.finish([.failed(first, Refusal(.delivery, "no"))], now: world.now)
            let again = Delivery(
                key: DedupeKey(["again"]),
                rule: Rule(when: .registered, audience: .attendees, channel: world.mail, template: "invite"),
                session: world.key,
                recipient: .person(try world.address("ada")), list: world.list, registration: registration,
                moment: .registered(registration), dueAt: world.now, expiresAt: world.leaseEnd, outcome: .send)
            try await world.enrol([again])
            let told = Reopening.told(under: again.key)
            #expect(try await world.ledger.retry([first.key], now: world.now) == [told], "it waits")
            let wired = try await world.wire()
            try await world.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: world.now)
            #expect(try await world.ledger.retry([first.key], now: world.now) == [told])
        },
        Check("a ledger that was used is sound, and says what dead runs still hold") { (world: World) async throws in
            try await world.invite(["ada", "bob", "cem"])
            let claims = try await world.claim(2)
            _ = try await world.ledger.wire([claims[0]], clock: world.now)
            let verification = try await world.ledger.verify(clock: world.now + .seconds(300))
            #expect(verification.problems.isEmpty && verification.abandoned == 2)
            #expect(verification.counts == ["job": [.wire: 1, .claimed: 1, .pending: 1]])
        },
        Check("a closed ledger throws, and can be closed again") { (world: World) async throws in
            await world.ledger.close()
            await world.ledger.close()
            #expect(await world.code { _ = try await world.ledger.status(now: world.now) } != nil)
        },
    ]
}

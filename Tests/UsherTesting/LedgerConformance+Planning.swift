internal import Testing
internal import UsherModel

/// Sessions, rosters, attendance and proposals.
extension LedgerConformance {
    static let sessions: [Check] = [
        Check("a session is stored, and found by job, key and end") { (world: World) async throws in
            let memory = try world.memory()
            try await world.record([memory])
            #expect(try await world.ledger.session(job: "job", world.key) == memory)
            #expect(try await world.ledger.session(job: "other", world.key) == nil)
            #expect(try await world.ledger.sessionKeys(job: "job") == [world.key])
            let end = memory.session.end
            #expect(try await world.ledger.sessions(job: "job", endingAfter: end) == [world.key: memory])
            #expect(try await world.ledger.sessions(job: "job", endingAfter: end + .seconds(1)).isEmpty)
        },
        Check("the revisions with the facts of the present one are found, and no others") {
            (world: World) async throws in
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key).isEmpty)
            for (revision, subject) in ["Seats", "Chairs", "Seats", "Tables", "Seats"].enumerated() {
                let memory = try world.memory(subject, revision: revision)
                try await world.record([memory])
                let expected: [Set<Int>] = [[], [], [0], [], [0, 2]]
                #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key) == expected[revision])
            }
            let off = try world.memory("Seats", revision: 5, status: .canceled)
            try await world.record([off])
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key).isEmpty)
            #expect(try await world.ledger.revisionsLikePresent(job: "other", world.key).isEmpty)
        },
        Check("people are found by their registrations, listed or not") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let list = RosterID(world.key.event)
            let all = try await world.ledger.candidates(job: "job", list: list, after: nil, limit: 10)
            let people = all.flatMap(\.registrations).map(\.attendee)
            let ids = people.map(\.registration) + [RegistrationID(rawValue: "nobody")]
            let found = try await world.ledger.registrations(job: "job", list: list, ids)
            #expect(
                people.count == 2 && found == Dictionary(uniqueKeysWithValues: people.map { ($0.registration, $0) }))
            #expect(try await world.ledger.registrations(job: "other", list: list, ids).isEmpty)
        },
        Check("what a session was before is kept, the oldest first") { (world: World) async throws in
            for (revision, subject) in ["Seats", "Chairs", "Tables"].enumerated() {
                try await world.record([try world.memory(subject, revision: revision)])
            }
            let earlier = try await world.ledger.earlier(job: "job", world.key)
            #expect(earlier.map(\.subject.text) == ["Seats", "Chairs"])
            #expect(try await world.ledger.earlier(job: "other", world.key).isEmpty)
        },
        Check("a link that is missing for a while makes no other facts") { (world: World) async throws in
            var memory = try world.memory("Seats", revision: 0)
            let link = memory.session.joinURL
            try await world.record([memory])
            (memory.revision, memory.session.joinURL) = (1, nil)
            try await world.record([memory])
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key) == [0])
            (memory.revision, memory.session.joinURL) = (2, link)
            try await world.record([memory])
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key) == [0, 1])
            (memory.revision, memory.session.joinURL) = (3, try JoinURL("https://teams.microsoft.com/l/other"))
            try await world.record([memory])
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key).isEmpty)
            (memory.revision, memory.session.joinURL) = (4, nil)
            try await world.record([memory])
            #expect(try await world.ledger.revisionsLikePresent(job: "job", world.key) == [3])
        },
        Check("what a session has apart from its facts is stored, too") { (world: World) async throws in
            var memory = try world.memory()
            try await world.record([memory])
            (memory.isHeld, memory.changedAt) = (true, world.now + .seconds(60))
            memory.session.originalStart = world.now
            try await world.record([memory])
            #expect(try await world.ledger.session(job: "job", world.key) == memory)
        },
        Check("nothing of a session that is held is claimed") { (world: World) async throws in
            try await world.invite(["ada"])
            for isHeld in [true, false] {
                var memory = try world.memory()
                memory.isHeld = isHeld
                try await world.record([memory])
                #expect(try await world.ledger.hasDue(job: "job", channel: world.mail, now: world.now) != isHeld)
                #expect(try await world.claim().count == (isHeld ? 0 : 1))
            }
        },
        Check("what was told of other sessions of an event is found, by rule and registration") {
            (world: World) async throws in
            try await world.invite(["ada", "bob", "eve"])
            let (rule, people) = (
                try world.delivery("ada").rule, try ["ada", "bob", "eve"].map { try world.person($0) }
            )
            let other = SessionKey(event: world.event, session: SessionID(rawValue: "s2"))
            func told(_ rules: [RuleID], besides key: SessionKey) async throws -> [RecipientID: [SeriesMemory]] {
                try await world.ledger.seriesMemory(job: "job", besides: key, rules: rules, recipients: people)
            }
            let waiting = try await told([rule], besides: other)
            #expect(waiting.count == 3 && waiting.values.allSatisfy { $0.count == 1 && $0[0].isOpen && !$0[0].isTold })
            _ = try await world.wire()
            let memories = try await told([rule], besides: other)
            #expect(
                memories[people[0]] == [
                    SeriesMemory(
                        rule: rule, registration: RegistrationID(rawValue: "r-ada"), isTold: true, isOpen: true,
                        isFailed: false)
                ])
            #expect(try await told([rule], besides: world.key).isEmpty)
            #expect(try await told([RuleID(rawValue: "another")], besides: other).isEmpty)
        },
        Check("what is enrolled as known has told the present revision, each in its own place") {
            (world: World) async throws in
            try await world.register(["ada", "bob", "eve"])
            let known = try ["ada", "bob"].map { try world.delivery($0, outcome: .skip(.adopted)) }
            #expect(try await world.enrol(known + [try world.delivery("eve")]) == 3)
            #expect(try await world.states() == [.skipped: 2, .pending: 1])
            _ = try await world.wire()
            var orders: Set<Int64> = []
            for name in ["ada", "bob", "eve"] {
                let row = try #require(try await world.remembered(name).first)
                #expect(row.toldRevision == 0)
                orders.insert(row.toldOrder)
            }
            #expect(orders.count == 3)
            #expect(try await world.ledger.verify(clock: world.now).problems.isEmpty)
        },
        Check("a session is gone through again when what was skipped may be due") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            func remember() async throws {
                let scan = ScanMemory(rules: "rules", attendeesTag: "tag", revision: 0, at: world.now, nextDueAt: nil)
                try await world.ledger.recordScans([world.key: scan], under: world.lease)
            }
            func isRemembered() async throws -> Bool {
                try await world.ledger.scan(job: "job", session: world.key) != nil
            }
            try await remember()
            try await world.ledger.suppress(try world.address("bob"), reason: "test", now: world.now)
            #expect(try await isRemembered())
            _ = try await world.ledger.unsuppress(try world.address("bob"))
            #expect(try await !isRemembered(), "the suppression was lifted")
            // A reminder that the invitation superseded, and that is of use for an hour.
            let reminder = try world.delivery(
                "ada", moment: .offset(Offset(.seconds(3600), .before, .start), anchor: world.now),
                outcome: .skip(.superseded), expires: 3600)
            try await world.enrol([reminder])
            try await remember()
            var claim = try #require(try await world.claim().first)
            let refusal = Refusal(.delivery, "no")
            try await world.ledger.finish(
                [.retry(claim, refusal, notBefore: world.now + .seconds(60))], now: world.now)
            #expect(try await isRemembered(), "it can still go in time")
            claim = try #require(try await world.claim(at: 60).first)
            try await world.ledger.finish(
                [.retry(claim, refusal, notBefore: world.now + .seconds(3600))], now: world.now + .seconds(60))
            #expect(try await !isRemembered(), "it was put off for too long")
            try await remember()
            claim = try #require(try await world.claim(at: 3600).first)
            try await world.ledger.finish([.failed(claim, refusal)], now: world.now + .seconds(3000))
            #expect(try await !isRemembered(), "it failed")
        },
        Check("a scan is remembered, with and without a tag") { (world: World) async throws in
            for tag in [nil, "tag"] {
                let scan = ScanMemory(
                    rules: "rules", attendeesTag: tag, revision: 1, at: world.now, nextDueAt: tag.map { _ in world.now }
                )
                try await world.ledger.recordScans([world.key: scan], under: world.lease)
                #expect(try await world.ledger.scan(job: "job", session: world.key) == scan)
            }
            #expect(try await world.ledger.scan(job: "other", session: world.key) == nil)
        },
        Check("what was stored is there after the process has died") { (world: World) async throws in
            let memory = try world.memory()
            try await world.record([memory])
            try await world.site.kill(world.ledger)
            #expect(try await world.site.open().session(job: "job", world.key) == memory)
        },
    ]

    static let rosters: [Check] = [
        Check(
            "a registration that a list has twice is reported if its data differ, and what is stored can be looked up"
        ) {
            (world: World) async throws in
            let ada = try world.attendee("ada")
            let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
            #expect(try await world.ledger.registrations(job: "job", list: world.list, [ada.registration]) == [:])
            #expect(try await world.ledger.observe(reading, [ada, ada], now: world.now) == [])
            #expect(try await world.ledger.observe(reading, [ada], now: world.now) == [])
            var other = ada
            other.firstName = Line(cleaning: "Other")
            #expect(try await world.ledger.observe(reading, [other], now: world.now) == [other])
            #expect(
                try await world.ledger.registrations(job: "job", list: world.list, [ada.registration]) == [
                    ada.registration: ada
                ])
            try await world.ledger.completeRoster(reading)
            let next = try await world.ledger.beginRoster(world.list, under: world.lease)
            #expect(try await world.ledger.observe(next, [other], now: world.now) == [])
            #expect(
                try await world.ledger.registrations(job: "job", list: world.list, [ada.registration]) == [
                    ada.registration: other
                ])
        },
        Check("everyone on a list comes once, in pages ordered by id") { (world: World) async throws in
            let names = (0..<25).map { "p\($0)" }
            try await world.register(names)
            var seen: [RecipientID] = []
            while case let page = try await world.ledger.candidates(
                job: "job", list: world.list, after: seen.last, limit: 10), !page.isEmpty
            {
                #expect(page.count <= 10)
                seen += page.map(\.recipient.id)
            }
            #expect(seen == (try names.map { try world.person($0) }.sorted()))
            #expect(
                try await world.ledger.candidates(job: "job", list: RosterID(rawValue: "csv:x"), after: nil, limit: 9)
                    .isEmpty)
        },
        Check("registrations under one address are one recipient, oldest first") { (world: World) async throws in
            let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.observe(reading, [try world.attendee("ada", id: "z")], now: world.now)
            try await world.ledger.observe(
                reading, [try world.attendee("ada", id: "a")], now: world.now + .seconds(60))
            try await world.ledger.completeRoster(reading)
            let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
            #expect(page.map { $0.registrations.map(\.attendee.registration.rawValue) } == [["z", "a"]])
        },
        Check("an id that comes twice in one reading is reported, and the first one counts") {
            (world: World) async throws in
            let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
            let (ada, bob) = (try world.attendee("ada", id: "r"), try world.attendee("bob", id: "r"))
            #expect(try await world.ledger.observe(reading, [ada], now: world.now).isEmpty)
            #expect(try await world.ledger.observe(reading, [bob], now: world.now) == [bob])
            try await world.ledger.completeRoster(reading)
            let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
            #expect(page.map(\.recipient.label) == ["ada@example.com"])
        },
        Check("only a completed reading unlists people, and keeps when they were first seen") {
            (world: World) async throws in
            try await world.register(["ada", "bob"])
            func listed() async throws -> [String] {
                let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
                return page.filter { $0.registrations.allSatisfy(\.isListed) }.map(\.recipient.label).sorted()
            }
            let broken = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.observe(broken, [try world.attendee("ada")], now: world.now)
            #expect(try await listed().count == 2)
            let whole = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.observe(whole, [try world.attendee("bob")], now: world.now + .seconds(60))
            try await world.ledger.completeRoster(whole)
            #expect(try await listed() == ["bob@example.com"])
            let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
            #expect(page.flatMap(\.registrations).allSatisfy { $0.firstSeenAt == world.now })
        },
        Check("a list that too many people are missing from proves nothing") { (world: World) async throws in
            let names = (0..<20).map { "p\($0)" }
            try await world.register(names)
            func read(_ people: [Attendee], _ limit: RosterLimit?) async throws -> RosterCompletion {
                let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
                try await world.ledger.observe(reading, people, now: world.now)
                return try await world.ledger.completeRoster(reading, limit: limit)
            }
            func listed() async throws -> Int {
                try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 99)
                    .count { $0.registrations.contains(where: \.isListed) }
            }
            let limit = RosterLimit(fraction: 0.2)
            let fifteen = try names.prefix(15).map { try world.attendee($0) }
            let first = try await read(fifteen + [world.attendee("new")], limit)
            guard case .doubtful(let doubt) = first else { return #expect(Bool(false), "\(first)") }
            #expect((doubt.missing, doubt.listed, doubt.isEmptied) == (5, 20, false))
            #expect(try await listed() == 20, "no one was taken off, and no one was added")
            #expect(try await read(fifteen, limit) == first, "who is new does not matter")
            guard case .doubtful(let none) = try await read([], limit) else { return #expect(Bool(false)) }
            #expect((none.missing, none.listed, none.isEmptied) == (20, 20, true))
            #expect(none.digest != doubt.digest)
            #expect(try await read(fifteen, RosterLimit(fraction: 0.2, approval: none.digest)) == first)
            // Whoever gave up the seat by a row of their own is not missing.
            var gone = try world.attendee("p19")
            gone.status = .canceled
            #expect(try await read(try names.prefix(16).map { try world.attendee($0) } + [gone], limit) == .complete)
            #expect(try await listed() == 17)
            let approved = RosterLimit(fraction: 0.2, approval: doubt.digest)
            #expect(try await read(try names.map { try world.attendee($0) }, limit) == .complete)
            #expect(try await read(fifteen + [world.attendee("new")], approved) == .approved)
            #expect(try await listed() == 16)
            #expect(try await read([], nil) == .complete, "without a limit")
            #expect(try await listed() == 0)
        },
        Check("people are counted, not their registrations") { (world: World) async throws in
            let names = (0..<20).map { "p\($0)" }
            try await world.register(names)
            let reading = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.observe(
                reading, names.map { try world.attendee($0, id: "other-\($0)") }, now: world.now)
            #expect(try await world.ledger.completeRoster(reading, limit: RosterLimit(fraction: 0)) == .complete)
        },
        Check("seats are held per list, and given up by leaving it") { (world: World) async throws in
            try await world.register(["ada"])
            let other = RosterID(rawValue: "csv:team.csv")
            let reading = try await world.ledger.beginRoster(other, under: world.lease)
            try await world.ledger.observe(
                reading, [try world.attendee("ada"), try world.attendee("bob")], now: world.now)
            try await world.ledger.completeRoster(reading)
            let empty = try await world.ledger.beginRoster(world.list, under: world.lease)
            try await world.ledger.completeRoster(empty)
            let page = try await world.ledger.seatHolders(job: "job", after: nil, limit: 9)
            #expect(page.map(\.id) == [try world.person("ada"), try world.person("bob")].sorted())
            #expect(page.allSatisfy { $0.seats.map(\.list) == [other] })
            #expect(try await world.ledger.seatHolders(job: "job", after: page.last?.id, limit: 9).isEmpty)
        },
    ]

    static let attendance: [Check] = [
        Check("attendance counts once its reading is complete, and adds up") { (world: World) async throws in
            try await world.register(["ada", "bob"])
            let page = try await world.ledger.candidates(job: "job", list: world.list, after: nil, limit: 9)
            func seconds() async throws -> [String: Int?] {
                let attended = try await world.ledger.attended(job: "job", session: world.key, page)
                return Dictionary(uniqueKeysWithValues: attended.map { ($0.recipient.label, $0.attendedSeconds) })
            }
            let reading = try await world.ledger.beginAttendance(of: world.key, under: world.lease)
            try await world.ledger.observe(
                reading,
                [
                    AttendanceRecord(registration: RegistrationID(rawValue: "r-ada"), address: nil, seconds: 60),
                    AttendanceRecord(registration: nil, address: try Address("ADA@example.com"), seconds: 5),
                ])
            #expect(try await seconds() == ["ada@example.com": nil, "bob@example.com": nil])
            try await world.ledger.completeAttendance(reading)
            #expect(try await seconds() == ["ada@example.com": 65, "bob@example.com": 0])
            let next = try await world.ledger.beginAttendance(of: world.key, under: world.lease)
            try await world.ledger.completeAttendance(next)
            #expect(try await seconds() == ["ada@example.com": 0, "bob@example.com": 0])
        }
    ]

    static let proposals: [Check] = [
        Check("two proposals on one ledger do not mix") { (world: World) async throws in
            try await world.register(["ada", "bob"])
            let first = try await world.propose([try world.delivery("ada")])
            let second = try await world.propose([try world.delivery("bob"), try world.delivery("ada")])
            try await world.ledger.propose(
                [], superseding: [(try world.delivery("ada").key, .superseded)], in: second)
            #expect(try await world.ledger.summary(of: first).sends == 1)
            #expect(try await world.ledger.summary(of: second).sends == 1)
            #expect(try await world.remembered("ada", in: first).map(\.state) == [.pending])
            #expect(try await world.remembered("ada", in: second).map(\.reason) == [.superseded])
            #expect(try await world.remembered("bob", in: first).isEmpty)
            #expect(try await world.remembered("ada").isEmpty)
            try await world.ledger.discard(second)
            #expect(try await world.ledger.enrol(first, now: world.now) == 1)
            #expect(try await world.states() == [.pending: 1])
        },
        Check("a proposal that was enrolled or discarded is gone") { (world: World) async throws in
            try await world.register(["ada"])
            let proposal = try await world.propose([try world.delivery("ada")])
            try await world.ledger.discard(proposal)
            #expect(try await world.ledger.enrol(proposal, now: world.now) == 0)
            #expect(try await world.enrol([try world.delivery("ada")]) == 1)
            #expect(try await world.remembered("ada").count == 1)
        },
        Check("enrolling the same plan twice adds nothing") { (world: World) async throws in
            try await world.invite(["ada"])
            #expect(try await world.enrol([try world.delivery("ada")]) == 0)
            #expect(try await world.states() == [.pending: 1])
        },
        Check("of two runs that enrol the same plan one adds it") { (world: World) async throws in
            try await world.register(["ada", "bob"])
            let other = try await world.site.open()
            let theirs = try await other.beginProposal(under: world.lease)
            try await other.propose(
                [try world.delivery("ada"), try world.delivery("bob")], superseding: [], in: theirs)
            let ours = try await world.propose([try world.delivery("ada"), try world.delivery("bob")])
            let counts = [
                try await other.enrol(theirs, now: world.now), try await world.ledger.enrol(ours, now: world.now),
            ]
            #expect(counts == [2, 0])
            #expect(try await world.states() == [.pending: 2])
        },
        Check("a proposal of a process that died leaves nothing") { (world: World) async throws in
            try await world.register(["ada"])
            _ = try await world.propose([try world.delivery("ada")])
            try await world.site.kill(world.ledger)
            let next = try await world.site.open()
            #expect(try await world.states(on: next).isEmpty)
            #expect(try await next.enrol(try await next.beginProposal(under: world.lease), now: world.now) == 0)
        },
        Check("the summary counts sends and skips, and its digest stands for exactly the keys to send") {
            (world: World) async throws in
            try await world.register(["ada", "bob", "cem"])
            let (ada, bob) = (try world.delivery("ada"), try world.delivery("bob"))
            let skipped = try world.delivery("cem", outcome: .skip(.late))
            let one = try await world.ledger.summary(of: try await world.propose([ada, bob]))
            let same = try await world.ledger.summary(of: try await world.propose([bob, ada, skipped]))
            let less = try await world.ledger.summary(of: try await world.propose([ada]))
            #expect((one.sends, same.sends, same.skips) == (2, 2, [.late: 1]))
            #expect(one.digest == same.digest && one.digest != less.digest && one.digest.count == 16)
        },
        Check("rows come in pages, ordered by due time and recipient") { (world: World) async throws in
            let names = (0..<25).map { $0 < 10 ? "p0\($0)" : "p\($0)" }
            try await world.register(names)
            let proposal = try await world.propose(
                try names.enumerated().map { try world.delivery($1, due: $0 == 0 ? 60 : 0) }.shuffled())
            var rows: [PlannedRow] = []
            while case let page = try await world.ledger.rows(of: proposal, from: rows.count, limit: 10), !page.isEmpty
            {
                rows += page
            }
            #expect(rows.map(\.recipient) == (names.dropFirst() + names.prefix(1)).map { "\($0)@example.com" })
            #expect(rows.allSatisfy { $0.subject.text == "Seats" && $0.reason == nil })
            var count = 0
            try await world.ledger.eachRow(of: proposal) { _ in count += 1 }
            #expect(count == 25)
        },
        Check("an adopted plan is told, and never sent") { (world: World) async throws in
            try await world.register(["ada", "bob"])
            let proposal = try await world.propose([
                try world.delivery("ada"), try world.delivery("bob", outcome: .skip(.suppressed)),
            ])
            try await world.ledger.adopt(proposal, now: world.now)
            #expect(try await world.claim().isEmpty)
            #expect(try await world.remembered("ada").map(\.toldRevision) == [0])
            #expect(try await world.remembered("ada").map(\.reason) == [.adopted])
            #expect(try await world.remembered("bob").map(\.reason) == [.suppressed])
            try await world.record([try world.memory("Chairs", revision: 1)])
            try await world.enrol([try world.delivery("ada", moment: .changed(revision: 1))])
            #expect(try await world.wire().count == 1, "marks and adopted deliveries share one order")
        },
        Check("what the planner needs of each delivery is remembered") { (world: World) async throws in
            try await world.invite(["ada"])
            let claim = try #require(try await world.claim().first)
            let later = world.now + .seconds(600)
            try await world.ledger.finish(
                [.retry(claim, Refusal(.delivery, "no"), notBefore: later)], now: world.now)
            let waiting = try #require(try await world.remembered("ada").first)
            #expect(waiting.state == .pending && waiting.notBefore == later && waiting.enrolledAt == world.now)
            #expect(waiting.finishedAt == nil && !waiting.isOwnCancellation && !waiting.isForgotten)
            let own = try world.delivery("ada", moment: .registrationCanceled(RegistrationID(rawValue: "r-ada")))
            try await world.ledger.enrol(
                try await world.propose([own], superseding: [(waiting.key, .superseded)]), now: later)
            let both = try await world.remembered("ada").sorted { $0.enrolledAt < $1.enrolledAt }
            #expect(both.map(\.isOwnCancellation) == [false, true])
            #expect(both.map(\.finishedAt) == [later, nil])
            _ = try await world.ledger.forget(try world.address("ada"), now: later)
            #expect(try await world.remembered("ada").allSatisfy(\.isForgotten))
        },
        Check("superseding skips what waits, and nothing else") { (world: World) async throws in
            try await world.invite(["ada", "bob"])
            let claims = try await world.claim(1)
            let keys = [try world.delivery("ada").key, try world.delivery("bob").key]
            try await world.ledger.enrol(
                try await world.propose([], superseding: keys.map { ($0, .toldByChange) }), now: world.now)
            #expect(try await world.states() == [.claimed: 1, .skipped: 1])
            #expect(claims.count == 1)
        },
        Check("one run of a job plans at a time") { (world: World) async throws in
            let other = try await world.site.open()
            let (one, two) = (Owner(rawValue: "one"), Owner(rawValue: "two"))
            func acquire(
                _ ledger: any Ledger, _ owner: Owner, at clock: Int64, alive: Bool = true
            ) async throws -> PlanningLeaseAnswer {
                try await ledger.acquirePlanningLease(
                    job: "job", owner: owner, until: world.now + .seconds(clock + 300),
                    clock: world.now + .seconds(clock)
                ) { _ in alive }
            }
            try await world.ledger.release(world.lease)
            let first = try await acquire(world.ledger, one, at: 0).lease
            let own = try await acquire(world.ledger, one, at: 1).lease
            #expect(first != nil && own != nil && first != own)
            #expect(try await acquire(other, two, at: 2) == .held(by: one, until: world.now + .seconds(301)))
            let next = try await acquire(other, two, at: 301).lease
            #expect(next != nil, "the lease ended")
            #expect(try await acquire(world.ledger, one, at: 302, alive: false).lease != nil, "the holder died")
            try await other.release(try #require(next))
            #expect(try await acquire(other, two, at: 303).lease == nil, "only the holder releases")
        },
        Check("a lease that ends far ahead was written by a wrong clock, and is void") { (world: World) async throws in
            let (one, two) = (Owner(rawValue: "one"), Owner(rawValue: "two"))
            try await world.ledger.release(world.lease)
            _ = try await world.ledger.planningLease(job: "job", at: world.now + .seconds(31_536_000), owner: one)
            _ = try await world.ledger.planningLease(job: "job", at: world.now, owner: two)
        },
        Check("what rests on a planning lease is refused once another run has it") { (world: World) async throws in
            try await world.register(["ada"])
            let ledger = world.ledger
            let reading = try await ledger.beginRoster(world.list, under: world.lease)
            let attendance = try await ledger.beginAttendance(of: world.key, under: world.lease)
            let proposals = [
                try await world.propose([try world.delivery("ada")]), try await world.propose([]),
            ]
            let scan = ScanMemory(rules: "r", attendeesTag: nil, revision: 0, at: world.now, nextDueAt: nil)
            let newer = try await ledger.planningLease(
                job: "job", at: world.now + .seconds(300), owner: Owner(rawValue: "other"))
            let writes: [() async throws -> Void] = [
                {
                    try await ledger.record(
                        [SessionChange(try world.memory(), over: 0)], under: world.lease, now: world.now)
                },
                { _ = try await ledger.beginRoster(world.list, under: world.lease) },
                { try await ledger.observe(reading, [try world.attendee("bob")], now: world.now) },
                { try await ledger.completeRoster(reading) },
                { _ = try await ledger.beginAttendance(of: world.key, under: world.lease) },
                { try await ledger.observe(attendance, []) },
                { try await ledger.completeAttendance(attendance) },
                { try await ledger.enrol(proposals[0], now: world.now) },
                { try await ledger.adopt(proposals[1], now: world.now) },
                { try await ledger.recordScans([world.key: scan], under: world.lease) },
            ]
            for write in writes { #expect(await world.code(write) == .leaseLost) }
            #expect(try await world.states().isEmpty)
            #expect(try await ledger.scan(job: "job", session: world.key) == nil)
            try await ledger.release(world.lease)
            try await ledger.recordScans([world.key: scan], under: newer)
        },
        Check("a session is stored only over the revision that was read") { (world: World) async throws in
            let now = world.now
            func store(_ revision: Int, over base: Int?) async -> LedgerError.Code? {
                await world.code {
                    try await world.ledger.record(
                        [SessionChange(try world.memory("\(revision)", revision: revision), over: base)],
                        under: world.lease, now: now)
                }
            }
            #expect(await store(0, over: 3) == .outdated)
            #expect(await store(0, over: nil) == nil)
            #expect(await store(0, over: nil) == .outdated)
            #expect(await store(1, over: 0) == nil)
            #expect(await store(1, over: 0) == .outdated)
            #expect(try await world.ledger.session(job: "job", world.key)?.session.subject.text == "1")
        },
    ]
}

extension PlanningLeaseAnswer {
    fileprivate var lease: PlanningLease? {
        if case .acquired(let lease) = self { lease } else { nil }
    }
}

import Testing
import UsherLedger
import UsherModel

@Suite("rosters, proposals, adoption")
struct RosterAndPlanTests {
    @Test func everyoneIsHandedOutOnceInPages() throws {
        let fixture = try LedgerFixture()
        let names = (0..<25).map { "p\($0)" }
        try fixture.enrol(names)
        var seen: [String] = []
        var last: RecipientID?
        while case let page = try fixture.ledger.candidates(job: "t", list: fixture.event, after: last, limit: 10),
            !page.isEmpty
        {
            #expect(page.count <= 10)
            seen += page.map(\.recipient.label)
            last = page.last?.recipient.id
        }
        #expect(seen.sorted() == names.map { "\($0)@example.com" }.sorted())
    }

    @Test func registrationsUnderOneAddressAreOneRecipientOldestFirst() throws {
        let fixture = try LedgerFixture()
        let scan = try fixture.ledger.beginRoster(job: "t", list: fixture.event)
        try fixture.ledger.observe(scan, [try fixture.attendee("ada", id: "z-first")], now: fixture.now)
        try fixture.ledger.observe(scan, [try fixture.attendee("ada", id: "a-second")], now: fixture.now + .seconds(60))
        try fixture.ledger.completeRoster(scan)
        let page = try fixture.ledger.candidates(job: "t", list: fixture.event, after: nil, limit: 10)
        #expect(page.map { $0.registrations.map(\.attendee.registration.rawValue) } == [["z-first", "a-second"]])
        #expect(page[0].registrations.map(\.firstSeenAt) == [fixture.now, fixture.now + .seconds(60)])
    }

    @Test func whoIsMissingFromACompleteListIsUnlistedAndFromABrokenOneIsNot() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada", "bob"])
        func listed() throws -> [String] {
            try fixture.ledger.candidates(job: "t", list: fixture.event, after: nil, limit: 10)
                .filter { $0.registrations.allSatisfy(\.isListed) }.map(\.recipient.label).sorted()
        }
        let broken = try fixture.ledger.beginRoster(job: "t", list: fixture.event)
        try fixture.ledger.observe(broken, [try fixture.attendee("ada")], now: fixture.now)
        #expect(try listed() == ["ada@example.com", "bob@example.com"])
        let whole = try fixture.ledger.beginRoster(job: "t", list: fixture.event)
        try fixture.ledger.observe(whole, [try fixture.attendee("bob")], now: fixture.now + .seconds(60))
        try fixture.ledger.completeRoster(whole)
        #expect(try listed() == ["bob@example.com"])
        let bob = try fixture.ledger.candidates(job: "t", list: fixture.event, after: nil, limit: 10)
            .first { $0.recipient.label == "bob@example.com" }
        #expect(bob?.registrations.first?.firstSeenAt == fixture.now)
    }

    @Test func whatIsProposedIsRememberedAsWaitingAndCanBeSuperseded() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.session()
        try fixture.ledger.record(job: "t", sessions: [fixture.memory(session)], now: fixture.now)
        try fixture.ledger.beginPlan(job: "t")
        let invite = try fixture.delivery("ada", session: session)
        try fixture.ledger.propose([invite], superseding: [], job: "t")
        let ada = Recipient.person(try fixture.address("ada")).id
        #expect(
            try fixture.ledger.memory(job: "t", session: session.key, recipients: [ada])[ada]?.map(\.state) == [
                .pending
            ])
        try fixture.ledger.propose([], superseding: [(invite.key, .superseded)], job: "t")
        let after = try fixture.ledger.memory(job: "t", session: session.key, recipients: [ada])[ada]
        #expect(after?.map(\.reason) == [.superseded])
        let summary = try fixture.ledger.planSummary()
        #expect((summary.sends, summary.skips) == (0, [.superseded: 1]))
        try fixture.ledger.enrol(now: fixture.now)
        #expect(try fixture.states() == ["skipped": 1])
    }

    @Test func theDigestStandsForExactlyTheDeliveriesToBeSent() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.session()
        try fixture.ledger.record(job: "t", sessions: [fixture.memory(session)], now: fixture.now)
        func digest(_ deliveries: [Delivery]) throws -> String {
            try fixture.ledger.beginPlan(job: "t")
            try fixture.ledger.propose(deliveries, superseding: [], job: "t")
            return try fixture.ledger.planSummary().digest
        }
        let (ada, bob) = (try fixture.delivery("ada", session: session), try fixture.delivery("bob", session: session))
        let skipped = try fixture.delivery("cem", session: session, outcome: .skip(.late))
        #expect(try digest([ada, bob]) == digest([bob, ada, skipped]))
        #expect(try digest([ada]) != digest([bob]))
        #expect(try digest([ada]) != digest([ada, bob]))
    }

    @Test func anAdoptedPlanIsToldAndNotSent() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.session()
        try fixture.ledger.record(job: "t", sessions: [fixture.memory(session)], now: fixture.now)
        try fixture.ledger.beginPlan(job: "t")
        try fixture.ledger.propose(
            [
                try fixture.delivery("ada", session: session), try fixture.delivery("bob", session: session),
                try fixture.delivery("cem", session: session, outcome: .skip(.suppressed)),
            ], superseding: [], job: "t")
        try fixture.ledger.enrolAsAdopted(now: fixture.now)
        #expect(try fixture.claim().isEmpty)
        let people = try ["ada", "bob", "cem"].map { Recipient.person(try fixture.address($0)).id }
        let memory = try fixture.ledger.memory(job: "t", session: session.key, recipients: people)
        #expect(people.map { memory[$0]?.first?.toldRevision } == [0, 0, nil])
        #expect(people.map { memory[$0]?.first?.reason } == [.adopted, .adopted, .suppressed])
        try fixture.enrol(["dan"])
        #expect(
            try fixture.wire(try fixture.claim()).count == 1, "orders of adopted and wired deliveries do not collide")
    }

    @Test func suppressedAddressesAreMarkedAndTheirWaitingDeliveriesSkipped() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada", "bob"])
        try fixture.ledger.suppress(try fixture.address("ada"), reason: "bounced", now: fixture.now)
        #expect(try fixture.claim().map(\.recipient.label) == ["bob@example.com"])
        let page = try fixture.ledger.candidates(job: "t", list: fixture.event, after: nil, limit: 10)
        #expect(page.filter(\.isSuppressed).map(\.recipient.label) == ["ada@example.com"])
        #expect(try fixture.ledger.unsuppress(try fixture.address("ada")))
        #expect(try !fixture.ledger.unsuppress(try fixture.address("ada")))
    }
}

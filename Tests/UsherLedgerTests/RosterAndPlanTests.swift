import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("rosters, proposals, adoption")
struct RosterAndPlanTests {
    @Test func everyoneIsHandedOutOnceInPages() async throws {
        let fixture = try await LedgerFixture()
        let names = (0..<25).map { "p\($0)" }
        try await fixture.enrol(names)
        var seen: [String] = []
        var last: RecipientID?
        while case let page = try await fixture.ledger.candidates(job: "t", list: fixture.list, after: last, limit: 10),
            !page.isEmpty
        {
            #expect(page.count <= 10)
            seen += page.map(\.recipient.label)
            last = page.last?.recipient.id
        }
        #expect(seen.sorted() == names.map { "\($0)@example.com" }.sorted())
    }

    @Test func registrationsUnderOneAddressAreOneRecipientOldestFirst() async throws {
        let fixture = try await LedgerFixture()
        let scan = try await fixture.ledger.beginRoster(fixture.list, under: fixture.lease)
        try await fixture.ledger.observe(scan, [try fixture.attendee("ada", id: "z-first")], now: fixture.now)
        try await fixture.ledger.observe(
            scan, [try fixture.attendee("ada", id: "a-second")], now: fixture.now + .seconds(60))
        try await fixture.ledger.completeRoster(scan)
        let page = try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10)
        #expect(page.map { $0.registrations.map(\.attendee.registration.rawValue) } == [["z-first", "a-second"]])
        #expect(page[0].registrations.map(\.firstSeenAt) == [fixture.now, fixture.now + .seconds(60)])
    }

    @Test func whoIsMissingFromACompleteListIsUnlistedAndFromABrokenOneIsNot() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob"])
        func listed() async throws -> [String] {
            try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10)
                .filter { $0.registrations.allSatisfy(\.isListed) }.map(\.recipient.label).sorted()
        }
        let broken = try await fixture.ledger.beginRoster(fixture.list, under: fixture.lease)
        try await fixture.ledger.observe(broken, [try fixture.attendee("ada")], now: fixture.now)
        #expect(try await listed() == ["ada@example.com", "bob@example.com"])
        let whole = try await fixture.ledger.beginRoster(fixture.list, under: fixture.lease)
        try await fixture.ledger.observe(whole, [try fixture.attendee("bob")], now: fixture.now + .seconds(60))
        try await fixture.ledger.completeRoster(whole)
        #expect(try await listed() == ["bob@example.com"])
        let bob = try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10)
            .first { $0.recipient.label == "bob@example.com" }
        #expect(bob?.registrations.first?.firstSeenAt == fixture.now)
    }

    @Test func whatIsProposedIsRememberedAsWaitingAndCanBeSuperseded() async throws {
        let fixture = try await LedgerFixture()
        let session = try fixture.session()
        try await fixture.record([fixture.memory(session)])
        let invite = try fixture.delivery("ada", session: session)
        let proposal = try await fixture.propose([invite])
        let ada = Recipient.person(try fixture.address("ada")).id
        #expect(
            try await fixture.ledger.memory(job: "t", session: session.key, recipients: [ada], in: proposal)[ada]?
                .map(\.state) == [.pending])
        try await fixture.ledger.propose([], superseding: [(invite.key, .superseded)], in: proposal)
        let after = try await fixture.ledger.memory(job: "t", session: session.key, recipients: [ada], in: proposal)[
            ada]
        #expect(after?.map(\.reason) == [.superseded])
        let summary = try await fixture.ledger.summary(of: proposal)
        #expect((summary.sends, summary.skips) == (0, [.superseded: 1]))
        try await fixture.ledger.enrol(proposal, now: fixture.now)
        #expect(try await fixture.states() == ["skipped": 1])
    }

    @Test func theDigestStandsForExactlyTheDeliveriesToBeSent() async throws {
        let fixture = try await LedgerFixture()
        let session = try fixture.session()
        try await fixture.record([fixture.memory(session)])
        func digest(_ deliveries: [Delivery]) async throws -> String {
            try await fixture.ledger.summary(of: try await fixture.propose(deliveries)).digest
        }
        let (ada, bob) = (try fixture.delivery("ada", session: session), try fixture.delivery("bob", session: session))
        let skipped = try fixture.delivery("cem", session: session, outcome: .skip(.late))
        #expect(try await digest([ada, bob]) == digest([bob, ada, skipped]))
        #expect(try await digest([ada]) != digest([bob]))
        #expect(try await digest([ada]) != digest([ada, bob]))
    }

    @Test func whatWaitsCountsAsToldWhenAJobIsAdopted() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada", "bob"])
        let cem = try fixture.delivery("cem", session: session)
        try await fixture.ledger.adopt(try await fixture.propose([cem]), now: fixture.now)
        #expect(try await fixture.states() == ["skipped": 3])
        #expect(try await fixture.claim().isEmpty)
        let orders = try fixture.raw { try Int64.fetchAll($0, sql: "SELECT told_order FROM delivery ORDER BY 1") }
        #expect(orders == [1, 2, 3])
    }

    @Test func anAdoptedPlanIsToldAndNotSent() async throws {
        let fixture = try await LedgerFixture()
        let session = try fixture.session()
        try await fixture.record([fixture.memory(session)])
        let proposal = try await fixture.propose([
            try fixture.delivery("ada", session: session), try fixture.delivery("bob", session: session),
            try fixture.delivery("cem", session: session, outcome: .skip(.suppressed)),
        ])
        try await fixture.ledger.adopt(proposal, now: fixture.now)
        #expect(try await fixture.claim().isEmpty)
        let people = try ["ada", "bob", "cem"].map { Recipient.person(try fixture.address($0)).id }
        let memory = try await fixture.ledger.memory(job: "t", session: session.key, recipients: people, in: nil)
        #expect(people.map { memory[$0]?.first?.toldRevision } == [0, 0, nil])
        #expect(people.map { memory[$0]?.first?.reason } == [.adopted, .adopted, .suppressed])
        try await fixture.enrol(["dan"])
        #expect(
            try await fixture.wire(try await fixture.claim()).count == 1,
            "orders of adopted and wired deliveries do not collide")
    }

    @Test func suppressedAddressesAreMarkedAndTheirWaitingDeliveriesSkipped() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob"])
        try await fixture.ledger.suppress(try fixture.address("ada"), reason: "bounced", now: fixture.now)
        #expect(try await fixture.claim().map(\.recipient.label) == ["bob@example.com"])
        let page = try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10)
        #expect(page.filter(\.isSuppressed).map(\.recipient.label) == ["ada@example.com"])
        #expect(try await fixture.ledger.unsuppress(try fixture.address("ada")))
        #expect(try await !fixture.ledger.unsuppress(try fixture.address("ada")))
    }
}

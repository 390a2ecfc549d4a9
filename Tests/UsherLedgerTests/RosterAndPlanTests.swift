import Testing
import UsherLedger
import UsherModel

@Suite("rosters, proposals, adoption")
struct RosterAndPlanTests {
    @Test func everyoneIsHandedOutOnceInPages() throws {
        let desk = try LedgerDesk()
        let names = (0..<25).map { "p\($0)" }
        try desk.enrol(names)
        var seen: [String] = []
        var last: RecipientID?
        while case let page = try desk.ledger.candidates(job: "t", list: desk.event, after: last, limit: 10),
            !page.isEmpty
        {
            #expect(page.count <= 10)
            seen += page.map(\.recipient.label)
            last = page.last?.recipient.id
        }
        #expect(seen.sorted() == names.map { "\($0)@example.com" }.sorted())
    }

    @Test func registrationsUnderOneAddressAreOneRecipientOldestFirst() throws {
        let desk = try LedgerDesk()
        let scan = try desk.ledger.beginRoster(job: "t", list: desk.event)
        try desk.ledger.observe(scan, [try desk.attendee("ada", id: "z-first")], now: desk.now)
        try desk.ledger.observe(scan, [try desk.attendee("ada", id: "a-second")], now: desk.now + .seconds(60))
        try desk.ledger.completeRoster(scan)
        let page = try desk.ledger.candidates(job: "t", list: desk.event, after: nil, limit: 10)
        #expect(page.map { $0.registrations.map(\.attendee.registration.rawValue) } == [["z-first", "a-second"]])
        #expect(page[0].registrations.map(\.firstSeenAt) == [desk.now, desk.now + .seconds(60)])
    }

    @Test func whoIsMissingFromACompleteListIsUnlistedAndFromABrokenOneIsNot() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob"])
        func listed() throws -> [String] {
            try desk.ledger.candidates(job: "t", list: desk.event, after: nil, limit: 10)
                .filter { $0.registrations.allSatisfy(\.isListed) }.map(\.recipient.label).sorted()
        }
        let broken = try desk.ledger.beginRoster(job: "t", list: desk.event)
        try desk.ledger.observe(broken, [try desk.attendee("ada")], now: desk.now)
        #expect(try listed() == ["ada@example.com", "bob@example.com"])
        let whole = try desk.ledger.beginRoster(job: "t", list: desk.event)
        try desk.ledger.observe(whole, [try desk.attendee("bob")], now: desk.now + .seconds(60))
        try desk.ledger.completeRoster(whole)
        #expect(try listed() == ["bob@example.com"])
        let bob = try desk.ledger.candidates(job: "t", list: desk.event, after: nil, limit: 10)
            .first { $0.recipient.label == "bob@example.com" }
        #expect(bob?.registrations.first?.firstSeenAt == desk.now)
    }

    @Test func whatIsProposedIsRememberedAsWaitingAndCanBeSuperseded() throws {
        let desk = try LedgerDesk()
        let session = try desk.session()
        try desk.ledger.record(job: "t", sessions: [desk.memory(session)], now: desk.now)
        try desk.ledger.beginPlan(job: "t")
        let invite = try desk.delivery("ada", session: session)
        try desk.ledger.propose([invite], superseding: [], job: "t")
        let ada = Recipient.person(try desk.address("ada")).id
        #expect(
            try desk.ledger.memory(job: "t", session: session.key, recipients: [ada])[ada]?.map(\.state) == [.pending])
        try desk.ledger.propose([], superseding: [(invite.key, .superseded)], job: "t")
        let after = try desk.ledger.memory(job: "t", session: session.key, recipients: [ada])[ada]
        #expect(after?.map(\.reason) == [.superseded])
        let summary = try desk.ledger.planSummary()
        #expect((summary.sends, summary.skips) == (0, [.superseded: 1]))
        try desk.ledger.enrol(now: desk.now)
        #expect(try desk.states() == ["skipped": 1])
    }

    @Test func theDigestStandsForExactlyTheDeliveriesToBeSent() throws {
        let desk = try LedgerDesk()
        let session = try desk.session()
        try desk.ledger.record(job: "t", sessions: [desk.memory(session)], now: desk.now)
        func digest(_ deliveries: [Delivery]) throws -> String {
            try desk.ledger.beginPlan(job: "t")
            try desk.ledger.propose(deliveries, superseding: [], job: "t")
            return try desk.ledger.planSummary().digest
        }
        let (ada, bob) = (try desk.delivery("ada", session: session), try desk.delivery("bob", session: session))
        let skipped = try desk.delivery("cem", session: session, verdict: .skip(.late))
        #expect(try digest([ada, bob]) == digest([bob, ada, skipped]))
        #expect(try digest([ada]) != digest([bob]))
        #expect(try digest([ada]) != digest([ada, bob]))
    }

    @Test func anAdoptedPlanIsToldAndNotSent() throws {
        let desk = try LedgerDesk()
        let session = try desk.session()
        try desk.ledger.record(job: "t", sessions: [desk.memory(session)], now: desk.now)
        try desk.ledger.beginPlan(job: "t")
        try desk.ledger.propose(
            [
                try desk.delivery("ada", session: session), try desk.delivery("bob", session: session),
                try desk.delivery("cem", session: session, verdict: .skip(.suppressed)),
            ], superseding: [], job: "t")
        try desk.ledger.enrolAsAdopted(now: desk.now)
        #expect(try desk.claim().isEmpty)
        let people = try ["ada", "bob", "cem"].map { Recipient.person(try desk.address($0)).id }
        let memory = try desk.ledger.memory(job: "t", session: session.key, recipients: people)
        #expect(people.map { memory[$0]?.first?.toldRevision } == [0, 0, nil])
        #expect(people.map { memory[$0]?.first?.reason } == [.adopted, .adopted, .suppressed])
        try desk.enrol(["dan"])
        #expect(try desk.wire(try desk.claim()).count == 1, "orders of adopted and wired deliveries do not collide")
    }

    @Test func suppressedAddressesAreMarkedAndTheirWaitingDeliveriesSkipped() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada", "bob"])
        try desk.ledger.suppress(try desk.address("ada"), reason: "bounced", now: desk.now)
        #expect(try desk.claim().map(\.recipient.label) == ["bob@example.com"])
        let page = try desk.ledger.candidates(job: "t", list: desk.event, after: nil, limit: 10)
        #expect(page.filter(\.isSuppressed).map(\.recipient.label) == ["ada@example.com"])
        #expect(try desk.ledger.unsuppress(try desk.address("ada")))
        #expect(try !desk.ledger.unsuppress(try desk.address("ada")))
    }
}

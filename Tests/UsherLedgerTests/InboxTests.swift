import Testing
import UsherLedger
import UsherModel

@Suite("what an inbox says, in the ledger")
struct InboxFilingTests {
    private let fixture: LedgerFixture
    private let key: SessionKey
    private let mail: String

    init() throws {
        fixture = try LedgerFixture()
        key = try fixture.enrol(["ada", "bob"]).key
        let claims = try fixture.claim(2)
        let wired = try fixture.wire(claims)
        try fixture.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: fixture.now)
        var filter = LedgerFilter()
        filter.address = try fixture.address("ada")
        mail = String(try fixture.ledger.list(filter)[0].key.hex.prefix(40))
    }

    private func file(_ facts: InboxFact..., validity: UInt32 = 7, uid: UInt32 = 1) throws -> [InboxFiling] {
        try fixture.ledger.file(
            facts, at: InboxPosition(validity: validity, lastUID: uid), job: "t", mailbox: "box", now: fixture.now)
    }

    private func position() throws -> InboxPosition? { try fixture.ledger.inboxPosition(job: "t", mailbox: "box") }

    private func report(_ outcome: ReportOutcome = .gone, to name: String = "ada") throws -> InboxFact {
        .report(mail: mail, addresses: [try fixture.address(name)], outcome: outcome, evidence: Evidence("5.1.1 no"))
    }

    private func reply(_ answer: CalendarAnswer, sequence: Int = 0, stamp: Int64 = 0) throws -> InboxFact {
        .reply(
            key, attendee: try fixture.address("ada"), answer, sequence: sequence, stamp: fixture.now + .seconds(stamp))
    }

    @Test func howFarAMailboxWasReadOnlyGrowsWhileItIsTheSame() throws {
        #expect(try position() == nil)
        _ = try file(uid: 5)
        _ = try file(uid: 3)
        #expect(try position() == InboxPosition(validity: 7, lastUID: 5))
        _ = try file(validity: .max, uid: 2)
        #expect(try position() == InboxPosition(validity: .max, lastUID: 2))
        #expect(try fixture.ledger.inboxPosition(job: "t", mailbox: "other") == nil)
    }

    @Test func theSameReportTwiceSuppressesOnce() throws {
        #expect(try file(report()) == [.suppressed])
        #expect(try file(report()) == [.known])
        #expect(try fixture.ledger.show(prefix: mail)[0].attempts.map(\.outcome) == ["bounced"])
    }

    @Test func aReportForSomeoneElseIsRefused() throws {
        for filing in try file(report(to: "bob")) {
            guard case .refused = filing else {
                Issue.record("\(filing)")
                return
            }
        }
        #expect(try fixture.ledger.show(prefix: mail)[0].attempts.isEmpty)
    }

    @Test func theHigherSequenceCountsAndThenTheLaterStamp() throws {
        #expect(try file(reply(.accepted, stamp: 10)) == [.answered(.accepted)])
        #expect(try file(reply(.declined, stamp: 9)) == [.known])
        #expect(try file(reply(.accepted, stamp: 10)) == [.known])
        #expect(try file(reply(.tentative, stamp: 11)) == [.answered(.tentative)])
        #expect(try file(reply(.declined, sequence: 1)) == [.answered(.declined)])
        #expect(try file(reply(.accepted, stamp: 99)) == [.known])
        #expect(try fixture.ledger.replies(job: "t", session: nil, limit: 9).map(\.answer) == [.declined])
    }

    @Test func whoIsForgottenHasNoAnswerAndNoReportAndStaysSuppressed() throws {
        _ = try file(report(), reply(.accepted))
        _ = try fixture.ledger.forget(try fixture.address("ada"), now: fixture.now)
        #expect(try fixture.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
        #expect(try fixture.ledger.show(prefix: mail)[0].attempts.isEmpty)
        var suppressed: [String?] = []
        try fixture.ledger.suppressions { suppressed.append($0.address) }
        #expect(suppressed == [nil])
        // Read once more, as after a change of UIDVALIDITY: the digest is known, and brings nothing personal back.
        _ = try file(report())
        #expect(try fixture.ledger.show(prefix: mail)[0].attempts.map(\.text) == [nil])
    }

    @Test func prunedSessionsTakeTheirAnswersWithThem() throws {
        _ = try file(reply(.accepted))
        _ = try fixture.ledger.prune(before: fixture.now + .seconds(30 * 86_400))
        #expect(try fixture.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
    }

    @Test func onlyWhoWasWrittenToCanUnsubscribe() throws {
        #expect(try file(.unsubscribe(Address("ADA@example.com"))) == [.suppressed])
        #expect(try file(.unsubscribe(fixture.address("ada"))) == [.known])
        guard case .refused? = try file(.unsubscribe(fixture.address("eve"))).first else {
            Issue.record("a stranger")
            return
        }
    }
}

import Testing
import UsherLedger
import UsherModel

@Suite("what an inbox says, in the ledger")
struct InboxFilingTests {
    private let desk: LedgerDesk
    private let key: SessionKey
    private let mail: String

    init() throws {
        desk = try LedgerDesk()
        key = try desk.enrol(["ada", "bob"]).key
        let claims = try desk.claim(2)
        let wired = try desk.wire(claims)
        try desk.ledger.settle(wired.map { .sent($0, Evidence("ok")) }, now: desk.now)
        var filter = LedgerFilter()
        filter.address = try desk.address("ada")
        mail = String(try desk.ledger.list(filter)[0].key.hex.prefix(40))
    }

    private func file(_ facts: InboxFact..., validity: UInt32 = 7, uid: UInt32 = 1) throws -> [InboxFiling] {
        try desk.ledger.file(
            facts, at: InboxPosition(validity: validity, lastUID: uid), job: "t", mailbox: "box", now: desk.now)
    }

    private func position() throws -> InboxPosition? { try desk.ledger.inboxPosition(job: "t", mailbox: "box") }

    private func report(_ verdict: ReportVerdict = .gone, to name: String = "ada") throws -> InboxFact {
        .report(mail: mail, addresses: [try desk.address(name)], verdict: verdict, evidence: Evidence("5.1.1 no"))
    }

    private func reply(_ answer: CalendarAnswer, sequence: Int = 0, stamp: Int64 = 0) throws -> InboxFact {
        .reply(
            key, attendee: try desk.address("ada"), answer, sequence: sequence, stamp: desk.now + .seconds(stamp))
    }

    @Test func howFarAMailboxWasReadOnlyGrowsWhileItIsTheSame() throws {
        #expect(try position() == nil)
        _ = try file(uid: 5)
        _ = try file(uid: 3)
        #expect(try position() == InboxPosition(validity: 7, lastUID: 5))
        _ = try file(validity: .max, uid: 2)
        #expect(try position() == InboxPosition(validity: .max, lastUID: 2))
        #expect(try desk.ledger.inboxPosition(job: "t", mailbox: "other") == nil)
    }

    @Test func theSameReportTwiceSuppressesOnce() throws {
        #expect(try file(report()) == [.suppressed])
        #expect(try file(report()) == [.known])
        #expect(try desk.ledger.show(prefix: mail)[0].attempts.map(\.outcome) == ["bounced"])
    }

    @Test func aReportForSomeoneElseIsRefused() throws {
        for filing in try file(report(to: "bob")) {
            guard case .refused = filing else {
                Issue.record("\(filing)")
                return
            }
        }
        #expect(try desk.ledger.show(prefix: mail)[0].attempts.isEmpty)
    }

    @Test func theHigherSequenceCountsAndThenTheLaterStamp() throws {
        #expect(try file(reply(.accepted, stamp: 10)) == [.answered(.accepted)])
        #expect(try file(reply(.declined, stamp: 9)) == [.known])
        #expect(try file(reply(.accepted, stamp: 10)) == [.known])
        #expect(try file(reply(.tentative, stamp: 11)) == [.answered(.tentative)])
        #expect(try file(reply(.declined, sequence: 1)) == [.answered(.declined)])
        #expect(try file(reply(.accepted, stamp: 99)) == [.known])
        #expect(try desk.ledger.replies(job: "t", session: nil, limit: 9).map(\.answer) == [.declined])
    }

    @Test func whoIsForgottenHasNoAnswerAndNoReportAndStaysSuppressed() throws {
        _ = try file(report(), reply(.accepted))
        _ = try desk.ledger.forget(try desk.address("ada"), now: desk.now)
        #expect(try desk.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
        #expect(try desk.ledger.show(prefix: mail)[0].attempts.isEmpty)
        var suppressed: [String?] = []
        try desk.ledger.suppressions { suppressed.append($0.address) }
        #expect(suppressed == [nil])
        // Read once more, as after a change of UIDVALIDITY: the digest is known, and brings nothing personal back.
        _ = try file(report())
        #expect(try desk.ledger.show(prefix: mail)[0].attempts.map(\.text) == [nil])
    }

    @Test func prunedSessionsTakeTheirAnswersWithThem() throws {
        _ = try file(reply(.accepted))
        _ = try desk.ledger.prune(before: desk.now + .seconds(30 * 86_400))
        #expect(try desk.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
    }

    @Test func onlyWhoWasWrittenToCanUnsubscribe() throws {
        #expect(try file(.unsubscribe(Address("ADA@example.com"))) == [.suppressed])
        #expect(try file(.unsubscribe(desk.address("ada"))) == [.known])
        guard case .refused? = try file(.unsubscribe(desk.address("eve"))).first else {
            Issue.record("a stranger")
            return
        }
    }
}

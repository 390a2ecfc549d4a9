import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("what an inbox says, in the ledger")
struct InboxFilingTests {
    private let fixture: LedgerFixture
    private let key: SessionKey
    private let mail: String

    init() async throws {
        fixture = try await LedgerFixture()
        key = try await fixture.enrol(["ada", "bob"]).key
        let claims = try await fixture.claim(2)
        let wired = try await fixture.wire(claims)
        try await fixture.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: fixture.now)
        var filter = LedgerFilter()
        filter.address = try fixture.address("ada")
        mail = String(try await fixture.ledger.list(filter)[0].key.hex.prefix(40))
    }

    private func file(_ facts: InboxFact..., validity: UInt32 = 7, uid: UInt32 = 1) async throws -> [InboxFiling] {
        try await fixture.ledger.file(
            facts, at: InboxPosition(validity: validity, lastUID: uid), job: "t", mailbox: "box", now: fixture.now)
    }

    private func position() async throws -> InboxPosition? {
        try await fixture.ledger.inboxPosition(job: "t", mailbox: "box")
    }

    private func report(_ outcome: ReportOutcome = .gone, to name: String = "ada") throws -> InboxFact {
        .report(mail: mail, addresses: [try fixture.address(name)], outcome: outcome, evidence: Evidence("5.1.1 no"))
    }

    private func reply(_ answer: CalendarAnswer, sequence: Int = 0, stamp: Int64 = 0) throws -> InboxFact {
        .reply(
            key, attendee: try fixture.address("ada"), answer, sequence: sequence, stamp: fixture.now + .seconds(stamp))
    }

    @Test func howFarAMailboxWasReadOnlyGrowsWhileItIsTheSame() async throws {
        #expect(try await position() == nil)
        _ = try await file(uid: 5)
        _ = try await file(uid: 3)
        #expect(try await position() == InboxPosition(validity: 7, lastUID: 5))
        _ = try await file(validity: .max, uid: 2)
        #expect(try await position() == InboxPosition(validity: .max, lastUID: 2))
        #expect(try await fixture.ledger.inboxPosition(job: "t", mailbox: "other") == nil)
    }

    @Test func theSameReportTwiceSuppressesOnce() async throws {
        #expect(try await file(report()) == [.suppressed])
        #expect(try await file(report()) == [.known])
        #expect(try await fixture.ledger.show(prefix: mail)[0].attempts.map(\.outcome) == ["bounced"])
    }

    @Test func aReportForSomeoneElseIsRefused() async throws {
        for filing in try await file(report(to: "bob")) {
            guard case .refused = filing else {
                Issue.record("\(filing)")
                return
            }
        }
        #expect(try await fixture.ledger.show(prefix: mail)[0].attempts.isEmpty)
    }

    @Test func theHigherSequenceCountsAndThenTheLaterStamp() async throws {
        #expect(try await file(reply(.accepted, stamp: 10)) == [.answered(.accepted)])
        #expect(try await file(reply(.declined, stamp: 9)) == [.known])
        #expect(try await file(reply(.accepted, stamp: 10)) == [.known])
        #expect(try await file(reply(.tentative, stamp: 11)) == [.answered(.tentative)])
        #expect(try await file(reply(.declined, sequence: 1)) == [.answered(.declined)])
        #expect(try await file(reply(.accepted, stamp: 99)) == [.known])
        #expect(try await fixture.ledger.replies(job: "t", session: nil, limit: 9).map(\.answer) == [.declined])
    }

    @Test func whoIsForgottenHasNoAnswerAndNoReportAndStaysSuppressed() async throws {
        _ = try await file(report(), reply(.accepted))
        _ = try await fixture.ledger.forget(try fixture.address("ada"), now: fixture.now)
        #expect(try await fixture.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
        #expect(try await fixture.ledger.show(prefix: mail)[0].attempts.isEmpty)
        var suppressed: [String?] = []
        try await fixture.ledger.eachSuppression { suppressed.append($0.address) }
        #expect(suppressed == [nil])
        // Read once more, as after a change of UIDVALIDITY: the digest is known, and brings nothing personal back.
        _ = try await file(report())
        #expect(try await fixture.ledger.show(prefix: mail)[0].attempts.map(\.text) == [nil])
    }

    @Test func prunedSessionsTakeTheirAnswersWithThem() async throws {
        _ = try await file(reply(.accepted))
        _ = try await fixture.ledger.prune(before: fixture.now + .seconds(30 * 86_400))
        #expect(try await fixture.ledger.replies(job: nil, session: nil, limit: 9).isEmpty)
    }

    @Test func onlyWhoWasWrittenToCanUnsubscribe() async throws {
        #expect(try await file(.unsubscribe(Address("ADA@example.com"))) == [.suppressed])
        #expect(try await file(.unsubscribe(fixture.address("ada"))) == [.known])
        guard case .refused? = try await file(.unsubscribe(fixture.address("eve"))).first else {
            Issue.record("a stranger")
            return
        }
    }
}

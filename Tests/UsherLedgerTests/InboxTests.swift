import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

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
        mail = try #require(try await fixture.ledger.id(to: fixture.address("ada"))).short
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
            key, attendee: try fixture.address("ada"), .proven, answer, sequence: sequence,
            stamp: fixture.now + .seconds(stamp))
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
        #expect(try await file(.unsubscribe(Address("ADA@example.com"), .proven)) == [.suppressed])
        #expect(try await file(.unsubscribe(fixture.address("ada"), .proven)) == [.known])
        guard case .refused? = try await file(.unsubscribe(fixture.address("eve"), .proven)).first else {
            Issue.record("a stranger")
            return
        }
    }

    /// Earlier versions made ids that anyone can compute who knows what a delivery is.
    @Test func anIdFromBeforeStaysKnownForAWhile() async throws {
        try await fixture.ledger.access { db in try db.execute(sql: "UPDATE delivery SET secret = NULL") }
        let key = try #require(try await fixture.ledger.show(prefix: String(mail.prefix(20))).first).row.key
        #expect(try await fixture.ledger.id(to: fixture.address("ada")) == DeliveryID(key))
        let report = InboxFact.report(
            mail: DeliveryID(key).short, addresses: [try fixture.address("ada")], outcome: .gone,
            evidence: Evidence("5.1.1 no"))
        func file(after days: Int64) async throws -> InboxFiling? {
            try await fixture.ledger.file(
                [report], at: InboxPosition(validity: 7, lastUID: 1), job: "t", mailbox: "box",
                now: fixture.now + .seconds(days * 86_400)
            ).first
        }
        if case .refused? = try await file(after: 31) {} else { Issue.record("an old one") }
        #expect(try await file(after: 29) == .suppressed)
    }

    @Test func aReportOnWhatHasNotLeftIsRefused() async throws {
        try await fixture.enrol([try fixture.delivery("eve", session: try fixture.session())])
        _ = try await fixture.claim()
        let id = try #require(try await fixture.ledger.id(to: fixture.address("eve")))
        let filing = try await file(
            .report(
                mail: id.short, addresses: [try fixture.address("eve")], outcome: .gone, evidence: Evidence("5.1.1 no"))
        )
        if case .refused? = filing.first {} else { Issue.record("\(filing)") }
    }
}

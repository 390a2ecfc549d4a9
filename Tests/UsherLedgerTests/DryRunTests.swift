import Foundation
import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

@Suite("dry runs")
struct DryRunTests {
    /// What a run does while it plans.
    private func plan(_ ledger: any Ledger, _ fixture: LedgerFixture) async throws -> (ProposalID, [Candidate]) {
        var session = try fixture.session()
        session.subject = Line(cleaning: "Chairs")
        // As a run does; a dry run keeps even its lease to itself.
        let answer = try await ledger.acquirePlanningLease(
            job: "t", owner: Owner(rawValue: "me"), until: fixture.now + .seconds(300), clock: fixture.now
        ) { _ in false }
        guard case .acquired(let lease) = answer else { throw CancellationError() }
        let stored = try await ledger.session(job: "t", session.key)
        try await ledger.record(
            [SessionChange(fixture.memory(session, revision: 1), over: stored?.revision)], under: lease,
            now: fixture.now)
        let reading = try await ledger.beginRoster(fixture.list, under: lease)
        try await ledger.observe(reading, [try fixture.attendee("bob"), try fixture.attendee("cem")], now: fixture.now)
        try await ledger.completeRoster(reading)
        let attendance = try await ledger.beginAttendance(of: session.key, under: lease)
        try await ledger.observe(
            attendance, [AttendanceRecord(registration: RegistrationID(rawValue: "r-bob"), address: nil, seconds: 60)])
        try await ledger.completeAttendance(attendance)
        let page = try await ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10)
        let proposal = try await ledger.beginProposal(under: lease)
        try await ledger.propose(
            [try fixture.delivery("cem", session: session)],
            superseding: [(try fixture.delivery("ada", session: session).key, .canceled)], in: proposal)
        return (proposal, try await ledger.attended(job: "t", session: session.key, page))
    }

    private func octets(_ fixture: LedgerFixture) throws -> [String: Data] {
        var octets: [String: Data] = [:]
        for name in ["usher.sqlite", "usher.sqlite-wal"] {
            octets[name] = try Data(contentsOf: URL(filePath: fixture.folder.path(name)))
        }
        return octets
    }

    @Test func planAsRunsDoAndChangeNoOctetOfTheFile() async throws {
        let fixture = try await LedgerFixture()
        let key = try await fixture.enrol(["ada", "bob"]).key
        let before = try octets(fixture)
        let dry = try await SQLiteLedger.openForDryRun(path: fixture.path, .plan)
        let (dryProposal, dryCandidates) = try await plan(dry, fixture)
        let drySummary = try await dry.summary(of: dryProposal)
        let dryRows = try await dry.rows(of: dryProposal, from: 0, limit: 10)
        let drySession = try await dry.session(job: "t", key)
        #expect(try octets(fixture) == before)
        #expect(try await fixture.ledger.session(job: "t", key)?.revision == 0)
        #expect(
            try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10).count == 2)

        let (proposal, candidates) = try await plan(fixture.ledger, fixture)
        #expect(dryCandidates == candidates)
        #expect(candidates.count == 3 && candidates.compactMap(\.attendedSeconds).max() == 60)
        #expect(try await fixture.ledger.summary(of: proposal) == drySummary)
        #expect(try await fixture.ledger.rows(of: proposal, from: 0, limit: 10) == dryRows)
        #expect(dryRows.map(\.subject.text) == ["Chairs"])
        #expect(try await fixture.ledger.session(job: "t", key) == drySession)
        let people = candidates.map(\.recipient.id)
        #expect(
            try await dry.memory(job: "t", session: key, recipients: people, in: dryProposal)
                == fixture.ledger.memory(job: "t", session: key, recipients: people, in: proposal))
    }

    @Test func doNotHoldUpRunsBesideThem() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada", "bob"])
        let dry = try await SQLiteLedger.openForDryRun(path: fixture.path, .plan)
        let (proposal, _) = try await plan(dry, fixture)
        let claims = try await fixture.claim()
        #expect(try await fixture.wire(claims).count == 2)
        // What the run has done meanwhile is seen.
        let ada = Recipient.person(try fixture.address("ada")).id
        let memory = try await dry.memory(
            job: "t", session: try fixture.session().key, recipients: [ada], in: proposal)
        #expect(memory[ada]?.map(\.state) == [.wire])
    }

    @Test func cannotEnrol() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let dry = try await SQLiteLedger.openForDryRun(path: fixture.path, .plan)
        let (proposal, _) = try await plan(dry, fixture)
        let error = await #expect(throws: LedgerError.self) { try await dry.enrol(proposal, now: fixture.now) }
        #expect(error?.code == .cannotWrite)
    }

    @Test func withoutALedgerMakeNone() async throws {
        let fixture = try await LedgerFixture()
        let path = fixture.folder.path("nowhere.sqlite")
        let dry = try await SQLiteLedger.openForDryRun(path: path, .plan)
        #expect(try await dry.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        let (proposal, _) = try await plan(dry, fixture)
        #expect(try await dry.summary(of: proposal).sends == 1)
        #expect(!fixture.folder.list().contains("nowhere.sqlite"))
    }

    @Test func onALedgerOfAnOlderSchemaLeaveItAsItIs() async throws {
        let fixture = try await LedgerFixture()
        let path = fixture.folder.path("old.sqlite")
        try Schema.migrator.migrate(DatabaseQueue(path: path), upTo: "inbox")
        let before = try Data(contentsOf: URL(filePath: path))
        let names = fixture.folder.list()
        let dry = try await SQLiteLedger.openForDryRun(path: path, .plan)
        let (proposal, _) = try await plan(dry, fixture)
        #expect(try await dry.summary(of: proposal).sends == 1)
        #expect(try Data(contentsOf: URL(filePath: path)) == before)
        #expect(fixture.folder.list() == names)
    }

    @Test func fileAnInboxAsRunsDoAndChangeNoOctet() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada", "bob"])
        let wired = try await fixture.wire(try await fixture.claim())
        try await fixture.ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: fixture.now)
        let mail = try #require(try await fixture.ledger.id(to: fixture.address("ada"))).short
        let facts: [InboxFact] = [
            .report(
                mail: mail, addresses: [try fixture.address("ada")], outcome: .gone, evidence: Evidence("5.1.1 no")),
            .reply(
                session.key, attendee: try Address("BOB@example.com"), .proven, .accepted, sequence: 0,
                stamp: fixture.now),
            .unsubscribe(try fixture.address("eve"), .proven),
        ]
        func file(_ ledger: any Ledger, uid: UInt32) async throws -> [InboxFiling] {
            try await ledger.file(
                facts, at: InboxPosition(validity: 7, lastUID: uid), job: "t", mailbox: "box", now: fixture.now)
        }
        let before = try octets(fixture)
        let dry = try await SQLiteLedger.openForDryRun(path: fixture.path, .inbox)
        let (dryFirst, drySecond) = (try await file(dry, uid: 1), try await file(dry, uid: 2))
        #expect(try await dry.inboxPosition(job: "t", mailbox: "box")?.lastUID == 2)
        #expect(try octets(fixture) == before)
        #expect(try await file(fixture.ledger, uid: 1) == dryFirst)
        #expect(try await file(fixture.ledger, uid: 2) == drySecond)
        #expect(dryFirst.prefix(2) == [.suppressed, .answered(.accepted)] && drySecond.prefix(2) == [.known, .known])
    }
}

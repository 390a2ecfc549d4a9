import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("who came, as the ledger remembers it")
struct AttendanceLedgerTests {
    private let folder: TemporaryFolder
    private let ledger: SQLiteLedger
    private let lease: PlanningLease
    private let key = SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: "s1"))

    init() async throws {
        folder = try TemporaryFolder()
        ledger = try await SQLiteLedger.open(path: folder.path("l.sqlite"), host: "test")
        lease = try await ledger.planningLease(job: "j", at: .distantPast)
    }

    private func candidate(_ name: String) throws -> Candidate {
        let attendee = Attendee(
            registration: RegistrationID(rawValue: "r-\(name)"), event: key.event,
            address: try Address("\(name)@example.com"))
        return Candidate(
            recipient: .person(attendee.address),
            registrations: [.init(attendee: attendee, firstSeenAt: .distantPast, isListed: true)], isSuppressed: false)
    }

    private func record(_ registration: String?, _ name: String?, _ seconds: Int) throws -> AttendanceRecord {
        AttendanceRecord(
            registration: registration.map { RegistrationID(rawValue: $0) },
            address: try name.map { try Address("\($0)@example.com") }, seconds: seconds)
    }

    private func seconds() async throws -> [Int?] {
        try await ledger.attended(job: "j", session: key, try ["ann", "bob", "cid"].map(candidate)).map(
            \.attendedSeconds)
    }

    @Test func isNotKnownUntilAReadingWasCompleted() async throws {
        #expect(try await seconds() == [nil, nil, nil])
        let reading = try await ledger.beginAttendance(of: key, under: lease)
        try await ledger.observe(reading, [record("r-ann", nil, 60)])
        #expect(try await seconds() == [nil, nil, nil])
        try await ledger.completeAttendance(reading)
        #expect(try await seconds() == [60, 0, 0])
    }

    @Test func isFoundByRegistrationOrAddressAndAddsUp() async throws {
        let reading = try await ledger.beginAttendance(of: key, under: lease)
        try await ledger.observe(
            reading, [record("r-ann", "other", 60), record("r-ann", nil, 30), record(nil, "ann", 5)])
        try await ledger.observe(reading, [record(nil, "BOB", 7), record(nil, nil, 9), record("r-ann", nil, -4)])
        try await ledger.completeAttendance(reading)
        #expect(try await seconds() == [95, 7, 0])
    }

    @Test func aNewReadingTakesThePlaceOfTheOldOneOnlyWhenItIsWhole() async throws {
        for (count, completes) in [(60, true), (90, false), (120, true)] {
            let reading = try await ledger.beginAttendance(of: key, under: lease)
            try await ledger.observe(reading, [record("r-ann", nil, count)])
            if completes { try await ledger.completeAttendance(reading) }
            #expect(try await seconds()[0] == (completes ? count : 60))
        }
    }

    @Test func isForgottenWithThePerson() async throws {
        let roster = try await ledger.beginRoster(RosterID(key.event), under: lease)
        try await ledger.observe(roster, [try candidate("ann").registrations[0].attendee], now: .distantPast)
        let reading = try await ledger.beginAttendance(of: key, under: lease)
        try await ledger.observe(reading, [record("r-ann", nil, 60), record(nil, "ann", 30), record("r-bob", nil, 10)])
        try await ledger.completeAttendance(reading)
        _ = try await ledger.forget(try Address("ann@example.com"), now: .distantPast)
        #expect(try await seconds() == [0, 10, 0])
    }
}

import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("who came, as the ledger remembers it")
struct AttendanceLedgerTests {
    private let folder: TemporaryFolder
    private let ledger: Ledger
    private let key = SessionKey(event: EventID(rawValue: "e1"), session: SessionID(rawValue: "s1"))

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger.open(path: folder.path("l.sqlite"), host: "test")
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

    private func seconds() throws -> [Int?] {
        try ledger.attended(job: "j", session: key, try ["ann", "bob", "cid"].map(candidate)).map(\.attendedSeconds)
    }

    @Test func isNotKnownUntilAReadingWasCompleted() throws {
        #expect(try seconds() == [nil, nil, nil])
        let reading = try ledger.beginAttendance(job: "j", session: key)
        try ledger.observe(reading, [record("r-ann", nil, 60)])
        #expect(try seconds() == [nil, nil, nil])
        try ledger.completeAttendance(reading)
        #expect(try seconds() == [60, 0, 0])
    }

    @Test func isFoundByRegistrationOrAddressAndAddsUp() throws {
        let reading = try ledger.beginAttendance(job: "j", session: key)
        try ledger.observe(reading, [record("r-ann", "other", 60), record("r-ann", nil, 30), record(nil, "ann", 5)])
        try ledger.observe(reading, [record(nil, "BOB", 7), record(nil, nil, 9), record("r-ann", nil, -4)])
        try ledger.completeAttendance(reading)
        #expect(try seconds() == [95, 7, 0])
    }

    @Test func aNewReadingTakesThePlaceOfTheOldOneOnlyWhenItIsWhole() throws {
        for (count, completes) in [(60, true), (90, false), (120, true)] {
            let reading = try ledger.beginAttendance(job: "j", session: key)
            try ledger.observe(reading, [record("r-ann", nil, count)])
            if completes { try ledger.completeAttendance(reading) }
            #expect(try seconds()[0] == (completes ? count : 60))
        }
    }

    @Test func isForgottenWithThePerson() throws {
        let roster = try ledger.beginRoster(job: "j", list: key.event)
        try ledger.observe(roster, [try candidate("ann").registrations[0].attendee], now: .distantPast)
        let reading = try ledger.beginAttendance(job: "j", session: key)
        try ledger.observe(reading, [record("r-ann", nil, 60), record(nil, "ann", 30), record("r-bob", nil, 10)])
        try ledger.completeAttendance(reading)
        _ = try ledger.forget(try Address("ann@example.com"), now: .distantPast)
        #expect(try seconds() == [0, 10, 0])
    }
}

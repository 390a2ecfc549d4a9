import Foundation
import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("the ledger's file")
struct FileTests {
    @Test func isReadableByItsOwnerOnly() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada"])
        for name in fixture.folder.list() {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.path(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(fixture.folder.list().contains("usher.sqlite-wal"))
    }

    /// What two runs write to two files of one name, both think to be the only one to know.
    @Test func isOneFileForAllThatMakeItAtOnce() async throws {
        for round in 0..<40 {
            let folder = try TemporaryFolder()
            let path = folder.path("var/usher.sqlite")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await offThread {
                            let ledger = try Ledger.open(path: path, host: "here")
                            let address = try Address("p\(number)@example.com")
                            try ledger.suppress(address, reason: "asked to", now: Instant(secondsSince1970: 0))
                            ledger.close()
                        }
                    }
                }
                try await group.waitForAll()
            }
            var count = 0
            try Ledger.open(path: path, host: "here").suppressions { _ in count += 1 }
            #expect(count == 8, "round \(round)")
        }
    }

    @Test func worksOnlyWhereItWasMadeUntilItIsTakenOver() throws {
        let fixture = try LedgerFixture()
        fixture.ledger.close()
        let error = #expect(throws: LedgerError.self) { try Ledger.open(path: fixture.path, host: "there") }
        #expect(error?.code == .otherHost)
        #expect(error?.next.contains("take-over") == true)
        try Ledger.takeOver(path: fixture.path, host: "there")
        try Ledger.open(path: fixture.path, host: "there").close()
        #expect(throws: LedgerError.self) { try Ledger.open(path: fixture.path, host: "here") }
    }

    @Test func ofANewerVersionIsLeftAlone() throws {
        let fixture = try LedgerFixture()
        try fixture.raw { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
        }
        fixture.ledger.close()
        let error = #expect(throws: LedgerError.self) { try Ledger.open(path: fixture.path, host: "here") }
        #expect(error?.code == .newerSchema)
    }

    @Test func thatIsNoDatabaseIsSaidToBeNone() throws {
        let folder = try TemporaryFolder()
        try folder.write(String(repeating: "not a ledger ", count: 200), to: "usher.sqlite")
        let error = #expect(throws: LedgerError.self) {
            try Ledger.open(path: folder.path("usher.sqlite"), host: "here")
        }
        #expect(error?.code == .corrupt)
    }

    @Test func thatCannotBeMadeIsSaidSo() throws {
        let folder = try TemporaryFolder()
        try folder.write("a file", to: "occupied")
        let error = #expect(throws: LedgerError.self) {
            try Ledger.open(path: folder.path("occupied/usher.sqlite"), host: "here")
        }
        #expect(error?.code == .cannotOpen)
    }

    @Test func onAFullDiskKeepsWhatItHeld() throws {
        let fixture = try LedgerFixture()
        try fixture.enrol(["ada"])
        let small = try fixture.another()
        try small.limitPages()
        let names = (0..<2000).map { "p\($0)" }
        let scan = try small.beginRoster(job: "t", list: fixture.event)
        let error = #expect(throws: LedgerError.self) {
            try small.observe(scan, names.map { try fixture.attendee($0) }, now: fixture.now)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.next.contains("room") == true)
        #expect(try fixture.ledger.candidates(job: "t", list: fixture.event, after: nil, limit: 10).count == 1)
        #expect(try fixture.claim().count == 1)
    }

    @Test func aPlanOnACopyChangesNothing() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.enrol(["ada"])
        let before = try Data(contentsOf: URL(filePath: fixture.path))
        let copy = try Ledger.copyOrEmpty(of: fixture.path)
        try copy.beginPlan(job: "t")
        try copy.propose([try fixture.delivery("bob", session: session)], superseding: [], job: "t")
        #expect(try copy.planSummary().sends == 1)
        try copy.enrol(now: fixture.now)
        copy.close()
        #expect(try Data(contentsOf: URL(filePath: fixture.path)) == before)
        #expect(try fixture.states() == ["pending": 1])
        let empty = try Ledger.copyOrEmpty(of: fixture.folder.path("nowhere.sqlite"))
        #expect(try empty.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        #expect(!fixture.folder.list().contains("nowhere.sqlite"))
    }

    @Test func aPersonWhoIsForgottenIsGoneFromEveryByteAndNeverSentToAgain() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.enrol(["ada", "bob"])
        let claims = try fixture.claim()
        try fixture.ledger.finish(
            try fixture.wire(claims).map { .sent($0, Evidence("250 for \($0.claim.recipient.label)")) },
            now: fixture.now)
        let removed = try fixture.ledger.forget(try fixture.address("ada"), now: fixture.now)
        #expect((removed.deliveries, removed.registrations) == (1, 1))
        for name in fixture.folder.list() {
            let bytes = try Data(contentsOf: URL(filePath: fixture.folder.path(name)))
            #expect(bytes.range(of: Data("ada@example".utf8)) == nil, "\(name)")
        }
        try fixture.ledger.beginPlan(job: "t")
        try fixture.ledger.propose([try fixture.delivery("ada", session: session)], superseding: [], job: "t")
        #expect(try fixture.ledger.enrol(now: fixture.now) == 0)
        #expect(
            try fixture.ledger.list(LedgerFilter()).map(\.recipient).sorted() == ["(forgotten)", "bob@example.com"])
    }

    @Test func pruningRemovesPeopleAndKeepsKeys() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.enrol(["ada"])
        try fixture.ledger.finish(
            try fixture.wire(try fixture.claim()).map { .sent($0, Evidence("ok")) }, now: fixture.now)
        let early = try fixture.ledger.prune(before: fixture.now)
        #expect((early.deliveries, early.registrations) == (0, 0))
        let late = try fixture.ledger.prune(before: session.end + .seconds(1))
        #expect((late.deliveries, late.registrations) == (1, 1))
        #expect(try fixture.ledger.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        #expect(try fixture.states() == ["sent": 1])
        try fixture.enrol(["ada"])
        #expect(try fixture.states() == ["sent": 1])
    }

    @Test func whatStillWaitsIsNotPrunedAway() throws {
        let fixture = try LedgerFixture()
        let session = try fixture.enrol(["ada"])
        _ = try fixture.ledger.prune(before: session.end + .seconds(1))
        #expect(try fixture.claim().count == 1)
    }
}

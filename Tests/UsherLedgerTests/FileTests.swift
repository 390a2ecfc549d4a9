import Foundation
import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

@Suite("the ledger's file")
struct FileTests {
    @Test func isReadableByItsOwnerOnly() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        for name in fixture.folder.list() {
            let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder.path(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(Set(fixture.folder.list()).isSuperset(of: ["usher.sqlite-wal", "usher.sqlite.witness"]))
    }

    /// What two runs write to two files of one name, both think to be the only one to know.
    @Test func isOneFileForAllThatMakeItAtOnce() async throws {
        for round in 0..<40 {
            let folder = try TemporaryFolder()
            let path = folder.path("var/usher.sqlite")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let ledger = try await SQLiteLedger.open(path: path, host: "here")
                        let address = try Address("p\(number)@example.com")
                        try await ledger.suppress(address, reason: "asked to", now: Instant(secondsSince1970: 0))
                        await ledger.close()
                    }
                }
                try await group.waitForAll()
            }
            var count = 0
            try await SQLiteLedger.open(path: path, host: "here").eachSuppression { _ in count += 1 }
            #expect(count == 8, "round \(round)")
        }
    }

    /// Two that bring a ledger to this version at once would both add the same tables.
    @Test func isLeftToTheProcessThatMakesIt() throws {
        let folder = try TemporaryFolder()
        let first = FolderLock(folder: folder.path)
        #expect(!first.isHeldByOther)
        #expect(FolderLock(folder: folder.path, tries: 3).isHeldByOther)
        withExtendedLifetime(first) {}
        #expect(!FolderLock(folder: folder.path("missing"), tries: 3).isHeldByOther)
    }

    @Test func worksOnlyWhereItWasMadeUntilItIsTakenOver() async throws {
        let fixture = try await LedgerFixture()
        await fixture.ledger.close()
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: fixture.path, host: "there")
        }
        #expect(error?.code == .otherHost)
        #expect(error?.next.contains("take-over") == true)
        try await SQLiteLedger.takeOver(path: fixture.path, host: "there")
        try await SQLiteLedger.open(path: fixture.path, host: "there").close()
        await #expect(throws: LedgerError.self) { try await SQLiteLedger.open(path: fixture.path, host: "here") }
    }

    @Test func ofANewerVersionIsLeftAlone() async throws {
        let fixture = try await LedgerFixture(staysSound: false)
        try fixture.raw { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
        }
        await fixture.ledger.close()
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: fixture.path, host: "here")
        }
        #expect(error?.code == .newerSchema)
    }

    @Test(arguments: [
        "CREATE TABLE people (name TEXT)",
        "CREATE TABLE grdb_migrations (identifier TEXT PRIMARY KEY NOT NULL); CREATE TABLE note (text TEXT)",
    ])
    func ofAnotherProgramIsLeftAlone(_ schema: String) async throws {
        let folder = try TemporaryFolder(holdsSoundLedgers: false)
        let path = folder.path("usher.sqlite")
        let queue = try DatabaseQueue(path: path)
        try await queue.write { db in try db.execute(sql: schema) }
        try queue.close()
        let before = try Data(contentsOf: URL(filePath: path))
        for open in [
            { try await SQLiteLedger.open(path: path, host: "here") },
            { _ = try await SQLiteLedger.openReadOnly(path: path) },
            { try await SQLiteLedger.openForDryRun(path: path, .plan) },
        ] as [() async throws -> Any] {
            let error = await #expect(throws: LedgerError.self) { _ = try await open() }
            #expect(
                error?.code == .cannotOpen && error?.problem.contains("no ledger of usher") == true, "\(error as Any)")
        }
        #expect(try Data(contentsOf: URL(filePath: path)) == before, "not an octet has changed")
        #expect(folder.list("") == ["usher.sqlite"])
    }

    @Test func thatIsNoDatabaseIsSaidToBeNone() async throws {
        let folder = try TemporaryFolder(holdsSoundLedgers: false)
        try folder.write(String(repeating: "not a ledger ", count: 200), to: "usher.sqlite")
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: folder.path("usher.sqlite"), host: "here")
        }
        #expect(error?.code == .corrupt)
    }

    @Test func thatCannotBeMadeIsSaidSo() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a file", to: "occupied")
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: folder.path("occupied/usher.sqlite"), host: "here")
        }
        #expect(error?.code == .cannotOpen)
    }

    @Test func onAFullDiskKeepsWhatItHeld() async throws {
        let fixture = try await LedgerFixture()
        try await fixture.enrol(["ada"])
        let small = try await fixture.another()
        try await small.limitPages()
        let names = (0..<2000).map { "p\($0)" }
        let scan = try await small.beginRoster(fixture.list, under: fixture.lease)
        let error = await #expect(throws: LedgerError.self) {
            try await small.observe(scan, names.map { try fixture.attendee($0) }, now: fixture.now)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.next.contains("room") == true)
        #expect(try await fixture.ledger.candidates(job: "t", list: fixture.list, after: nil, limit: 10).count == 1)
        #expect(try await fixture.claim().count == 1)
    }

    @Test func aPersonWhoIsForgottenIsGoneFromEveryByteAndNeverSentToAgain() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada", "bob"])
        let claims = try await fixture.claim()
        try await fixture.ledger.finish(
            try await fixture.wire(claims).map { .sent($0, Evidence("250 for \($0.claim.recipient.label)")) },
            now: fixture.now)
        let removed = try await fixture.ledger.forget(try fixture.address("ada"), now: fixture.now)
        #expect((removed.deliveries, removed.registrations) == (1, 1))
        for name in fixture.folder.list() {
            let bytes = try Data(contentsOf: URL(filePath: fixture.folder.path(name)))
            #expect(bytes.range(of: Data("ada@example".utf8)) == nil, "\(name)")
        }
        #expect(try await fixture.enrol([try fixture.delivery("ada", session: session)]) == 0)
        #expect(
            try await fixture.ledger.list(LedgerFilter()).map(\.recipient).sorted() == [
                "(forgotten)", "bob@example.com",
            ])
    }

    @Test func pruningRemovesPeopleAndKeepsKeys() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada"])
        try await fixture.ledger.finish(
            try await fixture.wire(try await fixture.claim()).map { .sent($0, Evidence("ok")) }, now: fixture.now)
        let early = try await fixture.ledger.prune(before: fixture.now)
        #expect((early.deliveries, early.registrations) == (0, 0))
        let late = try await fixture.ledger.prune(before: session.end + .seconds(1))
        #expect((late.deliveries, late.registrations) == (1, 1))
        #expect(try await fixture.ledger.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        #expect(try await fixture.states() == ["sent": 1])
        try await fixture.enrol(["ada"])
        #expect(try await fixture.states() == ["sent": 1])
    }

    @Test func whatStillWaitsIsNotPrunedAway() async throws {
        let fixture = try await LedgerFixture()
        let session = try await fixture.enrol(["ada"])
        _ = try await fixture.ledger.prune(before: session.end + .seconds(1))
        #expect(try await fixture.claim().count == 1)
    }
}

import Foundation
import GRDB
import Testing
import UsherLedger
import UsherModel
import UsherTesting

@Suite("the ledger's file")
struct FileTests {
    @Test func isReadableByItsOwnerOnly() throws {
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        for name in desk.folder.list() {
            let attributes = try FileManager.default.attributesOfItem(atPath: desk.folder.path(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(desk.folder.list().contains("usher.sqlite-wal"))
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
        let desk = try LedgerDesk()
        desk.ledger.close()
        let error = #expect(throws: LedgerError.self) { try Ledger.open(path: desk.path, host: "there") }
        #expect(error?.code == .otherHost)
        #expect(error?.next.contains("take-over") == true)
        try Ledger.takeOver(path: desk.path, host: "there")
        try Ledger.open(path: desk.path, host: "there").close()
        #expect(throws: LedgerError.self) { try Ledger.open(path: desk.path, host: "here") }
    }

    @Test func ofANewerVersionIsLeftAlone() throws {
        let desk = try LedgerDesk()
        try desk.raw { db in try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
        }
        desk.ledger.close()
        let error = #expect(throws: LedgerError.self) { try Ledger.open(path: desk.path, host: "here") }
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
        let desk = try LedgerDesk()
        try desk.enrol(["ada"])
        let small = try desk.another()
        try small.limitPages()
        let names = (0..<2000).map { "p\($0)" }
        let scan = try small.beginRoster(job: "t", list: desk.event)
        let error = #expect(throws: LedgerError.self) {
            try small.observe(scan, names.map { try desk.attendee($0) }, now: desk.now)
        }
        #expect(error?.code == .cannotWrite)
        #expect(error?.next.contains("room") == true)
        #expect(try desk.ledger.candidates(job: "t", list: desk.event, after: nil, limit: 10).count == 1)
        #expect(try desk.claim().count == 1)
    }

    @Test func aPlanOnACopyChangesNothing() throws {
        let desk = try LedgerDesk()
        let session = try desk.enrol(["ada"])
        let before = try Data(contentsOf: URL(filePath: desk.path))
        let copy = try Ledger.copyOrEmpty(of: desk.path)
        try copy.beginPlan(job: "t")
        try copy.propose([try desk.delivery("bob", session: session)], superseding: [], job: "t")
        #expect(try copy.planSummary().sends == 1)
        try copy.enrol(now: desk.now)
        copy.close()
        #expect(try Data(contentsOf: URL(filePath: desk.path)) == before)
        #expect(try desk.states() == ["pending": 1])
        let empty = try Ledger.copyOrEmpty(of: desk.folder.path("nowhere.sqlite"))
        #expect(try empty.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        #expect(!desk.folder.list().contains("nowhere.sqlite"))
    }

    @Test func aPersonWhoIsForgottenIsGoneFromEveryByteAndNeverSentToAgain() throws {
        let desk = try LedgerDesk()
        let session = try desk.enrol(["ada", "bob"])
        let claims = try desk.claim()
        try desk.ledger.settle(
            try desk.wire(claims).map { .sent($0, Evidence("250 for \($0.claim.recipient.label)")) }, now: desk.now)
        let removed = try desk.ledger.forget(try desk.address("ada"), now: desk.now)
        #expect((removed.deliveries, removed.registrations) == (1, 1))
        for name in desk.folder.list() {
            let bytes = try Data(contentsOf: URL(filePath: desk.folder.path(name)))
            #expect(bytes.range(of: Data("ada@example".utf8)) == nil, "\(name)")
        }
        try desk.ledger.beginPlan(job: "t")
        try desk.ledger.propose([try desk.delivery("ada", session: session)], superseding: [], job: "t")
        #expect(try desk.ledger.enrol(now: desk.now) == 0)
        #expect(try desk.ledger.list(LedgerFilter()).map(\.recipient).sorted() == ["(forgotten)", "bob@example.com"])
    }

    @Test func pruningRemovesPeopleAndKeepsKeys() throws {
        let desk = try LedgerDesk()
        let session = try desk.enrol(["ada"])
        try desk.ledger.settle(try desk.wire(try desk.claim()).map { .sent($0, Evidence("ok")) }, now: desk.now)
        let early = try desk.ledger.prune(before: desk.now)
        #expect((early.deliveries, early.registrations) == (0, 0))
        let late = try desk.ledger.prune(before: session.end + .seconds(1))
        #expect((late.deliveries, late.registrations) == (1, 1))
        #expect(try desk.ledger.sessions(job: "t", endingAfter: .distantPast).isEmpty)
        #expect(try desk.states() == ["sent": 1])
        try desk.enrol(["ada"])
        #expect(try desk.states() == ["sent": 1])
    }

    @Test func whatStillWaitsIsNotPrunedAway() throws {
        let desk = try LedgerDesk()
        let session = try desk.enrol(["ada"])
        _ = try desk.ledger.prune(before: session.end + .seconds(1))
        #expect(try desk.claim().count == 1)
    }
}

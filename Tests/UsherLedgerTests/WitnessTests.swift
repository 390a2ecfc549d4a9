import Foundation
import GRDB
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

/// What is beside the ledger and notices that the ledger is not the one that was left.
@Suite("a ledger and its witness")
struct WitnessTests {
    private let fixture: LedgerFixture
    private let manager = FileManager.default

    init() async throws { fixture = try await LedgerFixture() }

    private var witness: String { fixture.path + ".witness" }

    /// Enrols a delivery for each name and sends it; the outcome is the last thing on disk.
    private func send(_ names: [String]) async throws {
        try await fixture.enrol(names)
        try await sendNext(names.count, from: fixture.ledger)
    }

    private func sendNext(_ number: Int, from ledger: SQLiteLedger) async throws {
        let wired = try await fixture.wire(try await fixture.claim(number, from: ledger), in: ledger)
        #expect(wired.count == number)
        try await ledger.finish(wired.map { .sent($0, Evidence("ok")) }, now: fixture.now)
    }

    /// Moves everything from the log to the file.
    private func checkpoint() async throws {
        try await fixture.ledger.access { db in _ = try db.checkpoint(.truncate) }
    }

    /// Copies the file, and its log where it has one.
    private func backUp(_ suffixes: [String] = ["", "-wal"]) throws {
        for suffix in suffixes where manager.fileExists(atPath: fixture.path + suffix) {
            try? manager.removeItem(atPath: fixture.folder.path("backup\(suffix)"))
            try manager.copyItem(atPath: fixture.path + suffix, toPath: fixture.folder.path("backup\(suffix)"))
        }
    }

    /// Puts the copy in the place of the ledger.
    private func restore(_ suffixes: [String] = ["", "-wal"], leaving kept: [String] = []) throws {
        for suffix in ["", "-wal", "-shm"] where !kept.contains(suffix) {
            try? manager.removeItem(atPath: fixture.path + suffix)
            guard suffixes.contains(suffix) else { continue }
            let copy = fixture.folder.path("backup\(suffix)")
            if manager.fileExists(atPath: copy) { try manager.copyItem(atPath: copy, toPath: fixture.path + suffix) }
        }
    }

    @discardableResult
    private func expectRefused(_ words: String...) async throws -> LedgerError? {
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: fixture.path, host: "here")
        }
        #expect(error?.code == .putBack, "\(error as Any)")
        for word in words { #expect(error?.description.contains(word) == true, "\(word): \(error as Any)") }
        return error
    }

    // MARK: Put back

    @Test(arguments: [["", "-wal"], [""]])
    func aFileThatWasPutBackIsRefused(_ suffixes: [String]) async throws {
        try await send(["ada"])
        if suffixes == [""] { try await checkpoint() }
        try backUp()
        try await send(["bob", "cem"])
        await fixture.ledger.close()
        try restore(suffixes)
        let error = try await expectRefused("put back", "deliveries that may have left", "usher adopt JOB")
        let reading = try #require(try await SQLiteLedger.openReadOnly(path: fixture.path))
        #expect(reading.suspicion == error)
        #expect(try await SQLiteLedger.openForDryRun(path: fixture.path, .plan).suspicion == error)
        #expect(try await reading.list(LedgerFilter()).count <= 3, "reading goes on")
    }

    @Test func nothingIsSaidOfALedgerThatWasClosedOrKilled() async throws {
        try await send(["ada"])
        // As after a kill: the log is still there.
        try backUp()
        await fixture.ledger.close()
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        try restore()
        let ledger = try await SQLiteLedger.open(path: fixture.path, host: "here")
        #expect(try await SQLiteLedger.openReadOnly(path: fixture.path)?.suspicion == nil)
        await ledger.close()
    }

    @Test(arguments: ["removed", "cut", "flipped"])
    func aLogThatIsNotWholeIsNoticed(_ damage: String) async throws {
        try await send(["ada"])
        try await checkpoint()
        try await send(["bob"])
        try backUp()
        await fixture.ledger.close()
        let log = fixture.folder.path("backup-wal")
        var octets = try Data(contentsOf: URL(filePath: log))
        switch damage {
        case "removed": try manager.removeItem(atPath: log)
        case "cut": try octets.prefix(octets.count / 3).write(to: URL(filePath: log))
        default:
            octets[octets.count / 4] ^= 1
            try octets.write(to: URL(filePath: log))
        }
        try restore()
        try await expectRefused("its -wal was lost")
    }

    /// SQLite takes the pages of the log for those of the file.
    @Test func aFileThatWasPutBackBesideTheLogOfALaterOneIsRefused() async throws {
        try await send((0..<40).map { "p\($0)" })
        try await checkpoint()
        try backUp([""])
        try await send((40..<400).map { "p\($0)" })
        try await checkpoint()
        try await send(["zoe"])
        try manager.copyItem(atPath: fixture.path + "-wal", toPath: fixture.folder.path("backup-wal"))
        let present = fixture.folder.path("present")
        try manager.copyItem(atPath: fixture.path, toPath: present)
        await fixture.ledger.close()
        try restore()
        for _ in 0..<2 { try await expectRefused("-wal belongs to the one that was there before", "remove") }
        // The file that belongs to the log is none the worse for having another date.
        try manager.removeItem(atPath: fixture.folder.path("backup"))
        try manager.moveItem(atPath: present, toPath: fixture.folder.path("backup"))
        try restore()
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
    }

    @Test func aSuppressionThatWasLostIsNoticed() async throws {
        try await send(["ada"])
        try backUp()
        try await fixture.ledger.suppress(fixture.address("bob"), reason: "asked to", now: fixture.now)
        await fixture.ledger.close()
        try restore()
        try await expectRefused("1 change that somebody made, such as a suppression")
    }

    @Test func whatWasAdoptedIsRememberedByItsKeys() async throws {
        let session = try fixture.session()
        try await fixture.record([fixture.memory(session)])
        let proposal = try await fixture.propose([try fixture.delivery("ada", session: session)])
        try await fixture.ledger.adopt(proposal, now: fixture.now)
        await fixture.ledger.close()
        let records = try #require(try WitnessFile.open(of: fixture.path)).records()
        let adopted = records.filter { $0.kind == .adopted }
        let key = try fixture.delivery("ada", session: session).key
        #expect(adopted.map(\.entries) == [[try #require(SQLiteLedger.entry(key.hex))]])
        #expect(adopted.map(\.told) == [1])
    }

    // MARK: Files that hold nothing

    @Test(arguments: ["emptied", "another database", "gone"], [true, false])
    func aFileThatHoldsNothingIsNoNewLedger(_ what: String, hasWitness: Bool) async throws {
        try await send(["ada"])
        await fixture.ledger.close()
        try manager.removeItem(atPath: fixture.path)
        if !hasWitness { try manager.removeItem(atPath: witness) }
        switch what {
        case "emptied": try fixture.folder.write("", to: "usher.sqlite")
        case "another database":
            let queue = try DatabaseQueue(path: fixture.path)
            try await queue.write { db in try db.execute(sql: "PRAGMA user_version = 0; PRAGMA application_id = 1") }
            try queue.close()
        default:
            // Where neither is left, nothing tells it from a new one.
            guard hasWitness else { return }
        }
        try await expectRefused(hasWitness ? "1 delivery may have left" : "holds nothing", "usher adopt")
        if what == "gone" {
            await #expect(throws: LedgerError.self) { _ = try await SQLiteLedger.openReadOnly(path: fixture.path) }
        }
        #expect(try await SQLiteLedger.openForDryRun(path: fixture.path, .plan).suspicion?.code == .putBack)
    }

    @Test func aCreationThatWasInterruptedGoesOn() async throws {
        await fixture.ledger.close()
        for content in ["", nil] {
            for suffix in ["", "-wal", "-shm"] { try? manager.removeItem(atPath: fixture.path + suffix) }
            if let content { try fixture.folder.write(content, to: "usher.sqlite") }
            try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        }
        #expect(try WitnessFile.read(of: fixture.path)?.isOfNewLedger == true)
    }

    // MARK: Other witnesses

    @Test func aLedgerFromBeforeGetsAWitness() async throws {
        try await fixture.enrol(["ada", "bob"])
        try await sendNext(1, from: fixture.ledger)
        await fixture.ledger.close()
        try manager.removeItem(atPath: witness)
        try fixture.raw { db in
            try db.execute(sql: "DELETE FROM setting WHERE name IN ('ledger id', 'witness')")
        }
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        #expect(try WitnessFile.read(of: fixture.path)?.told == 1)
        try backUp()
        let ledger = try await fixture.another()
        try await sendNext(1, from: ledger)
        await ledger.close()
        try restore()
        try await expectRefused("put back")
    }

    @Test func aWitnessThatIsMissingIsToldApart() async throws {
        try await send(["ada"])
        await fixture.ledger.close()
        try manager.removeItem(atPath: witness)
        try await expectRefused("is missing", "take-over", "usher adopt")
        try await SQLiteLedger.takeOver(path: fixture.path, host: "here")
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        #expect(try WitnessFile.read(of: fixture.path)?.told == 1)
    }

    @Test func theWitnessOfAnotherLedgerIsToldApart() async throws {
        try await send(["ada"])
        let other = try await LedgerFixture()
        try await other.enrol(["ada", "bob"])
        _ = try await other.wire(try await other.claim())
        await fixture.ledger.close()
        try manager.removeItem(atPath: witness)
        try manager.copyItem(atPath: other.path + ".witness", toPath: witness)
        try await expectRefused("another ledger")
        try await SQLiteLedger.takeOver(path: fixture.path, host: "here")
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
    }

    /// Whoever takes a ledger over that is older than its witness has not thereby told it what is missing.
    @Test func takingOverMakesNoWitnessForget() async throws {
        try backUp()
        try await send(["ada"])
        await fixture.ledger.close()
        try restore()
        try await SQLiteLedger.takeOver(path: fixture.path, host: "here")
        try await expectRefused("put back")
    }

    @Test func aCopyHasAWitnessOfItsOwn() async throws {
        try await send(["ada"])
        let copy = fixture.folder.path("copy.sqlite")
        try await SQLiteLedger.copy(path: fixture.path, to: copy, host: "there")
        try await SQLiteLedger.open(path: copy, host: "there").close()
        #expect(try WitnessFile.read(of: copy)?.told == 1)
        #expect(try WitnessFile.read(of: copy)?.ledger != WitnessFile.read(of: fixture.path)?.ledger)
    }

    @Test func aLinkInItsPlaceIsNotFollowed() async throws {
        try await send(["ada"])
        await fixture.ledger.close()
        try manager.moveItem(atPath: witness, toPath: fixture.folder.path("elsewhere"))
        try manager.createSymbolicLink(atPath: witness, withDestinationPath: fixture.folder.path("elsewhere"))
        let error = await #expect(throws: LedgerError.self) {
            try await SQLiteLedger.open(path: fixture.path, host: "here")
        }
        #expect(error?.code == .cannotWrite)
    }

    // MARK: Keeping it

    @Test func whatIsTornAtItsEndIsLeftOut() async throws {
        try await fixture.enrol(["ada", "bob"])
        try await sendNext(1, from: fixture.ledger)
        await fixture.ledger.close()
        let file = try #require(FileHandle(forWritingAtPath: witness))
        try file.seekToEnd()
        try file.write(contentsOf: Data("ushrwit1 and then the power failed".utf8))
        try file.close()
        let ledger = try await fixture.another()
        try await sendNext(1, from: ledger)
        await ledger.close()
        let open = try #require(try WitnessFile.open(of: fixture.path))
        #expect(try open.records().map(\.told).max() == 2)
        #expect(try open.records().map(\.length).reduce(0, +) == open.size(), "the torn part is gone")
    }

    /// A run was killed after its commit, or a power failure took the end of the witness.
    @Test func whatItMissesIsAddedFromTheLedger() async throws {
        try await send(["ada"])
        try await send(["bob", "cem"])
        await fixture.ledger.close()
        let whole = try #require(try WitnessFile.open(of: fixture.path)).records()
        let lastMarks = try #require(whole.lastIndex { $0.kind == .marks })
        _ = try WitnessFile.replace(of: fixture.path, with: Array(whole[..<lastMarks]))
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        let mended = try #require(try WitnessFile.open(of: fixture.path)).records()
        let keys = { (records: [WitnessRecord]) in Set(records.flatMap(\.entries).map(\.key)) }
        #expect(keys(mended) == keys(whole))
        #expect(Witness(mended)?.gaps == [] && Witness(mended)?.told == 3)
    }

    @Test func nothingLeavesThatItDoesNotHold() async throws {
        try await fixture.enrol(["ada", "bob"])
        let claims = try await fixture.claim()
        try manager.removeItem(atPath: witness)
        let results = try await fixture.ledger.wire(claims, clock: fixture.now)
        for result in results {
            #expect(throws: LedgerError.self) { try result.get() }
            if case .failure(let error) = result { #expect(error.problem.contains("witness"), "\(error)") }
        }
        #expect(results.count == 2)
        #expect(try await fixture.states() == ["pending": 2])
    }

    @Test func itStaysSmall() async throws {
        try await send(["ada"])
        await fixture.ledger.close()
        let records = try #require(try WitnessFile.open(of: fixture.path)).records()
        var last = try #require(records.last { $0.kind == .marks })
        last.entries = Array(repeating: last.entries[0], count: 1 << 20)
        var old = last
        (old.before, old.told) = (0, 0)
        old.entries = Array(repeating: last.entries[0], count: 1 << 19)
        _ = try WitnessFile.replace(of: fixture.path, with: [old, last])
        try await SQLiteLedger.open(path: fixture.path, host: "here").close()
        let file = try #require(try WitnessFile.open(of: fixture.path))
        #expect(try file.size() < WitnessFile.largestBytes && file.summary()?.told == 1)
        #expect(try file.records().first?.entries.count == 1 << 20)
    }

    @Test func severalRunsAtOnceLeaveNoGap() async throws {
        let names = (0..<60).map { "p\($0)" }
        try await fixture.enrol(names)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                group.addTask {
                    let ledger = try await fixture.another()
                    while let claim = try await fixture.claim(1, by: "run \(number)", from: ledger).first {
                        _ = try await fixture.wire([claim], in: ledger)
                    }
                    await ledger.close()
                }
            }
            try await group.waitForAll()
        }
        await fixture.ledger.close()
        let records = try #require(try WitnessFile.open(of: fixture.path)).records()
        // A run that opens the ledger adds what another has committed and not yet appended: some marks are there twice.
        #expect(Set(records.flatMap(\.entries).map(\.key)).count == 60)
        #expect(Witness(records)?.gaps == [] && Witness(records)?.told == 60)
    }

    @Test func anIdleRunAddsNothing() async throws {
        try await send(["ada"])
        await fixture.ledger.close()
        let before = try #require(try WitnessFile.open(of: fixture.path)).size()
        let ledger = try await fixture.another()
        let run = try await ledger.beginRun(job: "t", owner: Owner(rawValue: "me"), now: fixture.now)
        try await ledger.endRun(run, outcome: "done", now: fixture.now)
        await ledger.close()
        #expect(try WitnessFile.open(of: fixture.path)?.size() == before)
    }
}

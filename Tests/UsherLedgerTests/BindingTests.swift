import Foundation
import GRDB
import Synchronization
import Testing
import UsherModel
import UsherTesting

@testable import UsherLedger

/// Which copies of a ledger are refused, and which moves are none.
@Suite("what a ledger is bound to")
struct BindingTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path("usher.sqlite") }

    init() throws { folder = try TemporaryFolder() }

    private static func host(
        _ machine: String, _ binding: LedgerBinding? = nil, usual: LedgerBinding = .volume, boot: String = "boot",
        warn: @escaping @Sendable (String) -> Void = { _ in }
    ) -> LedgerHost {
        LedgerHost(machine: machine, boot: boot, binding: binding, usual: usual, warn: warn)
    }

    private func isAdmitted(_ host: LedgerHost, at path: String? = nil) async throws -> Bool {
        do throws(LedgerError) {
            try await SQLiteLedger.open(path: path ?? self.path, host: host).close()
            return true
        } catch {
            guard error.code == .otherHost else { throw error }
            #expect(error.next.contains("take-over"))
            return false
        }
    }

    /// A copy of the ledger, as `cp` makes it.
    private func copied() throws -> String {
        try FileManager.default.copyItem(atPath: path, toPath: folder.path("copy.sqlite"))
        return folder.path("copy.sqlite")
    }

    @Test func theSameFileIsUsedFromEveryContainerAndACopyFromNone() async throws {
        for name in ["first", "second", "third"] { #expect(try await isAdmitted(Self.host(name)), "\(name)") }
        try FileManager.default.createDirectory(atPath: folder.path("mounted"), withIntermediateDirectories: false)
        let copy = try copied()
        #expect(try await !isAdmitted(Self.host("first"), at: copy))
        // As a backup that is put back in place under the same name.
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
        #expect(rename(path, folder.path("mounted/usher.sqlite")) == 0)
        #expect(try await isAdmitted(Self.host("fourth"), at: folder.path("mounted/usher.sqlite")), "it was only moved")
        #expect(rename(copy, path) == 0)
        #expect(try await !isAdmitted(Self.host("first")))
        try await SQLiteLedger.takeOver(path: path, host: Self.host("first"))
        #expect(try await isAdmitted(Self.host("second")))
    }

    @Test func aMachineIsKeptToWhereThatIsSaidOrUsual() async throws {
        #expect(try await isAdmitted(Self.host("here", usual: .host)))
        #expect(try await !isAdmitted(Self.host("there", usual: .host)))
        // What it is bound to stays, in a container as well.
        #expect(try await !isAdmitted(Self.host("there", usual: .volume)))
        #expect(try await isAdmitted(Self.host("here", usual: .volume)))
        #expect(try await !isAdmitted(Self.host("there", .host)))
    }

    @Test func thatAJobFileSaysOtherwiseBindsItAnewWhereItIsNoCopy() async throws {
        #expect(try await isAdmitted(Self.host("here", .host)))
        #expect(try await !isAdmitted(Self.host("there", .volume)), "another machine may still use the original")
        #expect(try await isAdmitted(Self.host("here", .volume)))
        #expect(try await isAdmitted(Self.host("there", .volume)))
        #expect(try await isAdmitted(Self.host("there", usual: .host)), "it stays bound to the file")
        let copy = try copied()
        #expect(try await !isAdmitted(Self.host("there", .host), at: copy))
        #expect(try await isAdmitted(Self.host("there", .host)))
        #expect(try await !isAdmitted(Self.host("here", .host)))
    }

    @Test func boundToNothingItSaysOnceThatItWasMoved() async throws {
        let warnings = Mutex<[String]>([])
        func open(_ machine: String, at path: String) async throws -> Int {
            let host = Self.host(machine, .nothing) { warning in warnings.withLock { $0.append(warning) } }
            #expect(try await isAdmitted(host, at: path))
            return warnings.withLock { $0.count }
        }
        #expect(try await open("here", at: path) == 0)
        #expect(try await open("there", at: path) == 0, "the file is the same")
        let copy = try copied()
        #expect(try await open("there", at: copy) == 0, "the machine and the path are the same")
        try FileManager.default.removeItem(atPath: path)
        #expect(rename(copy, path) == 0)
        #expect(try await open("there", at: path) == 0)
        let second = try copied()
        #expect(try await open("elsewhere", at: second) == 1)
        #expect(try await open("elsewhere", at: second) == 1)
        #expect(warnings.withLock { $0.first }?.contains("bind: none") == true)
    }

    /// As an earlier version left it: bound to its host name, with no word of what it is bound to.
    private func bindAsBefore(_ machine: String, boot: String) async throws {
        let ledger = try await SQLiteLedger.open(path: path, host: Self.host(machine, .host))
        _ = try await ledger.beginRun(
            job: "t", owner: Owner(rawValue: "\(boot):1:2"), now: Instant(secondsSince1970: 1_796_000_000))
        await ledger.close()
        try await DatabaseQueue(path: path).write { db in
            try db.execute(sql: "DELETE FROM setting WHERE name = 'bind'")
            try db.execute(
                sql: """
                    INSERT INTO delivery (key, job, rule, channel, template, event, session, recipient, kind, is_own, due_at, expires_at,
                        enrolled_at, state, attempts, not_before)
                    VALUES (:key, 't', 'r', 'mail', 'x', 'e', 's', 'p', 'registered', 0, 1, 9, 1, 'pending', 0, 1)
                    """, arguments: ["key": String(repeating: "0", count: 64)])
            try db.execute(sql: "UPDATE counter SET value = 1")
            for change in [
                "state = 'claimed', owner = 'o', lease_until = 1",
                "state = 'wire', told_revision = 0, told_order = 1, wired_at = 2000000000",
                "state = 'sent', owner = NULL, lease_until = NULL, finished_at = 1",
            ] { try db.execute(sql: "UPDATE delivery SET \(change)") }
        }
    }

    @Test func whatAnEarlierVersionBoundToAHostNameIsTheVolumesWhereItIsCertainlyNoCopy() async throws {
        try await bindAsBefore("pod-1", boot: "boot")
        #expect(try await !isAdmitted(Self.host("pod-2", boot: "another")), "another node, or a restart")
        #expect(try await isAdmitted(Self.host("pod-2")), "the same node, and the file is older than what it marked")
        #expect(try await isAdmitted(Self.host("pod-3", boot: "another")), "from now on it is bound to its volume")
    }

    @Test func aCopyOfWhatAnEarlierVersionBoundIsRefused() async throws {
        try await bindAsBefore("pod-1", boot: "boot")
        try await DatabaseQueue(path: path).write { db in
            try db.execute(sql: "UPDATE delivery SET wired_at = 1700000000")
        }
        #expect(try await !isAdmitted(Self.host("pod-2")), "it is younger than what it marked")
        try await DatabaseQueue(path: path).write { db in try db.execute(sql: "UPDATE delivery SET wired_at = NULL") }
        #expect(try await !isAdmitted(Self.host("pod-2")), "nothing says when its content was made")
        #expect(try await isAdmitted(Self.host("pod-1")), "the host name is still the same")
    }
}

import Foundation
import Testing
import UsherEngine
import UsherModel
import UsherTesting

@Suite("the ledger in a folder in which others may write")
struct LedgerFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("shared/usher.sqlite")
        for name in ["shared", "target"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
    }

    private func link(to target: String, owner: uid_t? = nil) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        if let owner { #expect(lchown(path, owner, owner) == 0) }
    }

    private func mode(of name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.path(name))[.posixPermissions] as? Int
    }

    /// Only root can make files that belong to someone else.
    @Test(.enabled(if: geteuid() == 0))
    func isNotMadeWhereTheLinkOfSomebodyElseLeads() async throws {
        try link(to: "../target/usher.sqlite", owner: 12_345)
        let error = await #expect(throws: LedgerError.self) { try await LedgerKinds.open(path, host: "here") }
        #expect(error?.description.contains("belongs to the user 12345") == true, "\(String(describing: error))")
        await #expect(throws: LedgerError.self) { try await LedgerKinds.openReadOnly(path) }
        await #expect(throws: LedgerError.self) { try await LedgerKinds.openForDryRun(path, .plan) }
        await #expect(throws: LedgerError.self) { try await LedgerKinds.takeOver(path, host: "here") }
        #expect(folder.list("target").isEmpty)
    }

    /// They would own the ledger, and could read and change it.
    @Test(.enabled(if: geteuid() == 0))
    func isNotMadeInAnEmptyFileOfSomebodyElse() async throws {
        try folder.write("", to: "shared/usher.sqlite")
        #expect(chown(path, 12_345, 12_345) == 0)
        let error = await #expect(throws: LedgerError.self) { try await LedgerKinds.open(path, host: "here") }
        #expect(error?.description.contains("belongs to the user 12345") == true, "\(String(describing: error))")
        #expect(try folder.read("shared/usher.sqlite").isEmpty)
    }

    @Test func isReadableByItsOwnerOnlyWhereAnOwnLinkLeadsToo() async throws {
        try link(to: "../target/ledger")
        let ledger = try await LedgerKinds.open(path, host: "here")
        for name in folder.list("target") { #expect(try mode(of: "target/\(name)") == 0o600, "\(name)") }
        #expect(folder.list("target").contains("ledger") && folder.list("shared") == ["usher.sqlite"])
        #expect(folder.list("target").contains("ledger.witness"))
        await ledger.close()
        #expect(try await LedgerKinds.openReadOnly(path) != nil)
    }
}

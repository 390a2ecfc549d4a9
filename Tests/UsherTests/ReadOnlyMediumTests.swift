import Foundation
import Testing
import UsherTesting

@Suite("a ledger on a medium that is mounted read-only")
struct ReadOnlyMediumTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 2)
    }

    /// Starts a command where its folder is mounted read-only, in a mount namespace of its own.
    private static let launcher = [
        "/usr/bin/unshare", "-rm", "/bin/sh", "-c",
        #"mount --bind "$PWD" "$PWD" && mount -o remount,ro,bind "$PWD" && cd "$PWD" && exec "$0" "$@""#,
    ]

    private static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: launcher[0])
        process.arguments = launcher.dropFirst() + ["/bin/true"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func reading(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path, launcher: Self.launcher).finish()
    }

    @Test(.enabled(if: canMount, "mount namespaces are not allowed here"))
    func isReadAndNeverWritten() async throws {
        let run = try await Command.run("run", "job.yaml", "--now", "2026-12-01T09:00:00Z", in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
        let here = try await Command.run("ledger", "list", "--job", "job.yaml", in: folder.path)
        let list = try await reading("ledger", "list", "--job", "job.yaml")
        #expect(list.status == 0 && list.output == here.output, "\(list.errors)")
        #expect(list.output.contains("p1@example.com"))
        let status = try await reading("status", "--job", "job.yaml", "--now", "2026-12-01T09:01:00Z")
        #expect(status.status == 0 && status.output.contains("2 sent"), "\(status.errors)")
        let verify = try await reading("ledger", "verify", "--job", "job.yaml")
        #expect(verify.status == 0 && verify.output.contains("all is well"), "\(verify.errors)")
        let again = try await reading("run", "job.yaml", "--now", "2026-12-01T09:02:00Z")
        #expect(again.status == 74 && again.errors.contains("Read-only file system"), "\(again.errors)")
    }
}

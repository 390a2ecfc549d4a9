import Foundation
import Testing
import UsherTesting

/// Runs as in the containers of a CronJob: without a machine id, under a new host name each time, in namespaces of their own.
@Suite("runs in containers")
struct ContainerTests {
    private let folder: TemporaryFolder
    private static let now = "2026-12-01T09:00:00Z"

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 2)
    }

    /// A container: an empty machine id and a host name, in a namespace of processes of its own.
    private static func container(_ name: String) -> [String] {
        let setUp = """
            for id in /etc/machine-id /var/lib/dbus/machine-id; do [ ! -f $id ] || mount --bind /dev/null $id || exit 1; done
            hostname NAME && exec "$0" "$@"
            """
        return [
            "/usr/bin/unshare", "-rmu", "-pf", "--mount-proc", "--kill-child", "/bin/sh", "-c",
            setUp.replacing("NAME", with: name),
        ]
    }

    private static let canContain: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/unshare")
        process.arguments = container("x").dropFirst() + ["/bin/true"]
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func start(_ name: String, _ command: [String] = ["run", "job.yaml"]) throws -> Command.Running {
        let time = command[0] == "run" ? ["--now", Self.now, "--confirm-now"] : []
        return try Command.start(command + time, in: folder.path, launcher: Self.container(name))
    }

    private func run(_ name: String) async throws -> Command.Result {
        try await start(name).finish(within: .seconds(120))
    }

    private func bind(_ binding: String, path: String = "usher.sqlite") throws {
        let job = Rehearsal.job().replacing("ledger: usher.sqlite", with: "ledger: {path: \(path), bind: \(binding)}")
        try folder.write(job, to: "job.yaml")
    }

    @Test(.enabled(if: canContain, "namespaces are not allowed here"))
    func onAVolumeGoOnUnderEveryHostNameAndRefuseACopy() async throws {
        for name in ["usher-1", "usher-2", "usher-3"] {
            let result = try await run(name)
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(Rehearsal(folder.path).messages().count == 2)
        try FileManager.default.copyItem(atPath: folder.path("usher.sqlite"), toPath: folder.path("copy.sqlite"))
        try folder.write(Rehearsal.job().replacing("usher.sqlite", with: "copy.sqlite"), to: "job.yaml")
        let refused = try await run("usher-4")
        #expect(refused.status == 76 && refused.errors.contains("it was copied, or restored"), "\(refused.errors)")
        let takeOver = try await start("usher-5", ["ledger", "take-over", "--job", "job.yaml", "--yes"]).finish()
        #expect(takeOver.status == 0, "\(takeOver.errors)")
        #expect(try await run("usher-6").status == 0)
    }

    @Test(.enabled(if: canContain, "namespaces are not allowed here"))
    func areBoundAsTheJobSays() async throws {
        try bind("host")
        #expect(try await run("usher-1").status == 0)
        let refused = try await run("usher-2")
        #expect(refused.status == 76 && refused.errors.contains("on another machine"), "\(refused.errors)")
        try bind("none")
        #expect(try await run("usher-2").errors.isEmpty == false)
        #expect(try await run("usher-3").errors == "")
        for suffix in ["", ".witness"] {
            try FileManager.default.copyItem(
                atPath: folder.path("usher.sqlite\(suffix)"), toPath: folder.path("copy.sqlite\(suffix)"))
        }
        try bind("none", path: "copy.sqlite")
        let copied = try await run("usher-4")
        #expect(copied.status == 0 && copied.errors.contains("moved or copied"), "\(copied.errors)")
        #expect(try await run("usher-5").errors == "")
    }

    /// A run in another namespace cannot be seen; taken for dead, it would have its mail called in doubt, or sent twice.
    @Test(.enabled(if: canContain, "namespaces are not allowed here"), arguments: [true, false])
    func areLeftAloneWhileTheirLeaseLasts(_ isInContainer: Bool) async throws {
        try await MailServer.run { server in
            try folder.write(Rehearsal.mailJob(server.url), to: "job.yaml")
            server.expect(.dot, .silence)
            let first = try start("usher-1")
            while server.commands.count(where: { $0.hasPrefix("DATA") }) < 1 {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await Task.sleep(for: .milliseconds(200))
            let second =
                isInContainer
                ? try await run("usher-2")
                : try await Command.run("run", "job.yaml", "--now", Self.now, "--confirm-now", in: folder.path)
            let doubts = try await Command.run(
                "ledger", "list", "--state", "in_doubt", "--ledger", "usher.sqlite", in: folder.path)
            #expect(doubts.output == "no such deliveries\n", "\(second.errors)")
            let held = try await Command.run(
                "ledger", "list", "--state", "wire", "--ledger", "usher.sqlite", in: folder.path)
            #expect(held.output.split(separator: "\n").count == 2, "\(held.output)")
            kill(first.process.processIdentifier, SIGKILL)
            _ = try await first.finish()
        }
    }
}

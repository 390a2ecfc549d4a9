import Foundation
import Testing
import UsherTesting

@Suite("usher inbox, on the command line")
struct InboxCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 2)
    }

    /// Runs the `usher` built along with these tests.
    private func usher(_ arguments: String...) async throws -> Python.Result {
        let folders = [
            Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent(),
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
        ]
        let binary = folders.map { $0.appending(path: "usher").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return try await Python.run(MailHost.script, ["run", try #require(binary)] + arguments)
    }

    @Test func reportsWhatItRecordedAndWhatItRejected() async throws {
        try await MailHost.run(["events@usher.test"]) { host in
            try folder.write("events@usher.test", to: "name")
            try folder.write(MailHost.password, to: "word")
            let inbox =
                "inbox: {url: \"imaps://127.0.0.1:\(host.imaps)\", username: {file: name}, password: {file: word}, ca-file: \(host.folder.path("ca.pem")), trust: [mx.usher.test]}"
            let job = Rehearsal.job(inbox).replacing(
                "contoso.example>\"}", with: "contoso.example>\", unsubscribe: [\"mailto:leave@usher.test\"]}")
            try folder.write(job, to: "job.yaml")
            let path = folder.path("job.yaml")
            #expect(try await usher("run", path, "--now", "2026-12-01T09:00:00Z", "--confirm-now").status == 0)
            for sender in ["p0@example.com", "friend@elsewhere.test"] {
                try await host.deliver(
                    IncomingMessages.plain(from: sender, to: "leave@usher.test"), to: "events@usher.test")
            }
            try await host.deliver(IncomingMessages.plain(from: "friend@elsewhere.test"), to: "events@usher.test")

            let words = "rehearsal: 3 read, 1 unsubscribed, 1 refused, 1 other mail"
            let lines = [
                "rehearsal: suppressed: p0@example.com unsubscribed by mail",
                "rehearsal: bad record: message 2: friend@elsewhere.test asks to unsubscribe, and was never written to",
            ]
            let dry = try await usher("inbox", path, "--dry-run")
            #expect(
                dry.status == 65
                    && Set(dry.output.split(separator: "\n").map(String.init))
                        == Set(lines + [words + " (nothing was recorded)"])
            )
            let first = try await usher("inbox", path)
            #expect(
                first.status == 65 && Set(first.output.split(separator: "\n").map(String.init)) == Set(lines + [words]))
            let second = try await usher("inbox", path)
            #expect(second.status == 0 && second.output == "rehearsal: nothing new\n")
            let json = try await usher("inbox", path, "--log-format", "json")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            #expect(object["read"] as? Int == 0 && object["exit_code"] as? Int == 0)
            let list = try await usher("ledger", "suppressed", "--job", path)
            #expect(list.output.split(separator: "\n").map { $0.prefix { $0 != "," } } == ["email", "p0@example.com"])
        }
    }
}

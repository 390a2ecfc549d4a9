import Foundation
import Testing
import UsherTesting

/// What usher says of mistakes that people make with files and machines: what is wrong, where, and what to do.
@Suite("errors that help")
struct ErrorTextTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder)
    }

    private func run(
        _ command: [String] = ["run", "job.yaml"], environment: [String: String] = [:], launcher: [String] = []
    ) async throws -> Command.Result {
        try await Command.start(
            command + ["--now", "2026-12-01T09:00:00Z"], in: folder.path, environment: environment, launcher: launcher
        ).finish()
    }

    private func golden(_ result: Command.Result, _ name: String) throws {
        let text = result.errors.replacing(folder.path, with: "FOLDER")
        try expectGolden("\(text)exit code \(result.status)\n", "error-\(name).txt")
        #expect(!text.contains(".. ") && !text.contains("Error Domain"))
    }

    @Test(arguments: ["nowhere.yaml", "jobs", "."])
    func aPathThatIsNoJobFileIsSaidToBeNone(_ path: String) async throws {
        try folder.write("", to: "jobs/a.txt")
        let result = try await run(["run", path])
        #expect(result.status == 78)
        try golden(result, "job-\(path == "." ? "here" : path)")
    }

    @Test(arguments: [
        ("event", #"{"webinars": [{"id": "e1", "displayName": "E",}]}"#),
        ("session", Rehearsal.events(more: ",\n {\"id\": \"s2\",\n \"subject\": \"Two\",\n }")),
        ("registration", #"{"id": "e1", "registrations": [{"id": "r1", "email": "a@example.com",}], "sessions": []}"#),
        ("array", #"{"webinars": [{"id": "e1"},]}"#), ("object", "{\"webinars\": [],\n}"),
        ("comment", Rehearsal.events(more: ", {\n// second\n\"id\": \"s2\"}")),
        ("single-quotes", Rehearsal.events(more: ", {'id': 's2'}")),
        ("no-comma", Rehearsal.events(more: ", {\"id\": \"s2\" \"subject\": \"Two\"}")),
        ("python", Rehearsal.events(more: ", {\"id\": \"s2\", \"subject\": None}")),
    ])
    func aMistakeInJSONIsNamedWithItsLine(_ name: String, _ text: String) async throws {
        try rehearsal.write(events: text)
        try golden(try await run(["check", "job.yaml"]), "json-\(name)")
    }

    @Test func withoutATimeZoneDatabaseThatIsSaid() async throws {
        try folder.write(Rehearsal.job("defaults: {time-zone: Europe/Berlin}"), to: "zoned.yaml")
        let environment = ["TZDIR": folder.path("nowhere")]
        try golden(try await run(["check", "zoned.yaml"], environment: environment), "no-zones-job")
        try rehearsal.write(events: Rehearsal.events().replacing("\"UTC\"", with: "\"Europe/Berlin\""))
        try golden(try await run(["check", "job.yaml"], environment: environment), "no-zones-session")
    }

    @Test(arguments: [
        ("section", "{{#session.passcode}}x"), ("other-end", "{{#attendee}}{{#session}}x{{/attendee}}{{/session}}"),
        ("end-alone", "x{{/session}}"), ("open-tag", "a\n{{session.subject"), ("delimiters", "{{=x}}"),
    ])
    func aTemplateThatDoesNotEndIsNamed(_ name: String, _ text: String) async throws {
        for part in ["subject.txt", "body.txt", "body.html"] {
            try folder.write(part == "body.txt" ? "first line\n\(text)\n" : "x", to: "ours/email/mine/\(part).mustache")
        }
        let job = Rehearsal.job("templates: ours").replacing("template: invite", with: "template: mine")
        try folder.write(job, to: "job.yaml")
        let result = try await run(["check", "job.yaml"])
        #expect(result.status == 78)
        try golden(result, "mustache-\(name)")
    }

    @Test func aFolderInPlaceOfTheLedgerIsSaidToBeOne() async throws {
        try folder.write("", to: "usher.sqlite/x")
        let result = try await run()
        #expect(result.status == 74)
        try golden(result, "ledger-is-folder")
    }

    @Test func theLedgerOfAnotherUserIsSaidToBeTheirs() async throws {
        // Only the superuser may become someone else.
        guard geteuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") else { return }
        #expect(try await run().status == 0)
        for path in ["", "/usher.sqlite", "/usher.sqlite-wal", "/usher.sqlite-shm"] {
            chmod(folder.path + path, path.isEmpty ? 0o777 : 0o600)
        }
        let launcher = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        let result = try await run(launcher: launcher)
        #expect(result.status == 74)
        try golden(result, "ledger-of-another")
        try golden(try await run(["status", "--job", "job.yaml"], launcher: launcher), "ledger-of-another-status")
    }

    @Test func aSourceInTheFolderOfTheJobIsRead() async throws {
        try folder.write(Rehearsal.job().replacing("path: events.json", with: "path: ."), to: "job.yaml")
        let result = try await run()
        #expect(result.status == 0 && rehearsal.messages().count == 3, "\(result.errors)")
    }

    // Sanitizers reserve more addresses than any limit leaves.
    @Test(arguments: [("files", "ulimit -n 10"), ("memory", "ulimit -v 200000")].dropLast(Sanitizer.isOn ? 1 : 0))
    func aProcessWithTooLittleSaysWhatItNeeds(_ name: String, _ limit: String) async throws {
        let result = try await run(launcher: ["/bin/bash", "-c", "\(limit); exec \"$0\" \"$@\""])
        #expect(result.status == 74)
        try golden(result, "limit-\(name)")
    }

    @Test func aFolderForTemporaryFilesThatCannotBeWrittenChangesNothing() async throws {
        for command in ["plan", "run"] {
            let result = try await run([command, "job.yaml"], environment: ["TMPDIR": "/proc"])
            #expect(result.status == 0, "\(result.errors)")
        }
    }
}

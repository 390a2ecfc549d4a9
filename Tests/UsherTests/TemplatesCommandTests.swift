import Testing
import UsherTesting

@Suite("the built-in templates on the command line")
struct TemplatesCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish()
    }

    @Test func allAreListed() async throws {
        let list = try await usher("templates", "list")
        #expect(list.status == 0)
        try expectGolden(list.output, "templates-list.txt")
        let json = try await usher("templates", "list", "--log-format", "json")
        #expect(json.output.contains(#"{"languages":["en","de","fr","pl"],"template":"email/reminder"}"#))
    }

    @Test(arguments: ["reminder", "email/follow-up", "index", "slack-reminder"])
    func oneIsCopiedWithAllThatItNeeds(name: String) async throws {
        let export = try await usher("templates", "export", name, "ours")
        #expect(export.status == 0, "\(export.errors)")
        try expectGolden(export.output, "templates-export-\(name.replacing("/", with: "-")).txt")
        let again = try await usher("templates", "export", name, "ours")
        #expect(again.status == 74 && again.errors.contains("--force") && again.output.isEmpty)
        #expect(try await usher("templates", "export", name, "ours", "--force").output == export.output)
    }

    @Test func anUnknownOneIsRefusedWithTheNamesThatThereAre() async throws {
        let unknown = try await usher("templates", "export", "invitation", "ours")
        #expect(unknown.status == 64 && unknown.errors.contains("email/invite"), "\(unknown.errors)")
        #expect(folder.list() == [])
    }

    /// What was copied renders as what is built in: the folder is complete and valid.
    @Test func aCopyPassesTheCheck() async throws {
        _ = try Rehearsal(in: folder, people: 1)
        try folder.write(Rehearsal.job("templates: ours"), to: "job.yaml")
        for name in ["invite", "reminder", "index"] { _ = try await usher("templates", "export", name, "ours") }
        let check = try await usher("check", "job.yaml")
        #expect(check.status == 0, "\(check.errors)")
    }
}

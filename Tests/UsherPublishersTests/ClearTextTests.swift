import Testing
import UsherJob
import UsherPublishers
import UsherTesting

@Suite("credentials leave in clear text only to this machine")
struct ClearTextTests {
    private let fixture: PublicationFixture

    init() throws { fixture = try PublicationFixture() }

    private func isAccepted(_ host: String) throws -> Bool {
        let keys = "kind: calendar, to: \"http://\(host)/all.ics\"\(PublicationFixture.credentials)"
        let problems = JobProblems()
        let options = CalendarOptions(
            try fixture.kind(keys), problems, folder: fixture.folder.path(""), isZone: { _ in true })
        if options == nil {
            #expect(problems.errors.contains { "\($0)".contains("http only to this machine") }, "\(problems.errors)")
        }
        return options != nil
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3:8080", "localhost", "LOCALHOST:80", "[::1]", "[::1]:8080"])
    func thisMachineIsAccepted(host: String) throws {
        #expect(try isAccepted(host))
    }

    @Test(arguments: [
        "127.evil.example.com", "127.0.0.1.nip.io", "127.example.com:8080", "localhost.example.com", "example.com",
        "128.0.0.1",
        "[::2]", "[::ffff:127.0.0.1]",
    ])
    func everyOtherHostIsRefused(host: String) throws {
        #expect(try !isAccepted(host))
    }
}

import Testing
import UsherCredentials
import UsherModel

@Suite("secrets")
struct SecretStoreTests {
    @Test func secretsAreReadWhereTheJobSaysAndNeverShown() throws {
        let store = SecretStore(environment: ["KEY": "hunter2", "PATH": "/usr/bin:/bin"], folder: "/")
        #expect(try store.secret(.env("KEY")).reveal { $0 } == "hunter2")
        #expect(try store.secret(.command(["printf", "%s\\n", "hunter2"])).reveal { $0 } == "hunter2")
        let missing: [SecretReference] = [
            .env("NONE"), .file("nowhere/at/all"), .command(["false"]), .command(["no-such-program-at-all"]),
            .command(["true"]),
            .command(["head", "-c", "100000", "/dev/zero"]),
        ]
        for reference in missing {
            let error = #expect(throws: SecretError.self) { try store.secret(reference) }
            #expect(error?.description.contains("hunter2") == false)
        }
    }
}

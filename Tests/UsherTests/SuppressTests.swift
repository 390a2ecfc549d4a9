import Foundation
import Testing
import UsherTesting

@Suite("lists of people who want no mail")
struct SuppressTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 3)
    }

    private func usher(_ arguments: String...) async throws -> Command.Result {
        try await Command.start(arguments, in: folder.path).finish()
    }

    @Test(arguments: [
        "p0@example.com\r\np1@example.com\r\n", "# gone\n\np0@example.com\n  p1@example.com",
        "\u{FEFF}Name;E-Mail\n\"Doe; Jo\";p0@example.com\nX;p1@example.com\n",
        "email,reason\np0@example.com,\"a, b\"\np1@example.com,\n",
        "email,reason\np0@example.com,said \"no\np1@example.com,\"never closed\n",
    ])
    func aListIsTakenBeforeTheFirstRunAndOnlyOnce(_ list: String) async throws {
        try folder.write(list, to: "list.csv")
        let first = try await usher("ledger", "suppress", "--import", "list.csv", "--job", "job.yaml")
        #expect(first.status == 0 && first.output == "2 addresses, 2 of them new; 0 lines refused\n", "\(first.errors)")
        let again = try await usher("ledger", "suppress", "--import", "list.csv", "--job", "job.yaml")
        #expect(again.status == 0 && again.output == "2 addresses, 0 of them new; 0 lines refused\n")
        let run = try await usher("run", "job.yaml", "--now", "2026-12-01T09:00:00Z")
        #expect(run.status == 0, "\(run.errors)")
        #expect(Rehearsal(folder.path).messages().count == 1)
    }

    @Test func theTokenOfALinkSuppressesItsRecipient() async throws {
        let job = Rehearsal.job("").replacing(
            "contoso.example>\"}",
            with:
                "contoso.example>\", unsubscribe: [\"https://contoso.example/leave/{unsubscribe.token}\"], one-click: true}"
        )
        try folder.write(job, to: "job.yaml")
        #expect(try await usher("check", "job.yaml").status == 0)
        let run = try await usher("run", "job.yaml", "--now", "2026-12-01T09:00:00Z")
        #expect(run.status == 0, "\(run.errors)")
        let mails = try Rehearsal(folder.path).messages().map { name in
            try String(contentsOfFile: folder.path("outbox/\(name)"), encoding: .utf8).replacing("\r\n ", with: " ")
        }
        var tokens: [String: String] = [:]
        for mail in mails {
            let to = try #require(mail.firstMatch(of: /To: [^<\r]*<?(p[0-9])@example.com/)?.1)
            let token = try #require(
                mail.firstMatch(of: /List-Unsubscribe: <https:\/\/contoso.example\/leave\/([0-9a-f]{36})>/)?.1)
            #expect(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"))
            tokens[String(to)] = String(token)
        }
        #expect(Set(tokens.values).count == 3, "\(tokens)")
        let token = try #require(tokens["p1"])
        let result = try await usher("ledger", "suppress", "--token", token.uppercased(), "--job", "job.yaml")
        #expect(result.status == 0 && result.output == "the owner of the token: suppressed\n", "\(result.errors)")
        let again = try await usher("ledger", "suppress", "--token", token, "--job", "job.yaml")
        #expect(again.output == "the owner of the token: was suppressed already\n")
        let list = try await usher("ledger", "suppressed", "--job", "job.yaml")
        #expect(list.output.contains("p1@example.com,") && list.output.split(separator: "\n").count == 2)
        for wrong in ["0" + token.dropFirst(), String(token.reversed()), "x"] {
            let refused = try await usher("ledger", "suppress", "--token", wrong, "--job", "job.yaml")
            #expect(refused.status != 0, "\(refused.output)")
        }
        #expect(try await usher("ledger", "suppressed", "--job", "job.yaml").output == list.output)
    }

    @Test func whatIsNoAddressIsNamedWithItsLineAndTheRestIsTaken() async throws {
        let long = String(repeating: "x", count: 200_000)
        try folder.write("email\np0@example.com\nnobody\np1@example.com\n\(long)\np2@x.org\rp3@x.org\n", to: "list.csv")
        let result = try await usher("ledger", "suppress", "--import", "list.csv", "--job", "job.yaml")
        #expect(result.status == 65 && result.output == "2 addresses, 2 of them new; 3 lines refused\n")
        let lines = result.errors.split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(lines == ["list.csv:3:", "list.csv:5:", "list.csv:6:"], "\(result.errors.prefix(2000))")
    }

    @Test func whatIsExportedCanBeImported() async throws {
        for address in ["p1@example.com", "p0@example.com"] {
            let reason = address.hasPrefix("p0") ? "said \"no, never\"" : "by hand"
            let result = try await usher(
                "ledger", "suppress", address, "--reason", reason, "--job", "job.yaml", "--now", "2026-12-01T09:00:00Z")
            #expect(result.status == 0)
        }
        _ = try await usher("ledger", "forget", "p1@example.com", "--job", "job.yaml")
        let list = try await usher("ledger", "suppressed", "--job", "job.yaml")
        #expect(list.output == "email,since,reason\np0@example.com,2026-12-01T09:00:00Z,\"said \"\"no, never\"\"\"\n")
        #expect(list.errors == "and 1 forgotten person\n")
        try folder.write(list.output, to: "export.csv")
        let result = try await usher("ledger", "suppress", "--import", "export.csv", "--ledger", "other.sqlite")
        #expect(result.output == "1 addresses, 1 of them new; 0 lines refused\n", "\(result.errors)")
    }

    @Test func aListThatIsNotThereIsSaidToBeMissing() async throws {
        let result = try await usher("ledger", "suppress", "--import", "nowhere.csv", "--job", "job.yaml")
        #expect(result.status == 78 && result.errors.hasPrefix("nowhere.csv: the file cannot be read"))
        #expect(try await usher("ledger", "suppress", "--job", "job.yaml").status == 64)
        #expect(try await usher("ledger", "suppress", "a@b.test", "--import", "x", "--job", "job.yaml").status == 64)
    }

    @Test func aJobWithoutAnInboxSaysHowToNameOne() async throws {
        let result = try await usher("inbox", "job.yaml")
        #expect(result.status == 78 && result.errors.contains("Add inbox: {url:"), "\(result.errors)")
        let replies = try await usher("ledger", "replies", "--job", "job.yaml")
        #expect(replies.output == "no answers\n")
    }
}

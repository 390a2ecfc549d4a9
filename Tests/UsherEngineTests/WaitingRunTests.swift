import Testing
import UsherEngine
import UsherModel
import UsherTesting

/// What people are told after the mail server was away, while sessions and registrations changed.
@Suite("runs while the mail server is away")
struct WaitingRunTests {
    private let folder: TemporaryFolder
    private let rehearsal: Rehearsal
    private let port: UInt16

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = try Rehearsal(in: folder)
        port = try Loopback.deadPort()
        try connect(to: "smtp://127.0.0.1:\(port)")
    }

    private func connect(to url: String) throws {
        try folder.write(
            """
            name: waiting
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels:
              out: {kind: smtp, url: "\(url)", tls: none, from: "E <events@contoso.example>"}
            rules:
              - {when: registered, to: attendees, via: out, template: invite}
              - {when: 24h before start, to: attendees, via: out, template: reminder}
              - {when: changed, to: attendees, via: out, template: update}
              - {when: canceled, to: attendees, via: out, template: cancel}
            """, to: "job.yaml")
    }

    private func people(_ rows: String...) throws {
        try folder.write((["id,email,status"] + rows).map { $0 + "\n" }.joined(), to: "people.csv")
    }

    private static func everyone(_ count: Int = 50) -> String {
        (["email,first-name"] + (10..<(10 + count)).map { "p\($0)@example.com,Person \($0)" }).joined(separator: "\n")
            + "\n"
    }

    /// What has arrived: recipient and the first word of the subject, sorted.
    private func arrived(_ server: MailServer) -> [String] {
        server.taken.map { mail in
            let subject = mail.text.split(separator: "\r\n").first { $0.hasPrefix("Subject: ") } ?? ""
            let name = mail.recipient.split(separator: "<").last?.prefix { $0 != "@" } ?? ""
            return "\(name): \(subject.dropFirst(9).prefix { $0 != " " && $0 != ":" })"
        }.sorted()
    }

    @Test(arguments: [
        "header only", "in its header", "between rows", "near its end", "in a row", "in quotes", "in an address",
    ])
    func aListThatIsCutForOneRunLosesNoOne(_ variant: String) async throws {
        let whole = Self.everyone()
        try folder.write(whole, to: "people.csv")
        let first = try await rehearsal.run("2026-12-01T09:00:00Z")
        #expect(first.planned?.sends == 50 && first.tally.sent == 0, "\(first.problems)")
        let rows = whole.split(separator: "\n")
        let cut =
            switch variant {
            case "header only": "email,first-name\n"
            case "in its header": "email,fir"
            case "between rows": rows.prefix(29).joined(separator: "\n") + "\n"
            case "near its end": rows.prefix(46).joined(separator: "\n") + "\n"
            case "in a row": rows.prefix(29).joined(separator: "\n") + "\np99@exam"
            case "in quotes": rows.prefix(49).joined(separator: "\n") + "\n\"p99@example.com\",\"Per"
            default: rows.prefix(49).joined(separator: "\n") + "\np5"
            }
        try folder.write(cut, to: "people.csv")
        let doubtful = try await rehearsal.run("2026-12-01T10:00:00Z")
        if variant == "near its end" {
            // Five of fifty may well be gone; they come back.
            #expect(doubtful.planned?.skips == [.canceled: 5], "\(doubtful)")
        } else {
            let isNoticed = doubtful.counts[.guardTripped] != nil
            #expect(isNoticed && doubtful.planned?.skips == [:], "\(doubtful)")
        }
        try folder.write(whole, to: "people.csv")
        try await MailServer.run { server in
            try connect(to: server.url)
            let report = try await rehearsal.run("2026-12-01T18:00:00Z")
            #expect(report.problems.isEmpty, "\(report.problems)")
            #expect(arrived(server) == (10..<60).map { "p\($0): You" })
            #expect(try await rehearsal.run("2026-12-01T18:05:00Z").tally == RunReport.Tally())
        }
    }

    @Test func aListThatLostManyIsTakenForTrueOnceAPersonApproves() async throws {
        try await MailServer.run { server in
            try connect(to: server.url)
            try folder.write(Self.everyone(), to: "people.csv")
            #expect(try await rehearsal.run("2026-12-01T09:00:00Z").tally.sent == 50)
            try folder.write(Self.everyone(30) + "new@example.com,New\n", to: "people.csv")
            let guarded = try await rehearsal.run("2026-12-09T16:00:00Z")
            #expect(guarded.counts.keys.map(\.rawValue) == ["guard tripped"])
            let text = try #require(guarded.problems.first?.text)
            #expect(text.contains("20 of the 50 people on the list \"e1\" vanished at once"), "\(text)")
            // Reminders go on from what is known, and whoever is new waits.
            #expect(guarded.tally.sent == 50 && !arrived(server).contains("new: You"))
            let digest = try #require(text.split(separator: " ").last.map(String.init))
            let approved = try await rehearsal.run("2026-12-09T17:00:00Z", approval: digest)
            #expect(approved.problems.isEmpty && approved.tally.sent == 1, "\(approved.problems)")
            #expect(arrived(server).contains("new: You"))
            let later = try await rehearsal.run("2026-12-09T18:00:00Z")
            #expect(later.problems.isEmpty && later.tally == RunReport.Tally(), "\(later.problems)")
        }
    }

    @Test func whoeverRegistersAgainIsInvitedOnce() async throws {
        try people("r1,ada@example.com,registered")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        try people("r1,ada@example.com,canceled")
        try await rehearsal.run("2026-12-01T10:00:00Z")
        try people("r1,ada@example.com,registered")
        try await rehearsal.run("2026-12-01T11:00:00Z")
        try await MailServer.run { server in
            try connect(to: server.url)
            try await rehearsal.run("2026-12-02T09:00:00Z")
            #expect(try await rehearsal.run("2026-12-02T10:00:00Z").outcome == "ok")
            #expect(arrived(server) == ["ada: You"])
        }
    }

    /// Each time they are told anew, under a new key, which is no message told twice.
    @Test func whoeverIsBackAfterTheyWereToldOfTheirCancellationIsInvitedAnew() async throws {
        try await MailServer.run { server in
            try connect(to: server.url)
            for (hour, status) in ["registered", "canceled", "registered", "canceled", "registered"].enumerated() {
                try people("r1,ada@example.com,\(status)")
                try await rehearsal.run("2026-12-02T1\(hour):00:00Z")
            }
            #expect(arrived(server) == ["ada: Canceled", "ada: Canceled", "ada: You", "ada: You", "ada: You"])
            try await expectNoProblem()
        }
    }

    @Test func whoWaitedWhileASessionWasCanceledIsInvitedOnceItIsRestored() async throws {
        try people("r1,ada@example.com,registered")
        try await rehearsal.run("2026-12-01T09:00:00Z")
        try rehearsal.write(events: Rehearsal.events(status: "canceled"))
        try await rehearsal.run("2026-12-01T10:00:00Z")
        try rehearsal.write(events: Rehearsal.events())
        try await rehearsal.run("2026-12-01T11:00:00Z")
        try await MailServer.run { server in
            try connect(to: server.url)
            try await rehearsal.run("2026-12-02T09:00:00Z")
            #expect(arrived(server) == ["ada: You"])
            try await expectNoProblem()
        }
    }

    private func expectNoProblem() async throws {
        try await rehearsal.withLedger { ledger in
            let verification = try await ledger.verify(clock: .distantPast)
            #expect(verification.problems.isEmpty, "\(verification.problems)")
        }
    }

    @Test func whoeverCancelsAgainIsToldOnce() async throws {
        try await MailServer.run { server in
            try connect(to: server.url)
            try people("r1,ada@example.com,registered")
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try connect(to: "smtp://127.0.0.1:\(port)")
            for (hour, status) in ["canceled", "registered", "canceled"].enumerated() {
                try people("r1,ada@example.com,\(status)")
                try await rehearsal.run("2026-12-02T1\(hour):00:00Z")
            }
            try connect(to: server.url)
            try await rehearsal.run("2026-12-03T09:00:00Z")
            #expect(try await rehearsal.run("2026-12-03T10:00:00Z").outcome == "ok")
            #expect(arrived(server) == ["ada: Canceled", "ada: You"])
        }
    }

    @Test func whoeverIsBackLearnsTheNewTime() async throws {
        try await MailServer.run { server in
            try connect(to: server.url)
            try people("r1,ada@example.com,registered")
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try connect(to: "smtp://127.0.0.1:\(port)")
            try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
            try await rehearsal.run("2026-12-02T10:00:00Z")
            for (hour, status) in ["canceled", "registered"].enumerated() {
                try people("r1,ada@example.com,\(status)")
                try await rehearsal.run("2026-12-02T1\(hour + 1):00:00Z")
            }
            try connect(to: server.url)
            try await rehearsal.run("2026-12-03T09:00:00Z")
            #expect(try await rehearsal.run("2026-12-03T10:00:00Z").outcome == "ok")
            #expect(arrived(server) == ["ada: Changed", "ada: You"])
        }
    }

    @Test func aChangeThatWasUndoneIsSilence() async throws {
        try await MailServer.run { server in
            try connect(to: server.url)
            try await rehearsal.run("2026-12-01T09:00:00Z")
            try connect(to: "smtp://127.0.0.1:\(port)")
            try rehearsal.write(events: Rehearsal.events(start: "2026-12-11T15:00:00"))
            try await rehearsal.run("2026-12-02T10:00:00Z")
            try rehearsal.write(events: Rehearsal.events(status: "canceled"))
            try await rehearsal.run("2026-12-02T11:00:00Z")
            try rehearsal.write(events: Rehearsal.events())
            try await rehearsal.run("2026-12-02T12:00:00Z")
            try connect(to: server.url)
            let report = try await rehearsal.run("2026-12-03T09:00:00Z")
            #expect(report.outcome == "ok" && report.tally == RunReport.Tally(), "\(report.problems)")
            #expect(arrived(server) == ["p0: You", "p1: You", "p2: You"])
            #expect(try await rehearsal.run("2026-12-09T16:00:00Z").tally.sent == 3, "the reminder")
        }
    }

    @Test func whoeverIsNoLongerSuppressedIsInvited() async throws {
        try people("r1,ada@example.com,registered", "r2,bob@example.com,registered")
        let ada = try Address("ada@example.com")
        try await rehearsal.withLedger { ledger in
            try await ledger.suppress(ada, reason: "test", now: .distantPast)
        }
        try await MailServer.run { server in
            try connect(to: server.url)
            try await rehearsal.run("2026-12-01T09:00:00Z")
            #expect(arrived(server) == ["bob: You"])
            try await rehearsal.withLedger { ledger in _ = try await ledger.unsuppress(ada) }
            try await rehearsal.run("2026-12-02T09:00:00Z")
            #expect(arrived(server) == ["ada: You", "bob: You"])
            #expect(try await rehearsal.run("2026-12-02T10:00:00Z").tally == RunReport.Tally())
        }
    }
}

import Foundation
import Testing
import UsherEngine
import UsherJob
import UsherLedger
import UsherModel
import UsherTesting

/// Whole runs after Graph accepted a mail and failed to say so.
@Suite("mail through Graph in doubt")
struct GraphMailRunTests {
    private let folder: TemporaryFolder
    private let clock = TestClock(Timestamp("2026-12-01T09:00:00Z")?.instant ?? .distantPast)

    init() throws {
        folder = try TemporaryFolder()
        _ = try Rehearsal(in: folder, people: 2)
    }

    private func run(_ server: GraphServer) async throws -> RunReport {
        let connection =
            "graph-url: \"\(server.url)\", login-url: \"\(server.url)\", tenant: {env: TENANT}, "
            + "auth: {kind: client-secret, client-id: {env: CLIENT}, client-secret: {env: SECRET}}"
        try folder.write(
            """
            name: mail
            source: {kind: file, path: events.json, attendees: {csv: people.csv}}
            ledger: usher.sqlite
            channels: {out: {kind: graph-mail, user: events@contoso.example, \(connection), from: events@contoso.example}}
            rules: [{when: registered, to: attendees, via: out, template: invite}]
            """, to: "job.yaml")
        let environment = RuntimeEnvironment(
            variables: GraphServer.environment, clock: clock.wall, jitter: { 0.5 }, makeID: { UUID().uuidString })
        let job = try ConfiguredJob(job: folder.path("job.yaml"), environment)
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
        let settings = RunSettings(
            time: RunClock(clock.wall), owner: Owner(rawValue: UUID().uuidString), isAlive: { _ in false },
            jitter: { 0.5 })
        let report = await Engine(job, ledger: ledger, settings: settings).run()
        await job.close()
        await ledger.close()
        return report
    }

    private func states() async throws -> [String: Int] { try await Rehearsal(folder.path).states() }

    /// The mailbox replaced the ids, with or without the marks; both mails have the same subject, to different people.
    @Test(arguments: [false, true])
    func whatArrivedUnderAnotherMessageIDIsNotSentAgain(_ losesMarks: Bool) async throws {
        let now = clock.wall.now()
        try await GraphServer.run { server in
            server.edit(mailbox: { box in
                (box.replacesMessageIDs, box.showsNoFields, box.beginsWithEmptyPage) = (true, losesMarks, true)
                (box.answer, box.now, box.page) = (504, now, 1)
            })
            #expect(try await run(server).tally.inDoubt == 2)
            server.edit(mailbox: { $0.answer = 202 })
            clock.advance(by: .seconds(3600))
            let report = try await run(server)
            #expect(report.notes.contains("2 were in doubt and had arrived"), "\(report)")
            #expect(try await states() == ["sent": 2])
            #expect(server.mails.count == 2)
        }
    }

    @Test func whatIsNotThereIsSentAgainAfterAWhile() async throws {
        let now = clock.wall.now()
        try await GraphServer.run { server in
            server.edit(mailbox: { $0.now = now })
            server.faults { path, _ in path.hasSuffix("/sendMail") ? .status(504) : nil }
            #expect(try await run(server).tally.inDoubt == 2)
            server.faults { _, _ in nil }
            clock.advance(by: .seconds(300))
            #expect(try await run(server).tally.inDoubt == 2)
            #expect(server.mails.count == 0)
            clock.advance(by: .seconds(900))
            _ = try await run(server)
            #expect(try await states() == ["sent": 2])
        }
    }
}

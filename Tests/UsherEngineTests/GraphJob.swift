import Foundation
import UsherEngine
import UsherJob
import UsherLedger
import UsherModel
import UsherTesting

/// A job in a folder of its own that reads from a Graph server of a test, and sends to an outbox.
struct GraphJob {
    let folder: TemporaryFolder
    let rehearsal: Rehearsal

    init() throws {
        folder = try TemporaryFolder()
        rehearsal = Rehearsal(folder.path)
    }

    static let rules = """
          - {when: registered,       to: attendees, via: outbox, template: invite}
          - {when: 24h before start, to: attendees, via: outbox, template: reminder}
          - {when: changed,          to: attendees, via: outbox, template: update}
          - {when: canceled,         to: attendees, via: outbox, template: cancel}
        """

    func write(
        _ server: GraphServer, rules: String = rules, events: String = "events: [{webinars: all}]", more: String = ""
    ) throws {
        try folder.write(
            """
            name: graph
            source: \(server.source(events))
            ledger: usher.sqlite
            channels:
              outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}
            rules:
            \(rules)
            \(more)
            """, to: "job.yaml")
    }

    /// Runs the job once; every pause moves the clock and takes no real time.
    func run(_ now: String, _ more: [String: String] = [:]) async throws -> RunReport {
        let clock = TestClock(Instant(secondsSince1970: 4_000_000_000), skippingPauses: .zero ... .seconds(3600))
        let environment = RuntimeEnvironment(
            variables: GraphServer.environment.merging(more) { $1 }, clock: clock.wall, jitter: { 0.5 },
            makeID: { UUID().uuidString })
        let job = try ConfiguredJob(job: folder.path("job.yaml"), environment)
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test")
        return await Engine(job, ledger: ledger, settings: rehearsal.settings(now)).run()
    }
}

internal import Foundation
import Synchronization
package import UsherEngine
package import UsherJob
internal import UsherLedger
package import UsherModel

/// A complete job in its own folder: source files, ledger, outbox, publications.
///
/// A test can run it at any time and kill it at any step.
package struct Rehearsal: Sendable {
    /// The path of the folder, which its owner must keep for as long as the rehearsal is used.
    package let path: String

    /// Uses a folder that already contains a rehearsal.
    package init(_ path: String) { self.path = path }

    /// Writes a job with one session, `people` registered for it, and all rules.
    package init(in folder: TemporaryFolder, people: Int = 3, extra: String = "") throws {
        path = folder.path
        try folder.write(Self.job(extra), to: "job.yaml")
        try Self.write(Self.events(), to: path + "/events.json")
        let rows = (0..<people).map { "p\($0)@example.com,P\($0)" }
        try Self.write((["email,first-name"] + rows).joined(separator: "\n") + "\n", to: path + "/people.csv")
    }

    /// The job's text.
    package static func job(_ extra: String = "") -> String {
        """
        name: rehearsal
        source: {kind: file, path: events.json, attendees: {csv: people.csv}}
        ledger: usher.sqlite
        channels:
          outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}
        rules:
          - {when: registered,       to: attendees, via: outbox, template: invite}
          - {when: 24h before start, to: attendees, via: outbox, template: reminder}
          - {when: changed,          to: attendees, via: outbox, template: update}
          - {when: canceled,         to: attendees, via: outbox, template: cancel}
        publish:
          - {kind: calendar, to: public/calendar.ics, name: Rehearsal}
          - {kind: page, to: public/index.html}
        \(extra)
        """
    }

    /// A job that invites everyone by mail, over one connection.
    package static func mailJob(_ server: String) -> String {
        """
        name: mail
        source: {kind: file, path: events.json, attendees: {csv: people.csv}}
        ledger: usher.sqlite
        channels: {out: {kind: smtp, url: "\(server)", tls: none, from: e@contoso.example, connections: 1}}
        rules: [{when: registered, to: attendees, via: out, template: invite}]
        """
    }

    /// One webinar with one session.
    package static func events(
        start: String = "2026-12-10T15:00:00", subject: String = "Seats", status: String = "published",
        more: String = ""
    ) -> String {
        let end = start.replacing("T15:", with: "T16:")
        return """
            {"webinars": [{"id": "e1", "displayName": "Event", "status": "\(status)", "sessions": [
              {"id": "s1", "subject": "\(subject)", "startDateTime": {"dateTime": "\(start)", "timeZone": "UTC"},
               "endDateTime": {"dateTime": "\(end)", "timeZone": "UTC"}, "joinWebUrl": "https://teams.microsoft.com/l/a"}\(more)
            ]}]}
            """
    }

    /// Writes a text to a path.
    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    /// Replaces the source's events.
    package func write(events: String) throws { try Self.write(events, to: path + "/events.json") }

    /// The settings of a run in which no time passes; to the ledger, every run of a rehearsal is another process.
    package func settings(
        _ now: String = "2026-12-01T09:00:00Z", approval: String? = nil, scope: RunSettings.Scope = .all
    ) -> RunSettings {
        let still = TestClock(Instant(secondsSince1970: 1_800_000_000))
        return settings(
            RunClock(still.wall, fixedAt: Timestamp(now)?.instant ?? .distantPast), approval: approval, scope: scope)
    }

    private func settings(
        _ time: RunClock, isAlive: Bool = false, approval: String? = nil, scope: RunSettings.Scope = .all,
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) -> RunSettings {
        RunSettings(
            time: time, owner: Owner(rawValue: "run:\(UUID().uuidString)"), isAlive: { _ in isAlive }, jitter: { 0.5 },
            scope: scope, approval: approval, isStopping: isStopping)
    }

    /// Runs the job once.
    @discardableResult
    package func run(
        _ now: String = "2026-12-01T09:00:00Z", approval: String? = nil, scope: RunSettings.Scope = .all,
        steps: Steps = .unwatched
    ) async throws -> RunReport {
        try await run(settings(now, approval: approval, scope: scope), steps)
    }

    /// Runs the job once, in time that passes as the clock says; the processes of other runs count as alive.
    package func run(
        at clock: TestClock, steps: Steps = .unwatched, isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws -> RunReport {
        try await run(settings(RunClock(clock.wall), isAlive: true, isStopping: isStopping), steps)
    }

    private func run(_ settings: RunSettings, _ steps: Steps) async throws -> RunReport {
        let job = try ConfiguredJob(job: path + "/job.yaml", .rehearsed(steps: steps))
        let ledger = try await SQLiteLedger.open(path: job.ledgerPath, host: "test", steps: steps)
        let report = await Engine(job, ledger: ledger, settings: settings).run()
        await ledger.close()
        return report
    }

    /// Opens the ledger of the rehearsal, as a command does.
    package func withLedger(_ use: (any Ledger) async throws -> Void) async throws {
        let ledger = try await SQLiteLedger.open(path: path + "/usher.sqlite", host: "test")
        try await use(ledger)
        await ledger.close()
    }

    /// Runs the job once and kills this process with SIGKILL at the nth step.
    package func run(dyingAt n: Int, _ now: String = "2026-12-01T09:00:00Z") async throws {
        let count = Mutex(0)
        try await run(
            now,
            steps: Steps { _ in
                let passed = count.withLock { count in
                    count += 1
                    return count
                }
                if passed == n { kill(getpid(), SIGKILL) }
            })
        // A commit includes all that is waiting, so a run can have fewer steps than the one that counted them; then it
        // dies at its end.
        kill(getpid(), SIGKILL)
    }

    /// The number of steps of a run.
    package func steps(_ now: String = "2026-12-01T09:00:00Z") async throws -> Int {
        let count = Mutex(0)
        try await run(now, steps: Steps { _ in count.withLock { $0 += 1 } })
        return count.withLock { $0 }
    }

    /// The messages in the outbox, by name.
    package func messages() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/outbox")) ?? []).filter { $0.hasSuffix(".eml") }
            .sorted()
    }

    /// Deliveries by state.
    package func states() async throws -> [String: Int] {
        guard let ledger = try await SQLiteLedger.openReadOnly(path: path + "/usher.sqlite") else { return [:] }
        let counts = try await ledger.status(now: .distantPast).first?.counts ?? [:]
        return Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) })
    }

    /// Every file of the rehearsal, except those of the ledger, with its content and modification time.
    package func files() throws -> [String: String] {
        var files: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) where !name.hasPrefix("usher.sqlite") {
            let attributes = try FileManager.default.attributesOfItem(atPath: path + "/" + name)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            let date = attributes[.modificationDate] as? Date
            files[name] =
                "\(date?.timeIntervalSince1970 ?? 0) \(try Data(contentsOf: URL(filePath: path + "/" + name)).hashValue)"
        }
        return files
    }
}

extension RuntimeEnvironment {
    /// An environment for tests: consecutive ids, and a clock that no one advances, so late that every file counts as old.
    package static func rehearsed(
        environment: [String: String] = [:], steps: Steps = .unwatched,
        clock: TestClock = TestClock(Instant(secondsSince1970: 4_000_000_000))
    ) -> RuntimeEnvironment {
        let count = Mutex(0)
        return RuntimeEnvironment(
            variables: environment, clock: clock.wall, jitter: { 0.5 },
            makeID: {
                count.withLock { count in
                    count += 1
                    return "id-\(count)"
                }
            }, steps: steps)
    }
}

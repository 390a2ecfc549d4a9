import Foundation
import UsherEngine
import UsherJob
import UsherModel

/// What all commands that run a job share: run settings, reading the job, opening its ledger, printing the report.
enum CommandContext {
    /// The settings of a run of this process.
    static func settings(
        _ time: TimeOptions, for job: ConfiguredJob, scope: RunSettings.Scope = .all, approval: String? = nil
    ) -> RunSettings {
        let binding = job.definition.ledgerBinding ?? ProcessIdentity.usualBinding()
        return RunSettings(
            time: RunClock(SystemClock.wall, fixedAt: time.now?.instant), owner: ProcessIdentity.owner(),
            isAlive: { ProcessIdentity.isAlive($0, on: binding) },
            jitter: environment.jitter, scope: scope, approval: approval,
            isStopping: { StopSignal.hasArrived })
    }

    /// The environment of this process.
    static let environment = RuntimeEnvironment(
        variables: ProcessInfo.processInfo.environment, clock: SystemClock.wall,
        jitter: { Double.random(in: 0..<1) }, makeID: { UUID().uuidString.lowercased() })

    /// Reads a job and builds the kinds it names; prints its problems and warnings.
    static func configure(
        _ file: String, _ terminal: Terminal, _ environment: RuntimeEnvironment = environment
    ) -> ConfiguredJob? {
        do throws(JobConfigurationError) {
            let job = try ConfiguredJob(job: file, environment)
            for warning in job.warnings + job.refusals + job.untranslated { terminal.warn("warning: \(warning)") }
            return job
        } catch {
            for problem in error.problems { terminal.warn("\(problem)") }
            return nil
        }
    }

    /// Reads a job without saying anything about it; nil where it is wrong, which ``configure(_:_:_:)`` explains.
    static func inspect(_ file: String) -> ConfiguredJob? {
        do throws(JobConfigurationError) { return try ConfiguredJob(job: file, environment) } catch { return nil }
    }

    /// Opens a job and its ledger, calls `body`, calls the job's ping URLs, and prints the report.
    ///
    /// - Returns: The kinds of problems, which decide the exit code.
    static func withJob(
        _ file: String, _ terminal: Terminal, verb: String = "done",
        _ body: @escaping @Sendable (ConfiguredJob, any Ledger) async -> RunReport
    ) async -> [RunProblem.Code] {
        let pings = Pings(job: file, environment, isStopping: { StopSignal.hasArrived })
        var writing = environment
        writing.keepsFeeds = true
        let codes = await run(configure(file, terminal, writing), terminal, verb) { job, ledger in
            await pinging(pings, file, terminal) { await body(job, ledger) }
        }
        // A job that cannot even be read, or a damaged ledger, is what a monitor is for.
        if let problem = await pings.call(pings.ending(codes)) { terminal.warn("\(file): \(problem)") }
        return codes
    }

    /// Like ``withJob(_:_:verb:_:)``, but everything goes into a folder, and no one is called.
    static func rehearse(
        _ file: String, in folder: String, _ terminal: Terminal,
        _ body: @escaping @Sendable (ConfiguredJob, any Ledger) async -> RunReport
    ) async -> [RunProblem.Code] {
        var rehearsal = environment
        rehearsal.rehearsal = folder
        guard let job = configure(file, terminal, rehearsal) else { return [.badJob] }
        do throws(LedgerError) {
            let path = job.ledgerPath
            if try await LedgerKinds.openReadOnly(path) == nil {
                let host = ProcessIdentity.host(ledger: path, job.definition.ledgerBinding, terminal)
                try await LedgerKinds.copy(job.definition.ledger, to: path, host: host)
            }
        } catch {
            terminal.warn("\(file): \(error)")
            return [error.problemCode]
        }
        terminal.say("\(job.name): rehearsal: messages and a copy of the ledger are in \(folder); nothing is published")
        return await run(job, terminal, "rehearsed", body)
    }

    private static func run(
        _ job: ConfiguredJob?, _ terminal: Terminal, _ verb: String,
        _ body: @escaping @Sendable (ConfiguredJob, any Ledger) async -> RunReport
    ) async -> [RunProblem.Code] {
        guard let job else { return [.badJob] }
        let ledger: any Ledger
        do throws(LedgerError) {
            let path = job.ledgerPath
            ledger = try await LedgerKinds.open(
                path, host: ProcessIdentity.host(ledger: path, job.definition.ledgerBinding, terminal))
        } catch {
            terminal.warn("\(job.file): \(error)")
            return [error.problemCode]
        }
        let report = await body(job, ledger)
        await ledger.close()
        ReportPrinter(terminal: terminal, verb: verb).print(report)
        return Array(report.counts.keys)
    }

    /// Does some work while the URL for the start is called; the work does not wait for it.
    private static func pinging(
        _ pings: Pings, _ file: String, _ terminal: Terminal, _ work: @escaping @Sendable () async -> RunReport
    ) async -> RunReport {
        await withTaskGroup(of: RunReport?.self) { group in
            group.addTask {
                if let problem = await pings.call(.start) { terminal.warn("\(file): \(problem)") }
                return nil
            }
            let report = await work()
            // The end must not be called before the start, unless that hangs.
            group.addTask {
                await SystemClock.wall.pause(Limits.lastPingPatience)
                return nil
            }
            _ = await group.next()
            group.cancelAll()
            return report
        }
    }
}

import Foundation
import UsherEngine
import UsherJob
import UsherModel

/// What all commands that run a job share: run settings, reading the job, opening its ledger, printing the report.
enum CommandContext {
    /// The settings of a run of this process.
    static func settings(
        _ time: TimeOptions, scope: RunSettings.Scope = .all, approval: String? = nil
    ) -> RunSettings {
        RunSettings(
            time: RunClock(SystemClock.wall, fixedAt: time.now?.instant), owner: ProcessIdentity.owner(),
            isAlive: ProcessIdentity.isAlive,
            jitter: environment.jitter, scope: scope, approval: approval,
            isStopping: { StopSignal.hasArrived })
    }

    /// The environment of this process.
    static let environment = RuntimeEnvironment(
        variables: ProcessInfo.processInfo.environment, clock: SystemClock.wall,
        jitter: { Double.random(in: 0..<1) }, makeID: { UUID().uuidString.lowercased() })

    /// Reads a job and builds the kinds it names; prints its problems and warnings.
    static func configure(_ file: String, _ terminal: Terminal) -> ConfiguredJob? {
        do throws(JobConfigurationError) {
            let job = try ConfiguredJob(job: file, environment)
            for warning in job.warnings + job.untranslated { terminal.warn("warning: \(warning)") }
            return job
        } catch {
            for problem in error.problems { terminal.warn("\(problem)") }
            return nil
        }
    }

    /// Opens a job and its ledger, calls `body`, calls the job's ping URLs, and prints the report.
    ///
    /// - Returns: The kinds of problems, which decide the exit code.
    static func withJob(
        _ file: String, _ terminal: Terminal, verb: String = "done",
        _ body: (ConfiguredJob, any Ledger) async -> RunReport
    ) async -> [RunProblem.Code] {
        guard let job = configure(file, terminal) else { return [.badJob] }
        let ledger: any Ledger
        do throws(LedgerError) {
            let path = job.ledgerPath
            ledger = try await LedgerKinds.open(path, host: ProcessIdentity.host(ledger: path))
        } catch {
            terminal.warn("\(file): \(error)")
            return [error.problemCode]
        }
        let pings = Pings(job)
        if let problem = await pings.call(.start) { terminal.warn("\(file): \(problem)") }
        let report = await body(job, ledger)
        await ledger.close()
        if let problem = await pings.call(report.counts.isEmpty ? .success : .failure) {
            terminal.warn("\(file): \(problem)")
        }
        ReportPrinter(terminal: terminal, verb: verb).print(report)
        return Array(report.counts.keys)
    }
}

import Foundation
import UsherEngine
import UsherJob
import UsherModel

/// What every command that works on a job does first: settings, assembly, ledger; and what it does last: print the report.
enum CommandContext {
    /// The settings of a run of this process.
    static func settings(
        now: Instant, scope: RunSettings.Scope = .all, approval: String? = nil
    ) -> RunSettings {
        RunSettings(
            now: now, clock: SystemClock.wall, owner: ProcessIdentity.owner(), isAlive: ProcessIdentity.isAlive,
            jitter: surroundings.jitter, scope: scope, approval: approval,
            isStopping: { StopSignal.hasCome })
    }

    /// The world around this process.
    static let surroundings = Surroundings(
        environment: ProcessInfo.processInfo.environment, clock: SystemClock.wall,
        jitter: { Double.random(in: 0..<1) }, makeID: { UUID().uuidString.lowercased() })

    /// Reads a job and builds the kinds it names; prints what is wrong with it.
    static func assemble(_ job: String, _ terminal: Terminal) -> ConfiguredJob? {
        do throws(JobConfigurationError) {
            let assembly = try ConfiguredJob(job: job, surroundings)
            for warning in assembly.warnings + assembly.untranslated { terminal.warn("warning: \(warning)") }
            return assembly
        } catch {
            for problem in error.problems { terminal.warn("\(problem)") }
            return nil
        }
    }

    /// Opens the job's ledger and does something with both; prints the report.
    ///
    /// - Returns: What decides the exit code.
    static func withJob(
        _ job: String, _ terminal: Terminal, verb: String = "done",
        _ body: (ConfiguredJob, any Ledger) async -> RunReport
    ) async -> [RunProblem.Code] {
        guard let assembly = assemble(job, terminal) else { return [.badJob] }
        let ledger: any Ledger
        do throws(LedgerError) {
            let path = assembly.ledgerPath
            ledger = try await LedgerKinds.open(path, host: ProcessIdentity.host(ledger: path))
        } catch {
            terminal.warn("\(job): \(error)")
            return [error.finding]
        }
        let pings = Pings(assembly)
        if let problem = await pings.call(.start) { terminal.warn("\(job): \(problem)") }
        let report = await body(assembly, ledger)
        await ledger.close()
        if let problem = await pings.call(report.counts.isEmpty ? .success : .failure) {
            terminal.warn("\(job): \(problem)")
        }
        ReportPrinter(terminal: terminal, verb: verb).print(report)
        return Array(report.counts.keys)
    }
}

internal import UsherJob
package import UsherModel
internal import UsherSources

/// One reading of a job's inbox: what letters say of our mail goes into the ledger, and nothing in the mailbox changes.
package struct InboxRun: Sendable {
    private let assembly: ConfiguredJob
    private let ledger: any Ledger
    private let settings: RunSettings

    /// Creates a reading; on a ledger that was opened for a dry run it changes nothing.
    package init(_ assembly: ConfiguredJob, ledger: any Ledger, settings: RunSettings) {
        (self.assembly, self.ledger, self.settings) = (assembly, ledger, settings)
    }

    /// Reads from where the last reading ended.
    ///
    /// Asked to stop, it ends with the letter it is at; the next reading goes on there.
    ///
    /// - Returns: What was found; what could not be read, or was not believed, as findings.
    package func run() async -> InboxReport {
        guard let reader = assembly.inbox else {
            return InboxReport(
                job: assembly.job.name,
                failure: RunProblem(
                    .badJob,
                    "\(assembly.job.file): the job has no inbox. Add inbox: {url: …, username: …, password: …}"))
        }
        do throws(SourceError) {
            let recorder = InboxRecorder(assembly, ledger, now: settings.now, mailbox: try reader.identity())
            return try await read(reader, recorder)
        } catch {
            return InboxReport(job: assembly.job.name, failure: RunProblem(error.finding, error.description))
        }
    }

    private func read(_ reader: InboxReader, _ recorder: InboxRecorder) async throws(SourceError) -> InboxReport {
        var failure: RunProblem?
        do throws(SourceError) {
            try await reader.read(
                first: { recorder.first(validity: $0) }, take: { recorder.record($1, uid: $0) },
                isStopping: settings.isStopping)
        } catch {
            failure = RunProblem(error.finding, error.description)
        }
        // What was read before a failure stays read.
        return await recorder.finish(failure)
    }
}

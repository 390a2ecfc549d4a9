internal import UsherJob
package import UsherModel
internal import UsherSources

/// Reads a job's inbox once and records in the ledger what its messages say about the job's mail; nothing in the mailbox changes.
package struct InboxRun: Sendable {
    private let job: ConfiguredJob
    private let ledger: any Ledger
    private let settings: RunSettings

    package init(_ job: ConfiguredJob, ledger: any Ledger, settings: RunSettings) {
        (self.job, self.ledger, self.settings) = (job, ledger, settings)
    }

    /// Reads the messages that came since the last time.
    ///
    /// When asked to stop, it finishes the current message; the next time continues after it.
    ///
    /// - Returns: A report, which lists as problems what could not be read or was not believed.
    package func run() async -> InboxReport {
        guard let reader = job.inbox else {
            return InboxReport(
                job: job.name,
                failure: RunProblem(
                    .badJob,
                    "\(job.file): the job has no inbox. Add inbox: {url: …, username: …, password: …}"))
        }
        do throws(SourceError) {
            let recorder = InboxRecorder(
                job, ledger, now: settings.now, mailbox: try await reader.identity(), trust: reader.trust)
            return try await read(reader, recorder)
        } catch {
            return InboxReport(job: job.name, failure: RunProblem(error.problemCode, error.description))
        }
    }

    private func read(_ reader: InboxReader, _ recorder: InboxRecorder) async throws(SourceError) -> InboxReport {
        var failure: RunProblem?
        do throws(SourceError) {
            try await reader.read(
                first: { recorder.first(validity: $0) }, receive: { recorder.record($1, uid: $0) },
                isStopping: settings.isStopping)
        } catch {
            failure = RunProblem(error.problemCode, error.description)
        }
        // Messages that were read before a failure are not read again.
        return await recorder.finish(failure)
    }
}

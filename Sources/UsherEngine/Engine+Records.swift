internal import UsherModel

extension Engine {
    /// Reports the problems of the source's records: those that no earlier run has reported one by one, the others as a number.
    ///
    /// A list that someone will never correct would otherwise make every run end with 65, and hide what is new.
    ///
    /// - Throws: ``LedgerError``.
    func settleRecords(_ report: inout RunReport) async throws(LedgerError) {
        // What was not read completely proves nothing about problems that did not show.
        let cannotTell: [RunProblem.Code] = [
            .sourceUnreachable, .refusedCredentials, .guardTripped, .internalError, .cannotWrite,
        ]
        let isComplete =
            report.planned != nil && !Task.isCancelled && cannotTell.allSatisfy { report.counts[$0] == nil }
        let reported = try await ledger.rememberProblems(
            report.recordIdentities, of: job.ledgerName, forgetsOthers: isComplete, now: settings.now)
        countRecords(reported: Set(reported.map(\.identity)), since: reported.map(\.firstSeenAt).min(), &report)
    }

    /// Reports the problems of the source's records as the next run would, and remembers nothing.
    ///
    /// - Throws: ``LedgerError``.
    func previewRecords(_ report: inout RunReport) async throws(LedgerError) {
        let reported = try await ledger.reportedProblems(of: job.ledgerName)
        countRecords(reported: Set(reported.map(\.identity)), since: reported.map(\.firstSeenAt).min(), &report)
    }

    private func countRecords(reported: Set<String>, since: Instant?, _ report: inout RunReport) {
        report.settleRecords(reported: reported)
        guard report.recordsAsBefore > 0, let since else { return }
        let count = report.recordsAsBefore
        report.notes.append(
            "\(count) \(count == 1 ? "record" : "records") with problems as before (reported since \(since)); "
                + "to see \(count == 1 ? "it" : "them"), run: usher check \(job.file)")
    }
}

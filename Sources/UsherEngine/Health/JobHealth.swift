package import UsherModel

/// How a job stands, judged from its ledger alone: what `usher status` reports and exits with.
package enum JobHealth {
    /// The problems that a job has now.
    ///
    /// - Parameters:
    ///   - status: How the ledger says that it stands.
    ///   - ledger: The ledger.
    ///   - outage: How long a channel may be away (`limits.outage`).
    ///   - now: The present.
    /// - Returns: The problems; empty where all is well.
    /// - Throws: ``LedgerError``.
    package static func problems(
        of status: JobStatus, in ledger: any Ledger, outage: Duration, now: Instant
    ) async throws(LedgerError) -> [RunProblem] {
        var problems: [RunProblem] = []
        for channel in status.channels {
            let backlog = try await ledger.backlog(
                job: status.job, channel: channel, owner: Owner(rawValue: "status"), now: now)
            let trouble = try await ledger.trouble(job: status.job, channel: channel)
            problems +=
                WaitingDeliveries(
                    channel: channel, backlog: backlog, trouble: trouble, outage: outage, reopens: nil, now: now
                ).problems
        }
        if let doubts = status.counts[.inDoubt], doubts > 0 {
            problems.append(RunProblem(.inDoubt, "\(doubts) in doubt; see usher ledger list --state in_doubt"))
        }
        if status.failedInTime > 0 {
            problems.append(
                RunProblem(.failed, "\(status.failedInTime) failed and have not expired; see usher ledger retry"))
        }
        if status.expiredUnsent > 0 {
            problems.append(
                RunProblem(.failed, "\(status.expiredUnsent) expired within a day before they could be sent"))
        }
        return problems + lastRun(status)
    }

    /// What the last run met beside its deliveries, which the ledger tells better.
    private static func lastRun(_ status: JobStatus) -> [RunProblem] {
        guard let outcome = status.lastRun?.outcome ?? status.lastRun?.lastOutcome else { return [] }
        return outcome.split(separator: ", ").compactMap { RunProblem.Code(rawValue: String($0)) }.filter { code in
            switch code {
            case .failed, .retrying, .inDoubt, .channelUnavailable: false
            case .badJob, .badRecord, .sourceUnreachable, .internalError, .cannotWrite, .guardTripped,
                .refusedCredentials:
                true
            }
        }.map { RunProblem($0, "the last run met it; run the job again to see it") }
    }
}

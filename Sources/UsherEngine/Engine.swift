internal import UsherJob
package import UsherModel
internal import UsherPlan

/// Runs one job once.
package struct Engine: Sendable {
    package let job: ConfiguredJob
    package let ledger: any Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void

    package init(
        _ job: ConfiguredJob, ledger: any Ledger, settings: RunSettings,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        (self.job, self.ledger, self.settings, self.progress) = (job, ledger, settings, progress)
    }

    /// Fetches, plans, publishes and delivers.
    ///
    /// When asked to stop, it claims nothing new and waits for the deliveries on the wire, but no longer than ``Limits/stopPatience``; those
    /// that have not been answered by then are in doubt. Everything else that it waits for is canceled at once.
    ///
    /// - Returns: A report of what was done, which lists as problems what could not be done.
    package func run() async -> RunReport {
        // From the first lease on, whatever the run waits for. Leaving the scope cancels it.
        async let _: Void = renewLeases()
        return await runParts()
    }

    private func runParts() async -> RunReport {
        var report = RunReport(job: job.name)
        do throws(LedgerError) {
            guard let clock = try await examineClock(&report) else { return report }
            let run = try await ledger.beginRun(job: job.ledgerName, owner: settings.owner, now: settings.now)
            try await recover(&report)
            if settings.scope != .publish {
                try await carryOut(&report) { (report) throws(LedgerError) in
                    try await prepare(&report, clock)
                    try await settleRecords(&report)
                }
            }
            if settings.scope != .deliver { try await carryOut(&report) { report in await publish(&report) } }
            if settings.scope != .publish {
                try await carryOut(&report) { (report) throws(LedgerError) in try await resolveDoubts(&report) }
            }
            let wasCut = settings.isStopping()
            if settings.scope != .publish {
                try await carryOut(&report, patience: Limits.stopPatience) { (report) throws(LedgerError) in
                    try await deliver(&report)
                }
            }
            if settings.isStopping(), wasCut || report.counts[.retrying] == nil {
                try await addWhatWaits(&report, wasCut: wasCut)
            }
            try await ledger.endRun(run, outcome: report.outcome, now: settings.now)
        } catch {
            report.add(error.problemCode, error.description)
        }
        return report
    }

    /// Carries out a part of the run, which is canceled when the run was asked to stop and `patience` has passed since.
    private func carryOut(
        _ report: inout RunReport, patience: Duration = .zero,
        _ part: @escaping @Sendable (inout RunReport) async throws(LedgerError) -> Void
    ) async throws(LedgerError) {
        let before = report
        let result = await withTaskGroup(of: PartResult?.self) { group in
            group.addTask {
                var report = before
                do throws(LedgerError) {
                    try await part(&report)
                    return PartResult(report: report)
                } catch {
                    return PartResult(report: report, error: error)
                }
            }
            group.addTask {
                await stopDeadline(patience)
                return nil
            }
            var result = PartResult(report: before)
            // The first one to end cancels the other: the part when it is done, or the deadline when it takes too long.
            for await ended in group {
                if let ended { result = ended }
                group.cancelAll()
            }
            return result
        }
        report = result.report
        if let error = result.error { throw error }
    }

    private struct PartResult: Sendable {
        var report: RunReport
        var error: LedgerError?
    }

    /// Returns when a run that was asked to stop has used up its time, or when it is canceled.
    private func stopDeadline(_ patience: Duration) async {
        while !settings.isStopping(), !Task.isCancelled {
            await settings.clock.pause(.milliseconds(200))
        }
        guard patience > .zero, !Task.isCancelled else { return }
        await settings.clock.pause(patience)
    }

    /// Says what a run that was asked to stop leaves to the next one.
    ///
    /// - Parameters:
    ///   - report: The report of the run.
    ///   - wasCut: Whether something other than deliveries may have been left out.
    /// - Throws: ``LedgerError`` where the ledger cannot be read.
    private func addWhatWaits(_ report: inout RunReport, wasCut: Bool) async throws(LedgerError) {
        let status = try await ledger.status(now: settings.now).first { $0.job == job.ledgerName }
        let waiting = status?.counts[.pending] ?? 0
        guard waiting > 0 || wasCut else { return }
        let deliveries = "\(waiting) \(waiting == 1 ? "delivery waits" : "deliveries wait") for a later run"
        report.add(
            .retrying,
            "the run was asked to stop: \(deliveries)" + (wasCut ? ", which does what this one did not finish" : ""))
    }

    /// Plans like a run, with a ledger that was opened for a dry run: nothing is written and nothing is sent.
    ///
    /// - Returns: The report, and the proposal that the ledger holds; nil where the source could not be read.
    package static func plan(
        _ job: ConfiguredJob, ledger: any Ledger, settings: RunSettings
    ) async -> (report: RunReport, proposal: ProposalID?) {
        let engine = Engine(job, ledger: ledger, settings: settings)
        var report = RunReport(job: job.name)
        do throws(LedgerError) {
            // Of a dry run, the ledger keeps even the lease to itself.
            guard let lease = try await engine.acquireLease(&report) else { return (report, nil) }
            let plan = try await engine.propose(under: lease, &report)
            try await engine.previewRecords(&report)
            if let plan, let toldAgain = plan.toldAgain {
                report.add(.guardTripped, toldAgain.explanation(job, plan.summary.digest))
            }
            return (report, plan?.id)
        } catch {
            report.add(error.problemCode, error.description)
            return (report, nil)
        }
    }

    /// Records the current plan as already told: nothing is sent now, but later changes are.
    package func adopt() async -> RunReport {
        var report = RunReport(job: job.name)
        async let _: Void = renewLeases()
        do throws(LedgerError) {
            guard let lease = try await acquireLease(&report) else { return report }
            let proposed = try await propose(under: lease, &report)
            try await settleRecords(&report)
            // What is known from before is not the whole audience that other software has told.
            guard let plan = proposed, plan.isReachable else {
                if let plan = proposed { try await ledger.discard(plan.id) }
                try await ledger.release(lease)
                return report
            }
            // A plan that was cut short would adopt only some of the people, and a later run would tell the others.
            if Task.isCancelled {
                try await ledger.discard(plan.id)
                report.add(.retrying, "nothing was adopted, because usher was asked to stop; run usher adopt again")
            } else {
                try await ledger.adopt(plan.id, now: settings.now)
                try await ledger.recordScans(plan.scans, under: lease)
            }
            try await ledger.release(lease)
        } catch {
            report.add(error.problemCode, error.description)
        }
        return report
    }

    // MARK: Stages

    /// What a run makes of its clock.
    private enum Clock {
        /// It can be believed.
        case plausible
        /// It is far ahead of the last run, and a person has said that it is right.
        case approved
    }

    /// Compares the clock with the last run: one far ahead of it would let everything that waits expire for good.
    ///
    /// - Returns: nil where a person must decide, which the report says.
    private func examineClock(_ report: inout RunReport) async throws(LedgerError) -> Clock? {
        guard let last = try await ledger.lastRunAt(job: job.ledgerName) else { return .plausible }
        let now = settings.now
        let window = job.window(at: now)
        guard now - last > window.until - window.from else { return .plausible }
        var expiring = 0
        for channel in job.channels {
            let open = try await ledger.expiring(job: job.ledgerName, channel: channel.name, after: last, until: now)
            expiring += open.waiting + (channel.resolvesDoubts ? open.doubtful : 0)
        }
        let digest = String(Digest.hex(of: ["clock", job.ledgerName, "\(last)"]).prefix(16))
        guard expiring > 0 else { return .plausible }
        guard settings.approval != digest else { return .approved }
        report.add(
            .guardTripped,
            "it is \(now) by the clock of this run, and the last run was at \(last). \(expiring) deliveries that wait would expire, so "
                + "nothing was done. If the clock is wrong, set it. If it is right, run: usher run \(job.file) --approve \(digest)"
        )
        return nil
    }

    /// Recovers the deliveries of runs that died: those only claimed become pending again, those on the wire are in doubt.
    private func recover(_ report: inout RunReport) async throws(LedgerError) {
        let recovered = try await ledger.recover(
            job: job.ledgerName, clock: settings.clock.now(), lease: settings.lease, now: settings.now,
            isAlive: settings.isAlive)
        if recovered.released > 0 {
            report.notes.append("\(recovered.released) claimed by a run that died are pending again")
        }
    }

    /// Fetches, reconciles, plans and enrolls under the planning lease, which only one run of a job holds at a time.
    private func prepare(_ report: inout RunReport, _ clock: Clock) async throws(LedgerError) {
        guard let lease = try await acquireLease(&report) else { return }
        do throws(LedgerError) {
            if let plan = try await propose(under: lease, &report) {
                // A plan that was cut short knows only some of the facts; the next run makes a whole one.
                if plan.isReachable, try await ledger.source(job: job.ledgerName)?.identity != job.jobSource.identity {
                    try await ledger.record(job.jobSource, job: job.ledgerName)
                }
                if !Task.isCancelled, isApproved(plan, clock, &report) {
                    try await ledger.enrol(plan.id, now: settings.now)
                    try await ledger.recordScans(plan.scans, under: lease)
                } else {
                    try await ledger.discard(plan.id)
                }
            }
            try await ledger.release(lease)
        } catch  where error.code == .leaseLost || error.code == .outdated {
            // This run stood still for longer than its lease, and another one has planned with newer facts. Nothing of this plan is stored.
            report.planned = nil
            report.notes.append("another run planned this job meanwhile; what this one read is dropped")
        }
    }

    /// Renews the leases of this run until it is canceled, so that a slow source or channel keeps what the run holds.
    private func renewLeases() async {
        while !Task.isCancelled {
            await settings.clock.pause(settings.lease / 4)
            guard !Task.isCancelled else { return }
            do throws(LedgerError) {
                try await ledger.renewLeases(owner: settings.owner, until: settings.leaseEnd)
            } catch {
                // The next time may succeed. Where the lease ends before that, the ledger refuses what rests on it.
                continue
            }
        }
    }

    private func acquireLease(_ report: inout RunReport) async throws(LedgerError) -> PlanningLease? {
        let lease = try await ledger.acquirePlanningLease(
            job: job.ledgerName, owner: settings.owner, until: settings.leaseEnd, clock: settings.clock.now(),
            isAlive: settings.isAlive)
        switch lease {
        case .acquired(let lease): return lease
        case .held(let owner, _):
            report.notes.append(
                "another run (\(owner.rawValue)) is planning this job; this one only delivers what is already enrolled")
            return nil
        }
    }

    /// A plan in the ledger that can be enrolled.
    private struct Proposal {
        let id: ProposalID
        let summary: PlanSummary
        let scans: [SessionKey: ScanMemory]
        /// The digest of the vanished sessions or people that a person approved for this run.
        let approvedVanishing: String?
        /// What many people would be told again; nil where no one is, or few.
        let toldAgain: ToldAgainGuard?
        /// Whether the source could be read.
        let isReachable: Bool
    }

    /// Fetches, reconciles and plans.
    ///
    /// While the source cannot be read, what is known from before is planned: people wait for their reminders.
    ///
    /// - Returns: The proposal, which the ledger holds; nil where there is nothing to plan.
    private func propose(
        under lease: PlanningLease, _ report: inout RunReport
    ) async throws(LedgerError) -> Proposal? {
        let other = try await otherSource()
        if let other, other.digest != settings.approval {
            report.add(
                .guardTripped,
                "the ledger \(ledger.location) knows a job named \"\(job.name)\" with another source (job file \(other.file)). If these are "
                    + "two jobs, give one of them another name. If the source has moved, run: usher run \(job.file) "
                    + "--approve \(other.digest)")
            return nil
        }
        let fetched = try await FetchStage(job: job, ledger: ledger, settings: settings, lease: lease).run(&report)
        if !fetched.isReachable {
            guard !Task.isCancelled, let known = known(fetched, at: settings.now) else { return nil }
            report.notes.append(known)
        }
        if let vanished = fetched.vanished { report.add(.guardTripped, vanished.explanation(job: job.file)) }
        let id = try await ledger.beginProposal(under: lease)
        var stage = PlanStage(job: job, ledger: ledger, settings: settings, proposal: id)
        try await stage.run(fetched, &report)
        let summary = try await ledger.summary(of: id)
        report.planned = .init(sends: summary.sends, skips: summary.skips, digest: summary.digest)
        return Proposal(
            id: id, summary: summary, scans: stage.scans,
            approvedVanishing: fetched.approved ?? stage.approved ?? other?.digest,
            toldAgain: ToldAgainGuard(
                try await ledger.toldAgain(in: id, mail: job.mailChannels, others: job.otherChannels), job: job),
            isReachable: fetched.isReachable)
    }

    /// What a run goes on with whose source cannot be read; nil where nothing is known that is still to come.
    private func known(_ fetched: FetchStage.Result, at now: Instant) -> String? {
        let window = job.window(at: now)
        let count = fetched.sessions.values.count { window.contains($0.session) && $0.session.status == .published }
        guard count > 0 else { return nil }
        return
            "the source could not be read: \(count == 1 ? "the session" : "the \(count) sessions") known from before "
            + "\(count == 1 ? "is" : "are") reminded of as \(count == 1 ? "it was" : "they were")"
    }

    /// What is to be approved where the ledger knows a job of this name with another source; nil where it does not.
    ///
    /// Two jobs of one name would take each other's sessions for vanished, and each other's people for told.
    private func otherSource() async throws(LedgerError) -> (digest: String, file: String)? {
        let source = job.jobSource
        guard let stored = try await ledger.source(job: job.ledgerName), stored.identity != source.identity else {
            return nil
        }
        let parts = ["source", job.ledgerName, stored.identity, source.identity]
        return (String(Digest.hex(of: parts).prefix(16)), stored.file)
    }

    /// Whether the plan may be enrolled, because it is within the limit or because a person approved it.
    private func isApproved(_ plan: Proposal, _ clock: Clock, _ report: inout RunReport) -> Bool {
        let sends = plan.summary.sends
        let digest = plan.summary.digest
        if let approval = settings.approval, clock != .approved {
            let isVanishing =
                approval == plan.approvedVanishing && sends <= job.limits.deliveriesPerRun && plan.toldAgain == nil
            guard approval == digest || isVanishing else {
                report.add(
                    .guardTripped,
                    "the plan is not the one that was approved: \(approval) was approved, but \(digest) is due (\(sends) to send). "
                        + "To see it, run: usher plan \(job.file)")
                return false
            }
            return true
        }
        if let toldAgain = plan.toldAgain {
            report.add(.guardTripped, toldAgain.explanation(job, digest))
            return false
        }
        guard sends > job.limits.deliveriesPerRun else { return true }
        report.add(
            .guardTripped,
            "\(sends) new deliveries are more than limits.deliveries-per-run (\(job.limits.deliveriesPerRun)). "
                + "To see them, run: usher plan \(job.file). To send exactly these, run: "
                + "usher run \(job.file) --approve \(digest)")
        return false
    }

    private func publish(_ report: inout RunReport) async {
        await PublishStage(job: job, ledger: ledger, settings: settings).run(&report)
    }

    private func resolveDoubts(_ report: inout RunReport) async throws(LedgerError) {
        try await DoubtStage(job: job, ledger: ledger, settings: settings).run(&report)
    }

    private func deliver(_ report: inout RunReport) async throws(LedgerError) {
        let stage = DeliverStage(job: job, ledger: ledger, settings: settings, progress: progress)
        report.add(await stage.run())
        for channel in job.channels { await channel.close() }
    }
}

internal import UsherJob
package import UsherModel
internal import UsherPlan

/// One pass of one job.
package struct Engine: Sendable {
    /// The job, with the kinds it names.
    package let assembly: ConfiguredJob
    /// Where everything is remembered.
    package let ledger: any Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void

    /// Takes all that a pass needs.
    package init(
        _ assembly: ConfiguredJob, ledger: any Ledger, settings: RunSettings,
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        (self.assembly, self.ledger, self.settings, self.progress) = (assembly, ledger, settings, progress)
    }

    /// Fetches, plans, publishes and delivers.
    ///
    /// Asked to stop, it claims nothing new and lets what is on the wire come to its end, for ``Limits/stopPatience`` at most; what has not been
    /// answered by then is in doubt.
    ///
    /// - Returns: What was done; what could not be done, as findings.
    package func run() async -> RunReport {
        await withTaskGroup(of: RunReport?.self) { group in
            group.addTask { await pass() }
            group.addTask {
                await patience()
                return nil
            }
            var report = RunReport(job: assembly.job.name)
            // Whichever ends first ends the other: a pass that is done needs no patience, and patience that is over ends the pass.
            for await ended in group {
                if let ended { report = ended }
                group.cancelAll()
            }
            return report
        }
    }

    /// Returns when a run that was asked to stop has waited long enough, or when it is done.
    private func patience() async {
        while !settings.isStopping(), !Task.isCancelled {
            await settings.clock.pause(.milliseconds(200))
        }
        guard !Task.isCancelled else { return }
        await settings.clock.pause(Limits.stopPatience)
    }

    private func pass() async -> RunReport {
        var report = RunReport(job: assembly.job.name)
        do throws(LedgerError) {
            let run = try await ledger.beginRun(job: assembly.ledgerName, owner: settings.owner, now: settings.now)
            try await recover(&report)
            if settings.scope != .publish { try await prepare(&report) }
            if settings.scope != .deliver { await publish(&report) }
            if settings.scope != .publish { try await deliver(&report) }
            try await ledger.endRun(run, outcome: report.outcome, now: settings.now)
        } catch {
            report.add(error.finding, error.description)
        }
        return report
    }

    /// Plans as a run would, on a ledger that was opened for a dry run: nothing is written and nothing is sent.
    ///
    /// - Returns: The report, and the proposal that the ledger holds; nil where the source could not be read.
    package static func plan(
        _ assembly: ConfiguredJob, ledger: any Ledger, settings: RunSettings
    ) async -> (report: RunReport, proposal: ProposalID?) {
        let engine = Engine(assembly, ledger: ledger, settings: settings)
        var report = RunReport(job: assembly.job.name)
        do throws(LedgerError) {
            let id = try await engine.propose(&report)?.id
            return (report, id)
        } catch {
            report.add(error.finding, error.description)
            return (report, nil)
        }
    }

    /// Records the present plan as already told: nothing is sent, and from now on changes of it are.
    package func adopt() async -> RunReport {
        var report = RunReport(job: assembly.job.name)
        do throws(LedgerError) {
            guard try await acquireLease(&report) else { return report }
            guard let plan = try await propose(&report) else {
                try await ledger.releasePlanningLease(job: assembly.ledgerName, owner: settings.owner)
                return report
            }
            try await ledger.adopt(plan.id, now: settings.now)
            try await ledger.recordScans(job: assembly.ledgerName, plan.scans)
            try await ledger.releasePlanningLease(job: assembly.ledgerName, owner: settings.owner)
        } catch {
            report.add(error.finding, error.description)
        }
        return report
    }

    // MARK: Stages

    /// Takes back what a dead run left: what it had only claimed waits again, what was on the wire is looked up or in doubt.
    private func recover(_ report: inout RunReport) async throws(LedgerError) {
        let recovered = try await ledger.recover(
            job: assembly.ledgerName, clock: settings.clock.now(), now: settings.now, isAlive: settings.isAlive)
        if recovered.released > 0 {
            report.notes.append("\(recovered.released) taken up by a run that died wait again")
        }
    }

    /// Fetches, reconciles, plans and enrols, under the planning lease: one run of a job at a time.
    private func prepare(_ report: inout RunReport) async throws(LedgerError) {
        guard try await acquireLease(&report) else { return }
        if let plan = try await propose(&report) {
            if isApproved(plan, &report) {
                try await ledger.enrol(plan.id, now: settings.now)
                try await ledger.recordScans(job: assembly.ledgerName, plan.scans)
            } else {
                try await ledger.discard(plan.id)
            }
        }
        try await ledger.releasePlanningLease(job: assembly.ledgerName, owner: settings.owner)
    }

    private func acquireLease(_ report: inout RunReport) async throws(LedgerError) -> Bool {
        let lease = try await ledger.acquirePlanningLease(
            job: assembly.ledgerName, owner: settings.owner, until: settings.leaseEnd, clock: settings.clock.now(),
            isAlive: settings.isAlive)
        switch lease {
        case .acquired: return true
        case .held(let owner, _):
            report.notes.append(
                "another run (\(owner.rawValue)) is planning this job; this one delivers what it has enrolled")
            return false
        }
    }

    /// What a plan needs in order to be enrolled.
    private struct Proposal {
        let id: ProposalID
        let summary: PlanSummary
        let scans: [SessionKey: ScanMemory]
        /// The digest of a vanishing that was approved for this run.
        let approvedVanishing: String?
    }

    /// Fetches, reconciles and plans; the ledger then holds the proposal.
    private func propose(_ report: inout RunReport) async throws(LedgerError) -> Proposal? {
        let fetched = try await FetchStage(assembly: assembly, ledger: ledger, settings: settings).run(&report)
        guard fetched.isReachable else { return nil }
        if let vanished = fetched.vanished { report.add(.guardTripped, vanished.explanation(job: assembly.job.file)) }
        let id = try await ledger.beginProposal(job: assembly.ledgerName)
        var stage = PlanStage(assembly: assembly, ledger: ledger, settings: settings, proposal: id)
        try await stage.run(fetched, &report)
        let summary = try await ledger.summary(of: id)
        report.planned = .init(sends: summary.sends, skips: summary.skips, digest: summary.digest)
        return Proposal(id: id, summary: summary, scans: stage.scans, approvedVanishing: fetched.approved)
    }

    /// Whether the plan may be enrolled: within the limit, or approved by its digest.
    private func isApproved(_ plan: Proposal, _ report: inout RunReport) -> Bool {
        let sends = plan.summary.sends
        let digest = plan.summary.digest
        if let approval = settings.approval {
            let isVanishing = approval == plan.approvedVanishing && sends <= assembly.job.limits.deliveriesPerRun
            guard approval == digest || isVanishing else {
                report.add(
                    .guardTripped,
                    "the plan is not the one approved: \(approval) was approved, \(digest) is due (\(sends) to send). "
                        + "Look at it with: usher plan \(assembly.job.file)")
                return false
            }
            return true
        }
        guard sends > assembly.job.limits.deliveriesPerRun else { return true }
        report.add(
            .guardTripped,
            "\(sends) new deliveries are more than limits.deliveries-per-run (\(assembly.job.limits.deliveriesPerRun)). "
                + "Look at them with: usher plan \(assembly.job.file); send exactly these with: "
                + "usher run \(assembly.job.file) --approve \(digest)")
        return false
    }

    private func publish(_ report: inout RunReport) async {
        await PublishStage(assembly: assembly, ledger: ledger, settings: settings).run(&report)
    }

    private func deliver(_ report: inout RunReport) async throws(LedgerError) {
        try await DoubtStage(assembly: assembly, ledger: ledger, settings: settings).run(&report)
        let stage = DeliverStage(assembly: assembly, ledger: ledger, settings: settings, progress: progress)
        report.take(await stage.run())
        for configured in assembly.channels { await configured.channel.close() }
    }
}

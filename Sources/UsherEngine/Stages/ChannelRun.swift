internal import UsherJob
internal import UsherModel

/// Sends what is due over one channel: claims it, as the channel's budget and its troubles allow, and hands it to the sender.
///
/// A refusal that concerns the whole channel ends a round. Where the server asked for a short wait, another round follows in the same run;
/// otherwise the trouble is recorded, and a later run tries the channel with a single delivery first.
struct ChannelRun {
    private let channel: ConfiguredChannel
    private let sender: DeliverySender
    private let job: ConfiguredJob
    private let ledger: any Ledger
    private let settings: RunSettings
    private let progress: @Sendable (Progress) -> Void

    init(
        _ channel: ConfiguredChannel, _ sender: DeliverySender, job: ConfiguredJob, ledger: any Ledger,
        settings: RunSettings, progress: @escaping @Sendable (Progress) -> Void
    ) {
        (self.channel, self.sender, self.job) = (channel, sender, job)
        (self.ledger, self.settings, self.progress) = (ledger, settings, progress)
    }

    func run() async -> DeliveryTally {
        var total = DeliveryTally()
        do throws(LedgerError) {
            for _ in 0...Limits.serverWaits {
                guard let isTroubled = try await readiness() else {
                    try await expire(&total)
                    break
                }
                total.stop = nil
                total.add(try await round(isProbing: isTroubled))
                guard let wait = total.stop?.after, wait <= Limits.serverWait, isWorthWaiting else { break }
                await settings.wait(wait)
            }
            if settings.isStopping() { try await expire(&total) }
            try await addBacklog(to: &total)
        } catch {
            total.add(error)
        }
        return total
    }

    /// Whether the run can go on after a pause.
    ///
    /// While `--now` holds the time still, no wait would come to an end.
    private var isWorthWaiting: Bool { !settings.time.isFixed && !settings.isStopping() && !Task.isCancelled }

    // MARK: Troubles

    /// Whether the channel may be used, waiting for it a little where the server asked for that.
    ///
    /// - Returns: Whether it had trouble, so that it is tried with one delivery first; nil where it is not to be used in this run.
    private func readiness() async throws(LedgerError) -> Bool? {
        guard let trouble = try await ledger.trouble(job: job.ledgerName, channel: channel.name) else { return false }
        let now = settings.now
        let wait = Backoff.next(trouble, firstExpiry: try await backlog().firstExpiry, now: now) - now
        if wait <= .zero { return true }
        guard wait <= Limits.serverWait, isWorthWaiting else { return nil }
        await settings.wait(wait)
        return true
    }

    private func backlog() async throws(LedgerError) -> Backlog {
        try await ledger.backlog(
            job: job.ledgerName, channel: channel.name, owner: settings.owner, now: settings.now)
    }

    /// Skips what has expired, although nothing can be sent.
    private func expire(_ total: inout DeliveryTally) async throws(LedgerError) {
        total.tally.expired += try await claimed(0, .oldest).expired
    }

    private func claimed(_ limit: Int, _ order: ClaimOrder) async throws(LedgerError) -> ClaimBatch {
        try await ledger.claim(
            job: job.ledgerName, channel: channel.name, limit: limit, order: order, owner: settings.owner,
            until: settings.leaseEnd, now: settings.now)
    }

    /// Reports what failed, and what waits, since when and why: a run after which something waits is not done.
    private func addBacklog(to total: inout DeliveryTally) async throws(LedgerError) {
        total.problems += total.failures.lines.map { problem($0, .failed) }
        let trouble = try await ledger.trouble(job: job.ledgerName, channel: channel.name)
        if total.tally.expired > 0 {
            let reason = trouble.map { ", since \($0.since): \($0.refusal)" } ?? ""
            total.problems.append(
                problem("\(total.tally.expired) expired before they could be sent\(reason)", .failed))
        }
        let waiting = WaitingDeliveries(
            channel: channel.name, backlog: try await backlog(), trouble: trouble, outage: job.limits.outage,
            reopens: try await budgetReopens(), now: settings.now)
        total.problems += waiting.problems
        total.notes += waiting.notes
        if waiting.isEmpty, let stop = total.stop {
            total.problems.append(problem("\(stop.refusal)", .init(stop.refusal.scope)))
        }
    }

    private func problem(_ words: String, _ code: RunProblem.Code) -> RunProblem {
        RunProblem(code, "channel \(channel.name): \(words)")
    }

    private func budgetReopens() async throws(LedgerError) -> Instant? {
        guard let budget = channel.budget else { return nil }
        return try await ledger.spend(
            0, of: budget, job: job.ledgerName, channel: channel.name, owner: settings.owner,
            clock: settings.clock.now()
        ).nextAt
    }

    // MARK: Rounds

    /// What a round has to find out about its channel.
    private struct Health: Hashable {
        /// It had trouble, and is tried with one delivery at a time.
        var isProbing = false
        /// It has refused deliveries since it last delivered one.
        var hasRefusals = false
    }

    /// Delivers until nothing more is due, or until the channel refuses everything.
    ///
    /// As many deliveries are on the wire at once as the channel is wide; as many again are being rendered or recorded meanwhile. The next ones
    /// are claimed before the last ones have finished, so that no connection waits for the ledger. While `isProbing`, there is one at a time.
    private func round(isProbing: Bool) async throws(LedgerError) -> DeliveryTally {
        let connections = ConnectionGate(width: channel.width)
        let hasRefusals = try await ledger.hasRefusals(job: job.ledgerName, channel: channel.name)
        let total = await withTaskGroup(of: DeliveryTally.self) { group in
            var total = DeliveryTally()
            var queue = ClaimQueue()
            var health = Health(isProbing: isProbing, hasRefusals: hasRefusals)
            while true {
                if queue.needsMore(for: channel, isProbing: health.isProbing) {
                    await claim(into: &queue, isProbing: health.isProbing, &total)
                }
                while let claim = queue.start(limit: health.isProbing ? 1 : 2 * channel.width) {
                    let isStopped = total.isStopped || settings.isStopping()
                    let isProven = total.tally.sent > 0
                    group.addTask {
                        isStopped
                            ? await sender.release(claim)
                            : await sender.send(claim, via: channel, isProven: isProven, connections)
                    }
                }
                guard queue.underWay > 0, let result = await group.next() else { break }
                queue.end()
                await record(result, after: total, &health, &total)
                progress(.finished(result.tally))
            }
            return total
        }
        if channel.budget != nil {
            try await ledger.giveBack(total.untried, job: job.ledgerName, channel: channel.name)
        }
        return total
    }

    /// Adds a result, and records in the ledger how the channel stands where that has changed.
    private func record(
        _ result: DeliveryTally, after before: DeliveryTally, _ health: inout Health, _ total: inout DeliveryTally
    ) async {
        total.add(result)
        do throws(LedgerError) {
            if let stop = result.stop, before.stop == nil {
                try await recordTrouble(stop)
            } else if let failure = result.failures.single {
                health.hasRefusals = true
                try await count(failure, &total)
            } else if result.isWell, health != Health(), total.stop == nil {
                try await ledger.endTrouble(job: job.ledgerName, channel: channel.name)
                health = Health()
            }
        } catch {
            total.add(error)
        }
    }

    private func recordTrouble(_ stop: DeliveryTally.Stop) async throws(LedgerError) {
        // That a run was asked to stop is no trouble of the channel.
        guard !settings.isStopping() else { return }
        let now = settings.now
        try await ledger.recordTrouble(
            job: job.ledgerName, channel: channel.name, stop.refusal, notBefore: now + (stop.after ?? .zero), now: now)
    }

    /// Counts a failure: where the same befell several in a row, it is about us, and fails no one.
    private func count(_ failure: FailureKinds.Failure, _ total: inout DeliveryTally) async throws(LedgerError) {
        let again = try await ledger.countRefusal(
            failure.kind, of: failure.key, limit: RefusalKind.limit(failure.refusal.scope), job: job.ledgerName,
            channel: channel.name, now: settings.now)
        guard again > 0 else { return }
        total.reopen(again, of: failure.kind)
        let words = "\(failure.refusal) (the same for several recipients in a row: it is about us, and no one failed)"
        let stop = DeliveryTally.Stop(refusal: Refusal(.sender, words))
        if total.stop == nil { try await recordTrouble(stop) }
        total.stop = total.stop ?? stop
    }

    // MARK: Claiming

    private func claim(into queue: inout ClaimQueue, isProbing: Bool, _ total: inout DeliveryTally) async {
        do throws(LedgerError) {
            guard !settings.isStopping(), !Task.isCancelled, !total.isStopped else { return queue.finish() }
            guard let limit = try await allowance() else {
                try await expire(&total)
                return queue.add([])
            }
            let batch = try await isProbing ? claimed(1, .untried) : claimed(limit, .oldest)
            total.tally.expired += batch.expired
            if channel.budget != nil { total.untried += limit - batch.claims.count }
            queue.add(batch.claims)
        } catch {
            total.add(error)
            queue.finish()
        }
    }

    /// How many deliveries may be claimed now.
    ///
    /// Where the budget is spent, this waits for it, but no longer than ``Limits/rateWait``, and only where no other run waits already.
    ///
    /// - Returns: nil where nothing is due, or nothing may be sent in this run any more.
    private func allowance() async throws(LedgerError) -> Int? {
        guard let budget = channel.budget else { return Limits.claimBatch }
        while !settings.isStopping(), !Task.isCancelled {
            guard try await ledger.hasDue(job: job.ledgerName, channel: channel.name, now: settings.now) else {
                return nil
            }
            let grant = try await ledger.spend(
                min(Limits.claimBatch, channel.width * 2), of: budget, job: job.ledgerName, channel: channel.name,
                owner: settings.owner, clock: settings.clock.now())
            if grant.granted > 0 { return grant.granted }
            let wait = grant.nextAt - settings.clock.now()
            guard wait <= Limits.rateWait, !grant.isAwaited, isWorthWaiting else { return nil }
            await settings.wait(wait)
        }
        return nil
    }
}

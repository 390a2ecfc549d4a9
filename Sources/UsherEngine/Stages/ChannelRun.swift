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
            total.addStop(at: channel.name)
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
        total.tally.expired += try await claimed(0).expired
    }

    private func claimed(_ limit: Int) async throws(LedgerError) -> ClaimBatch {
        try await ledger.claim(
            job: job.ledgerName, channel: channel.name, limit: limit, owner: settings.owner, until: settings.leaseEnd,
            now: settings.now)
    }

    /// Reports what waits, and why: a run after which something waits is not done.
    private func addBacklog(to total: inout DeliveryTally) async throws(LedgerError) {
        let backlog = try await backlog()
        guard backlog.count > 0 else { return }
        let trouble = try await ledger.trouble(job: job.ledgerName, channel: channel.name)
        let now = settings.now
        let times = [
            backlog.nextAt, trouble.map { Backoff.next($0, firstExpiry: backlog.firstExpiry, now: now) },
            try await budgetReopens(),
        ]
        let next = times.compactMap { $0 }.max() ?? now
        let reason = trouble?.reason.text ?? backlog.evidence
        if reason == nil, backlog.isBeingSent {
            total.notes.append("another run is sending over channel \(channel.name); \(backlog.count) wait for it")
            return
        }
        total.problems.append(
            RunProblem(
                .retrying,
                "channel \(channel.name): \(backlog.count) wait, and will be tried again by a later run"
                    + (next > now ? " from \(next) on" : "") + (reason.map { " (\($0))" } ?? "")))
    }

    private func budgetReopens() async throws(LedgerError) -> Instant? {
        guard let budget = channel.budget else { return nil }
        return try await ledger.spend(
            0, of: budget, job: job.ledgerName, channel: channel.name, owner: settings.owner,
            clock: settings.clock.now()
        ).nextAt
    }

    // MARK: Rounds

    /// Delivers until nothing more is due, or until the channel refuses everything.
    ///
    /// As many deliveries are on the wire at once as the channel is wide; as many again are being rendered or recorded meanwhile. The next ones
    /// are claimed before the last ones have finished, so that no connection waits for the ledger. While `isProbing`, there is one at a time.
    private func round(isProbing: Bool) async throws(LedgerError) -> DeliveryTally {
        let connections = ConnectionGate(width: channel.width)
        let total = await withTaskGroup(of: DeliveryTally.self) { group in
            var total = DeliveryTally()
            var queue = ClaimQueue()
            var isProbing = isProbing
            while true {
                if queue.needsMore(for: channel, isProbing: isProbing) {
                    await claim(into: &queue, isProbing: isProbing, &total)
                }
                while let claim = queue.start(limit: isProbing ? 1 : 2 * channel.width) {
                    let isStopped = total.isStopped || settings.isStopping()
                    group.addTask {
                        isStopped
                            ? await sender.release(claim) : await sender.send(claim, via: channel, connections)
                    }
                }
                guard queue.underWay > 0, let result = await group.next() else { break }
                queue.end()
                await record(result, after: total, &isProbing, &total)
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
        _ result: DeliveryTally, after before: DeliveryTally, _ isProbing: inout Bool, _ total: inout DeliveryTally
    ) async {
        total.add(result)
        do throws(LedgerError) {
            if let stop = result.stop, before.stop == nil, stop.refusal.scope != .storage {
                let now = settings.now
                try await ledger.recordTrouble(
                    job: job.ledgerName, channel: channel.name, reason: stop.refusal.reason,
                    notBefore: now + (stop.after ?? .zero), now: now)
            } else if result.isWell, isProbing, total.stop == nil {
                try await ledger.endTrouble(job: job.ledgerName, channel: channel.name)
                isProbing = false
            }
        } catch {
            total.add(error)
        }
    }

    // MARK: Claiming

    private func claim(into queue: inout ClaimQueue, isProbing: Bool, _ total: inout DeliveryTally) async {
        do throws(LedgerError) {
            guard !settings.isStopping(), !Task.isCancelled, !total.isStopped else { return queue.finish() }
            guard let limit = try await allowance() else {
                try await expire(&total)
                return queue.add([])
            }
            let batch = try await claimed(isProbing ? 1 : limit)
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

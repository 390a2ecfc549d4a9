internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherRender

/// Claims the deliveries that are due, renders them, passes them to their channels and records the outcomes.
///
/// Every channel has a loop of its own; all of them run at once.
struct DeliverStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void
    private let renderer: MessageRenderer
    private let calendars: PersonalCalendars?

    init(
        job: ConfiguredJob, ledger: any Ledger, settings: RunSettings, progress: @escaping @Sendable (Progress) -> Void
    ) async {
        (self.job, self.ledger, self.settings, self.progress) = (job, ledger, settings, progress)
        renderer = job.renderer(at: settings.now)
        calendars = await PersonalCalendars(job)
    }

    /// Delivers until nothing more is due.
    ///
    /// - Returns: The outcomes and the problems of all channels.
    @concurrent
    func run() async -> DeliveryTally {
        let commits = GroupCommit(ledger: ledger, settings)
        return await withTaskGroup(of: DeliveryTally?.self) { group in
            group.addTask {
                await renewLeases()
                return nil
            }
            for channel in job.channels {
                group.addTask { await deliver(via: channel, commits) }
            }
            var total = DeliveryTally()
            var running = job.channels.count
            while running > 0, let ended = await group.next() {
                guard let ended else { continue }
                running -= 1
                total.add(ended)
            }
            group.cancelAll()
            return total
        }
    }

    /// Renews the leases of this run until it is canceled, so that a slow channel keeps what it has claimed.
    private func renewLeases() async {
        while !Task.isCancelled {
            await settings.clock.pause(settings.lease / 4)
            guard !Task.isCancelled else { return }
            do throws(LedgerError) {
                try await ledger.renewLeases(owner: settings.owner, until: settings.leaseEnd)
            } catch {
                // The lease then ends by itself, and the ledger refuses the wire marks of later deliveries.
                return
            }
        }
    }

    /// Delivers everything that is due on a channel.
    ///
    /// As many deliveries are on the wire at once as the channel is wide; as many again are being rendered or recorded meanwhile. The
    /// next ones are claimed before the last ones have finished, so that no connection waits for the ledger.
    private func deliver(via channel: ConfiguredChannel, _ commits: GroupCommit) async -> DeliveryTally {
        let connections = ConnectionGate(width: channel.width)
        return await withTaskGroup(of: DeliveryTally.self) { group in
            var total = DeliveryTally()
            var queue = ClaimQueue()
            while true {
                if queue.needsMore(for: channel) { await claim(for: channel, into: &queue, &total) }
                while let claim = queue.start(limit: 2 * channel.width) {
                    let isStopped = total.stop != nil || settings.isStopping()
                    group.addTask {
                        isStopped
                            ? await release(claim, commits) : await send(claim, via: channel, connections, commits)
                    }
                }
                guard queue.underWay > 0, let result = await group.next() else { break }
                queue.end()
                total.add(result)
                progress(.finished(result.tally))
            }
            return total
        }
    }

    // MARK: Claiming

    private func claim(
        for channel: ConfiguredChannel, into queue: inout ClaimQueue, _ total: inout DeliveryTally
    ) async {
        do throws(LedgerError) {
            guard !settings.isStopping(), !Task.isCancelled, total.stop == nil else { return queue.finish() }
            guard let limit = try await allowance(for: channel) else { return queue.add([]) }
            let batch = try await ledger.claim(
                job: job.ledgerName, channel: channel.name, limit: limit, owner: settings.owner,
                until: settings.leaseEnd, now: settings.now, isExpiring: queue.isFirst)
            total.tally.expired += batch.expired
            queue.add(batch.claims)
        } catch {
            total.add(error)
            queue.finish()
        }
    }

    /// How many deliveries may be claimed now; waits as long as the channel's rate demands.
    ///
    /// - Returns: nil where nothing is due.
    private func allowance(for channel: ConfiguredChannel) async throws(LedgerError) -> Int? {
        guard let rate = channel.rate else { return Limits.claimBatch }
        while !settings.isStopping(), !Task.isCancelled {
            guard try await ledger.hasDue(job: job.ledgerName, channel: channel.name, now: settings.now) else {
                return nil
            }
            let wanted = min(Limits.claimBatch, channel.width * 2)
            let tokens = try await ledger.claimTokens(
                job: job.ledgerName, channel: channel.name, wanted: wanted, perSecond: rate.perSecond,
                burst: rate.burst, clock: settings.clock.now())
            if tokens.granted > 0 { return tokens.granted }
            await settings.clock.pause(max(tokens.nextAt - settings.clock.now(), .seconds(1)))
        }
        return nil
    }

    // MARK: Sending

    private func send(
        _ claim: Claim, via channel: ConfiguredChannel, _ connections: ConnectionGate, _ commits: GroupCommit
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let message: Message
        do throws(RenderError) {
            message = try renderer.render(request(for: claim, at: channel))
        } catch {
            result.add(error, of: claim)
            let refusal = Refusal(.delivery, error.description)
            await finish(retry(claim, refusal, nil), commits, into: &result)
            return result
        }
        guard await connections.acquire() else { return await release(claim, commits) }
        guard !settings.isStopping() else {
            connections.release()
            return await release(claim, commits)
        }
        return await transmit(message, of: claim, via: channel, connections, commits)
    }

    private func request(for claim: Claim, at channel: ConfiguredChannel) -> RenderRequest {
        var request = RenderRequest(
            key: claim.key, template: template(of: claim), rule: claim.rule, kind: claim.kind,
            isOwnCancellation: claim.isOwnCancellation, dueAt: claim.dueAt, recipient: claim.recipient,
            attendee: claim.attendee, session: claim.session, previous: claim.previous, firstTold: claim.firstTold,
            format: channel.format, divertedTo: job.divert?.mail)
        if claim.attendee != nil { request.calendarURL = calendars?.url(of: claim.recipient.id) }
        return request
    }

    /// The template that the rule names now, or the one it named when the delivery was planned, if the rule no longer exists.
    private func template(of claim: Claim) -> String {
        job.table.rules.first { $0.id == claim.rule }?.template ?? claim.template
    }

    private func transmit(
        _ message: Message, of claim: Claim, via channel: ConfiguredChannel, _ connections: ConnectionGate,
        _ commits: GroupCommit
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let mark = WireMark()
        do throws(WireFailure) {
            let attempt = try await channel.send(message) { () async throws(WireFailure) in
                do throws(LedgerError) {
                    mark.set(.success(try await commits.wire(claim)))
                } catch {
                    mark.set(.failure(error))
                    throw WireFailure(error.description)
                }
            }
            if attempt.stopsChannel { connections.close() }
            // The connection is released once the ledger cannot write the next delivery's mark before this outcome.
            let outcome = outcome(of: attempt, claim, mark.wired, &result)
            await finish(outcome, commits, into: &result) { connections.release() }
        } catch {
            connections.release()
            await releaseUnsent(claim, error, mark.error, commits, into: &result)
        }
        return result
    }

    // MARK: Recording outcomes

    private func release(_ claim: Claim, _ commits: GroupCommit) async -> DeliveryTally {
        var result = DeliveryTally()
        await finish(.released(claim), commits, into: &result)
        return result
    }

    private func finish(
        _ outcome: DeliveryOutcome, _ commits: GroupCommit, into result: inout DeliveryTally, onQueued: () -> Void = {}
    ) async {
        do throws(LedgerError) {
            try await commits.finish(outcome, onQueued: onQueued)
        } catch {
            result.add(error)
        }
    }

    /// Releases a claim for which the ledger did not record the wire mark, so that nothing was sent.
    ///
    /// It is not a problem if another run has the lease, or if the session was revised since the claim.
    private func releaseUnsent(
        _ claim: Claim, _ failure: WireFailure, _ error: LedgerError?, _ commits: GroupCommit,
        into result: inout DeliveryTally
    ) async {
        switch error?.code {
        case .leaseLost: return
        case .staleClaim: await finish(.released(claim), commits, into: &result)
        case .some, .none:
            if let error {
                result.add(error)
            } else {
                result.problems.append(RunProblem(.internalError, failure.reason))
            }
            await finish(.released(claim), commits, into: &result)
        }
    }

    private func outcome(
        of attempt: Attempt, _ claim: Claim, _ wired: Wired?, _ result: inout DeliveryTally
    ) -> DeliveryOutcome {
        switch attempt {
        case .sent(let evidence):
            guard let wired else { return unmarked(claim, &result) }
            result.tally.sent += 1
            return .sent(wired, evidence)
        case .inDoubt(let evidence):
            guard let wired else { return unmarked(claim, &result) }
            result.tally.inDoubt += 1
            return .inDoubt(wired, evidence)
        case .failed(let refusal):
            result.stop(refusal, at: claim.channel)
            result.tally.failed += 1
            return fail(claim, wired, refusal)
        case .retry(let refusal, let after):
            result.stop(refusal, at: claim.channel)
            let isLast = claim.attempt >= Backoff.attempts && refusal.scope == .delivery
            if isLast { result.tally.failed += 1 } else { result.tally.retrying += 1 }
            return isLast ? fail(claim, wired, refusal) : retry(claim, refusal, after, wired)
        }
    }

    /// Reports a channel that completed a delivery without awaiting its wire mark, which breaks the contract of ``Channel``.
    private func unmarked(_ claim: Claim, _ result: inout DeliveryTally) -> DeliveryOutcome {
        result.problems.append(
            RunProblem(.internalError, "channel \(claim.channel) completed \(claim.key) without its wire mark"))
        return .released(claim)
    }

    private func fail(_ claim: Claim, _ wired: Wired?, _ refusal: Refusal) -> DeliveryOutcome {
        wired.map { .failedOnWire($0, refusal) } ?? .failed(claim, refusal)
    }

    private func retry(_ claim: Claim, _ refusal: Refusal, _ after: Duration?, _ wired: Wired? = nil)
        -> DeliveryOutcome
    {
        let backoff = settings.now + Backoff.delay(after: claim.attempt, jitter: settings.jitter())
        let next = max(after.map { settings.now + $0 } ?? backoff, settings.now + .seconds(1))
        return wired.map { .retryOnWire($0, refusal, notBefore: next) } ?? .retry(claim, refusal, notBefore: next)
    }
}

extension Attempt {
    /// Whether the refusal concerns everything that the channel could send, not only this delivery.
    fileprivate var stopsChannel: Bool {
        switch self {
        case .sent, .inDoubt: false
        case .failed(let refusal), .retry(let refusal, after: _): refusal.scope != .delivery
        }
    }
}

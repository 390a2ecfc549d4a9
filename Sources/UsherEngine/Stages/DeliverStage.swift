internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherRender

/// Claims what is due, renders it, hands it to its channel and settles it; one loop a channel, all at once.
struct DeliverStage {
    let assembly: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void
    private let renderer: MessageRenderer
    private let calendars: PersonalCalendars?

    init(
        assembly: ConfiguredJob, ledger: any Ledger, settings: RunSettings,
        progress: @escaping @Sendable (Progress) -> Void
    ) {
        (self.assembly, self.ledger, self.settings, self.progress) = (assembly, ledger, settings, progress)
        renderer = assembly.renderer(at: settings.now)
        calendars = PersonalCalendars(assembly)
    }

    /// Delivers until nothing more is due.
    ///
    /// - Returns: What became of each; what went wrong, as findings.
    @concurrent
    func run() async -> DeliveryTally {
        let commits = GroupCommit(ledger: ledger, settings)
        return await withTaskGroup(of: DeliveryTally.self) { group in
            group.addTask { await heartbeat() }
            for configured in assembly.channels {
                group.addTask { await deliver(via: configured, commits) }
            }
            var total = DeliveryTally()
            var running = assembly.channels.count
            while running > 0, let part = await group.next() {
                guard !part.isHeartbeat else { continue }
                running -= 1
                total.add(part)
            }
            group.cancelAll()
            return total
        }
    }

    /// Renews this run's leases until it is canceled, so that a slow channel keeps what it has claimed.
    private func heartbeat() async -> DeliveryTally {
        var beat = DeliveryTally()
        beat.isHeartbeat = true
        while !Task.isCancelled {
            await settings.clock.pause(settings.lease / 4)
            guard !Task.isCancelled else { break }
            do throws(LedgerError) {
                try await ledger.renewLeases(owner: settings.owner, until: settings.leaseEnd)
            } catch {
                // A lease that cannot be renewed ends by itself; what is wired after that is refused by the ledger.
                break
            }
        }
        return beat
    }

    /// Delivers all that is due on a channel: as many at once as it is wide, as many again are rendered or settled meanwhile, and the next
    /// are claimed before the last are through.
    private func deliver(via configured: ConfiguredChannel, _ commits: GroupCommit) async -> DeliveryTally {
        let connections = ConnectionGate(width: configured.channel.width)
        return await withTaskGroup(of: DeliveryTally.self) { group in
            var total = DeliveryTally()
            var waiting: ArraySlice<Claim> = []
            var supply = ClaimQueue()
            while true {
                if supply.isWanted(waiting.count, configured) {
                    waiting += await claim(for: configured, &supply, &total)
                }
                while supply.underWay < 2 * configured.channel.width, let claim = waiting.popFirst() {
                    let isHeld = total.stop != nil || settings.isStopping()
                    supply.underWay += 1
                    group.addTask {
                        isHeld
                            ? await release(claim, commits) : await send(claim, via: configured, connections, commits)
                    }
                }
                guard supply.underWay > 0, let one = await group.next() else { break }
                supply.underWay -= 1
                total.add(one)
                progress(.finished(one.tally))
            }
            return total
        }
    }

    /// What of a channel's deliveries is taken up.
    private struct ClaimQueue {
        var underWay = 0
        var isFirst = true
        /// The last claim brought nothing; what is under way may still be given back.
        var isDry = false
        var isOver = false

        /// Whether to claim more now: with a rate, only when all is through, since claiming waits for its tokens.
        func isWanted(_ waiting: Int, _ configured: ConfiguredChannel) -> Bool {
            guard !isOver else { return false }
            return isDry || configured.rate != nil
                ? waiting == 0 && underWay == 0 : waiting < configured.channel.width
        }

        mutating func note(_ batch: [Claim]) {
            isFirst = false
            isDry = batch.isEmpty
            isOver = isDry && underWay == 0
        }
    }

    private func claim(for configured: ConfiguredChannel, _ supply: inout ClaimQueue, _ total: inout DeliveryTally)
        async -> [Claim]
    {
        do throws(LedgerError) {
            guard !settings.isStopping(), !Task.isCancelled, total.stop == nil else {
                supply.isOver = true
                return []
            }
            guard let limit = try await allowance(for: configured) else {
                supply.note([])
                return []
            }
            let batch = try await ledger.claim(
                job: assembly.ledgerName, channel: configured.name, limit: limit, owner: settings.owner,
                until: settings.leaseEnd, now: settings.now, isExpiring: supply.isFirst)
            total.tally.expired += batch.expired
            supply.note(batch.claims)
            return batch.claims
        } catch {
            total.add(error)
            supply.isOver = true
            return []
        }
    }

    /// How many deliveries may be claimed now; waits where the channel's rate says so.
    ///
    /// Nil where nothing is due.
    private func allowance(for configured: ConfiguredChannel) async throws(LedgerError) -> Int? {
        guard let rate = configured.rate else { return Limits.claimBatch }
        while !settings.isStopping(), !Task.isCancelled {
            guard try await ledger.hasDue(job: assembly.ledgerName, channel: configured.name, now: settings.now) else {
                return nil
            }
            let wanted = min(Limits.claimBatch, configured.channel.width * 2)
            let tokens = try await ledger.claimTokens(
                job: assembly.ledgerName, channel: configured.name, wanted: wanted, perSecond: rate.perSecond,
                burst: rate.burst, clock: settings.clock.now())
            if tokens.granted > 0 { return tokens.granted }
            await settings.clock.pause(max(tokens.nextAt - settings.clock.now(), .seconds(1)))
        }
        return nil
    }

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

    private func send(
        _ claim: Claim, via configured: ConfiguredChannel, _ connections: ConnectionGate, _ commits: GroupCommit
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let message: Message
        do throws(RenderError) {
            message = try renderer.render(request(for: claim, at: configured))
        } catch {
            result.add(error, of: claim)
            let refusal = Refusal(.delivery, error.description)
            await finish(retry(claim, refusal, nil), commits, into: &result)
            return result
        }
        guard await connections.enter() else { return await release(claim, commits) }
        guard !settings.isStopping() else {
            connections.leave()
            return await release(claim, commits)
        }
        return await hand(message, of: claim, to: configured, connections, commits)
    }

    private func request(for claim: Claim, at configured: ConfiguredChannel) -> RenderRequest {
        var request = RenderRequest(
            key: claim.key, template: template(of: claim), rule: claim.rule, kind: claim.kind,
            isOwnCancellation: claim.isOwnCancellation, dueAt: claim.dueAt, recipient: claim.recipient,
            attendee: claim.attendee, session: claim.session, previous: claim.previous, firstTold: claim.firstTold,
            format: configured.channel.format, divertedTo: assembly.job.divert?.mail)
        if claim.attendee != nil { request.calendarURL = calendars?.url(of: claim.recipient.id) }
        return request
    }

    /// What the rule names now; what it named then where the rule is no more.
    private func template(of claim: Claim) -> String {
        assembly.table.rules.first { $0.id == claim.rule }?.template ?? claim.template
    }

    private func hand(
        _ message: Message, of claim: Claim, to configured: ConfiguredChannel, _ connections: ConnectionGate,
        _ commits: GroupCommit
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let slot = WiredSlot()
        do throws(WireFailure) {
            let attempt = try await configured.channel.send(message) { () async throws(WireFailure) in
                do throws(LedgerError) {
                    slot.put(try await commits.wire(claim))
                } catch {
                    slot.put(error)
                    throw WireFailure(error.description)
                }
            }
            if attempt.stopsChannel { connections.close() }
            // The place is free once this settlement cannot come to disk after the next one's mark.
            let outcome = outcome(of: attempt, claim, slot.wired, &result)
            await finish(outcome, commits, into: &result) { connections.leave() }
        } catch {
            connections.leave()
            await concludeUnwired(error, claim, slot.error, commits, into: &result)
        }
        return result
    }

    /// Nothing left: the ledger would not have the mark.
    ///
    /// A claim that another run or a newer revision has taken is no error.
    private func concludeUnwired(
        _ failure: WireFailure, _ claim: Claim, _ error: LedgerError?, _ commits: GroupCommit,
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
            guard let wired else { return unwired(claim, &result) }
            result.tally.sent += 1
            return .sent(wired, evidence)
        case .inDoubt(let evidence):
            guard let wired else { return unwired(claim, &result) }
            result.tally.inDoubt += 1
            return .inDoubt(wired, evidence)
        case .failed(let refusal):
            result.stop(refusal, at: claim.channel)
            result.tally.failed += 1
            return fail(claim, wired, refusal)
        case .retry(let refusal, let notBefore):
            result.stop(refusal, at: claim.channel)
            let isLast = claim.attempt >= Backoff.attempts && refusal.scope == .delivery
            if isLast { result.tally.failed += 1 } else { result.tally.retrying += 1 }
            return isLast ? fail(claim, wired, refusal) : retry(claim, refusal, notBefore, wired)
        }
    }

    /// A channel that completes a delivery without its mark breaks the seam's contract; it must not go unseen.
    private func unwired(_ claim: Claim, _ result: inout DeliveryTally) -> DeliveryOutcome {
        result.problems.append(
            RunProblem(.internalError, "channel \(claim.channel) completed \(claim.key) without its wire mark"))
        return .released(claim)
    }

    private func fail(_ claim: Claim, _ wired: Wired?, _ refusal: Refusal) -> DeliveryOutcome {
        wired.map { .failedOnWire($0, refusal) } ?? .failed(claim, refusal)
    }

    private func retry(_ claim: Claim, _ refusal: Refusal, _ notBefore: Instant?, _ wired: Wired? = nil)
        -> DeliveryOutcome
    {
        let backoff = settings.now + Backoff.delay(after: claim.attempt, jitter: settings.jitter())
        let next = max(notBefore ?? backoff, settings.now + .seconds(1))
        return wired.map { .retryOnWire($0, refusal, notBefore: next) } ?? .retry(claim, refusal, notBefore: next)
    }
}

extension Attempt {
    /// Whether the refusal concerns all that the channel could carry.
    fileprivate var stopsChannel: Bool {
        switch self {
        case .sent, .inDoubt: false
        case .failed(let refusal), .retry(let refusal, notBefore: _): refusal.scope != .delivery
        }
    }
}

internal import UsherJob
internal import UsherLedger
internal import UsherModel
internal import UsherPlan
internal import UsherRender

/// Claims what is due, renders it, hands it to its channel and settles it; one loop a channel, all at once.
struct DeliverStage {
    let assembly: Assembly
    let ledger: Ledger
    let settings: RunSettings
    let progress: @Sendable (Progress) -> Void
    private let renderer: MessageRenderer

    init(
        assembly: Assembly, ledger: Ledger, settings: RunSettings, progress: @escaping @Sendable (Progress) -> Void
    ) {
        (self.assembly, self.ledger, self.settings, self.progress) = (assembly, ledger, settings, progress)
        renderer = assembly.renderer(at: settings.now)
    }

    /// Delivers until nothing more is due.
    ///
    /// - Returns: What became of each; what went wrong, as findings.
    @concurrent
    func run() async -> Delivered {
        let committer = Committer(ledger: ledger, now: settings.now, clock: settings.clock)
        return await withTaskGroup(of: Delivered.self) { group in
            group.addTask { await heartbeat() }
            for station in assembly.stations {
                group.addTask { await deliver(via: station, committer) }
            }
            var total = Delivered()
            var running = assembly.stations.count
            while running > 0, let part = await group.next() {
                guard !part.isHeartbeat else { continue }
                running -= 1
                total.add(part)
            }
            group.cancelAll()
            return total
        }
    }

    /// Renews this run's leases until it is cancelled, so that a slow channel keeps what it has claimed.
    private func heartbeat() async -> Delivered {
        var beat = Delivered()
        beat.isHeartbeat = true
        while !Task.isCancelled {
            await settings.clock.pause(settings.lease / 4)
            guard !Task.isCancelled else { break }
            do throws(LedgerError) {
                try ledger.renewLeases(owner: settings.owner, until: settings.leaseEnd)
            } catch {
                // A lease that cannot be renewed ends by itself; what is wired after that is refused by the ledger.
                break
            }
        }
        return beat
    }

    private func deliver(via station: Station, _ committer: Committer) async -> Delivered {
        var total = Delivered()
        do throws(LedgerError) {
            while !settings.isStopping(), !Task.isCancelled, total.stop == nil {
                guard let limit = try await allowance(for: station, &total) else { break }
                let batch = try ledger.claim(
                    job: assembly.ledgerName, channel: station.name, limit: limit, owner: settings.owner,
                    until: settings.leaseEnd, now: settings.now)
                total.tally.expired += batch.expired
                guard !batch.claims.isEmpty else { break }
                await send(batch.claims, via: station, committer, into: &total)
            }
        } catch {
            total.add(error)
        }
        return total
    }

    /// How many deliveries may be claimed now; waits where the channel's rate says so.
    ///
    /// Nil where nothing is due.
    private func allowance(for station: Station, _ total: inout Delivered) async throws(LedgerError) -> Int? {
        guard let rate = station.rate else { return Limits.claimBatch }
        while !settings.isStopping(), !Task.isCancelled {
            guard try ledger.hasDue(job: assembly.ledgerName, channel: station.name, now: settings.now) else {
                return nil
            }
            let wanted = min(Limits.claimBatch, station.channel.width * 2)
            let tokens = try ledger.takeTokens(
                job: assembly.ledgerName, channel: station.name, wanted: wanted, perSecond: rate.perSecond,
                burst: rate.burst, clock: settings.clock.now())
            if tokens.granted > 0 { return tokens.granted }
            await settings.clock.pause(max(tokens.nextAt - settings.clock.now(), .seconds(1)))
        }
        return nil
    }

    /// Sends claims, as many at once as the channel is wide.
    private func send(
        _ claims: [Claim], via station: Station, _ committer: Committer, into total: inout Delivered
    ) async {
        await withTaskGroup(of: Delivered.self) { group in
            var waiting = claims[...]
            var underWay = 0
            while underWay > 0 || !waiting.isEmpty {
                while underWay < station.channel.width, let claim = waiting.popFirst() {
                    let isHeld = total.stop != nil || settings.isStopping()
                    underWay += 1
                    group.addTask {
                        isHeld ? await release(claim, committer) : await send(claim, via: station, committer)
                    }
                }
                guard let one = await group.next() else { break }
                underWay -= 1
                total.add(one)
                progress(.settled(one.tally))
            }
        }
    }

    private func release(_ claim: Claim, _ committer: Committer) async -> Delivered {
        var result = Delivered()
        await settle(.released(claim), committer, into: &result)
        return result
    }

    private func settle(_ settlement: Settlement, _ committer: Committer, into result: inout Delivered) async {
        do throws(LedgerError) {
            try await committer.settle(settlement)
        } catch {
            result.add(error)
        }
    }

    private func send(_ claim: Claim, via station: Station, _ committer: Committer) async -> Delivered {
        var result = Delivered()
        let message: Message
        do throws(RenderError) {
            message = try renderer.render(request(for: claim, at: station))
        } catch {
            result.add(error, of: claim)
            let refusal = Refusal(.delivery, error.description)
            await settle(retry(claim, refusal, nil), committer, into: &result)
            return result
        }
        return await hand(message, of: claim, to: station, committer)
    }

    private func request(for claim: Claim, at station: Station) -> RenderRequest {
        RenderRequest(
            key: claim.key, template: template(of: claim), rule: claim.rule, kind: claim.kind,
            isOwnCancellation: claim.isOwnCancellation, dueAt: claim.dueAt, recipient: claim.recipient,
            attendee: claim.attendee, session: claim.session, previous: claim.previous, firstTold: claim.firstTold,
            format: station.channel.format, divertedTo: assembly.job.divert?.mail)
    }

    /// What the rule names now; what it named then where the rule is no more.
    private func template(of claim: Claim) -> String {
        assembly.table.rules.first { $0.id == claim.rule }?.template ?? claim.template
    }

    private func hand(
        _ message: Message, of claim: Claim, to station: Station, _ committer: Committer
    ) async -> Delivered {
        var result = Delivered()
        let slot = WiredSlot()
        do throws(WireFailure) {
            let attempt = try await station.channel.send(message) { () async throws(WireFailure) in
                do throws(LedgerError) {
                    slot.put(try await committer.wire(claim))
                } catch {
                    slot.put(error)
                    throw WireFailure(error.description)
                }
            }
            await conclude(attempt, claim, slot.wired, committer, into: &result)
        } catch {
            await concludeUnwired(error, claim, slot.error, committer, into: &result)
        }
        return result
    }

    /// Nothing left: the ledger would not have the mark.
    ///
    /// A claim that another run or a newer revision has taken is no error.
    private func concludeUnwired(
        _ failure: WireFailure, _ claim: Claim, _ error: LedgerError?, _ committer: Committer,
        into result: inout Delivered
    ) async {
        switch error?.code {
        case .leaseLost: return
        case .staleClaim: await settle(.released(claim), committer, into: &result)
        case .some, .none:
            if let error { result.add(error) } else { result.findings.append(Finding(.internalError, failure.reason)) }
            await settle(.released(claim), committer, into: &result)
        }
    }

    private func conclude(
        _ attempt: Attempt, _ claim: Claim, _ wired: Wired?, _ committer: Committer, into result: inout Delivered
    ) async {
        switch attempt {
        case .sent(let evidence):
            guard let wired else { return await unwired(claim, committer, into: &result) }
            result.tally.sent += 1
            await settle(.sent(wired, evidence), committer, into: &result)
        case .inDoubt(let evidence):
            guard let wired else { return await unwired(claim, committer, into: &result) }
            result.tally.inDoubt += 1
            await settle(.inDoubt(wired, evidence), committer, into: &result)
        case .failed(let refusal):
            result.stop(refusal, at: claim.channel)
            result.tally.failed += 1
            await settle(fail(claim, wired, refusal), committer, into: &result)
        case .retry(let refusal, let notBefore):
            result.stop(refusal, at: claim.channel)
            let isLast = claim.attempt >= Backoff.attempts && refusal.scope == .delivery
            if isLast { result.tally.failed += 1 } else { result.tally.retrying += 1 }
            let settlement = isLast ? fail(claim, wired, refusal) : retry(claim, refusal, notBefore, wired)
            await settle(settlement, committer, into: &result)
        }
    }

    /// A channel that completes a delivery without its mark breaks the seam's contract; it must not go unseen.
    private func unwired(_ claim: Claim, _ committer: Committer, into result: inout Delivered) async {
        result.findings.append(
            Finding(.internalError, "channel \(claim.channel) completed \(claim.key) without its wire mark"))
        await settle(.released(claim), committer, into: &result)
    }

    private func fail(_ claim: Claim, _ wired: Wired?, _ refusal: Refusal) -> Settlement {
        wired.map { .failedOnWire($0, refusal) } ?? .failed(claim, refusal)
    }

    private func retry(_ claim: Claim, _ refusal: Refusal, _ notBefore: Instant?, _ wired: Wired? = nil) -> Settlement {
        let backoff = settings.now + Backoff.delay(after: claim.attempt, jitter: settings.jitter())
        let next = max(notBefore ?? backoff, settings.now + .seconds(1))
        return wired.map { .retryOnWire($0, refusal, notBefore: next) } ?? .retry(claim, refusal, notBefore: next)
    }
}

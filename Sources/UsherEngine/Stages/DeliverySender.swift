internal import Synchronization
internal import UsherJob
internal import UsherModel
internal import UsherPlan
internal import UsherRender

/// Sends single deliveries: renders a claim, passes it to its channel and records the outcome.
final class DeliverySender: Sendable {
    private let job: ConfiguredJob
    private let settings: RunSettings
    private let commits: GroupCommit
    private let calendars: PersonalCalendars?
    private let tokens: UnsubscribeTokens
    private let current = Mutex<(at: Instant, renderer: MessageRenderer)?>(nil)

    /// What cannot be rendered is not tried again in the same run: cron starts one a minute at most.
    private static let contentPause = Duration.seconds(50)

    init(job: ConfiguredJob, ledger: any Ledger, settings: RunSettings) async {
        (self.job, self.settings) = (job, settings)
        commits = GroupCommit(ledger: ledger, settings)
        calendars = await PersonalCalendars(job, ledger)
        tokens = await UnsubscribeTokens(job, ledger)
    }

    /// Renders and sends one claim, and records what became of it.
    ///
    /// - Parameters:
    ///   - claim: The claim.
    ///   - channel: The channel.
    ///   - isProven: Whether the channel has delivered something in this round.
    ///   - connections: The connections of the channel.
    /// - Returns: The outcome.
    func send(
        _ claim: Claim, via channel: ConfiguredChannel, isProven: Bool, _ connections: ConnectionGate
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let message: Message
        let content: RenderedContent
        do throws(RenderError) {
            (message, content) = try render(claim, for: channel)
        } catch {
            result.add(error, of: claim)
            // Every run tries it again, so that it leaves as soon as the template is mended, or the source has what it lacks.
            let refusal = Refusal(error.code == .notInSource ? .source : .content, error.description)
            await finish(.retry(claim, refusal, notBefore: settings.now + Self.contentPause), into: &result)
            return result
        }
        guard claim.repeated == nil || claim.repeated?.digest == content.digest else {
            return await failUnrepeatable(claim)
        }
        guard await connections.acquire() else { return await release(claim) }
        guard !settings.isStopping() else {
            connections.release()
            return await release(claim)
        }
        return await transmit(message, MarkRequest(claim, content), via: channel, isProven: isProven, connections)
    }

    /// Renders a claim as of this moment, or, where it repeats a delivery that was in doubt, as of the moment of that one.
    private func render(
        _ claim: Claim, for channel: ConfiguredChannel
    ) throws(RenderError) -> (Message, RenderedContent) {
        let now = claim.repeated?.at ?? settings.now
        let message = try renderer(at: now).render(try request(for: claim, at: channel))
        return (message, RenderedContent(at: now, digest: channel.digest(of: message)))
    }

    /// The renderer of a moment: all that is rendered within a second shares one.
    private func renderer(at now: Instant) -> MessageRenderer {
        current.withLock { current in
            if let current, current.at == now { return current.renderer }
            let renderer = job.renderer(at: now)
            current = (now, renderer)
            return renderer
        }
    }

    /// Fails a repeat whose content has changed.
    ///
    /// Under one id, a receiver that knows its ids has one content. What it has may be the old one, so the new one must not go under this id.
    private func failUnrepeatable(_ claim: Claim) async -> DeliveryTally {
        var result = DeliveryTally()
        result.tally.failed += 1
        let refusal = Refusal(
            .recipient,
            "it was in doubt and may have arrived, and its content can no longer be rendered as it was: the template or the attendee has changed"
        )
        result.failures.add(claim, refusal)
        await finish(.failed(claim, refusal), into: &result)
        return result
    }

    private func request(
        for claim: Claim, at channel: ConfiguredChannel
    ) throws(RenderError) -> RenderRequest {
        var request = RenderRequest(
            id: claim.id, template: template(of: claim), rule: claim.rule, kind: claim.kind,
            isOwnCancellation: claim.isOwnCancellation, dueAt: claim.dueAt, recipient: claim.recipient,
            attendee: claim.attendee, session: claim.session, previous: claim.previous, firstTold: claim.firstTold,
            format: channel.format, divertedTo: job.divert?.mail)
        request.ownCancellations = claim.ownCancellations
        request.unsubscribe = try tokens.links(of: channel, for: claim.recipient)
        if claim.attendee != nil { request.calendarURL = calendars?.url(of: claim.recipient.id) }
        return request
    }

    /// The template that the rule names now, or the one it named when the delivery was planned, if the rule no longer exists.
    private func template(of claim: Claim) -> String {
        job.table.rules.first { $0.id == claim.rule }?.template ?? claim.template
    }

    private func transmit(
        _ message: Message, _ request: MarkRequest, via channel: ConfiguredChannel, isProven: Bool,
        _ connections: ConnectionGate
    ) async -> DeliveryTally {
        var result = DeliveryTally()
        let claim = request.claim
        let mark = WireMark()
        do throws(WireFailure) {
            let sent = try await channel.send(message) { () async throws(WireFailure) in
                do throws(LedgerError) {
                    mark.set(.success(try await commits.wire(request)))
                } catch {
                    mark.set(.failure(error))
                    throw WireFailure(error.description)
                }
            }
            let attempt = isProven ? sent.judged(of: claim) : sent
            if attempt.stopsChannel { connections.close() }
            // The connection is released once the ledger cannot write the next delivery's mark before this outcome.
            let outcome = outcome(of: attempt, claim, mark.wired, &result)
            await finish(outcome, into: &result) { connections.release() }
        } catch {
            connections.release()
            await releaseUnsent(claim, error, mark.error, into: &result)
        }
        return result
    }

    // MARK: Recording outcomes

    /// Puts a claim back that was not tried.
    func release(_ claim: Claim) async -> DeliveryTally {
        var result = DeliveryTally()
        result.untried += 1
        await finish(.released(claim), into: &result)
        return result
    }

    private func finish(
        _ outcome: DeliveryOutcome, into result: inout DeliveryTally, onQueued: () -> Void = {}
    ) async {
        do throws(LedgerError) {
            try await commits.finish(outcome, onQueued: onQueued)
        } catch {
            result.add(error)
        }
    }

    /// Releases a claim for which the ledger did not record the wire mark, so that nothing was sent.
    ///
    /// It is not a problem if another run has the lease, if the session was revised since the claim, or if the delivery is no longer to be sent.
    private func releaseUnsent(
        _ claim: Claim, _ failure: WireFailure, _ error: LedgerError?, into result: inout DeliveryTally
    ) async {
        result.untried += 1
        switch error?.code {
        case .leaseLost: return
        case .noLongerDue:
            if claim.expiresAt <= settings.now { result.tally.expired += 1 }
        case .outdated: await finish(.released(claim), into: &result)
        case .some, .none:
            if let error {
                result.add(error)
            } else {
                result.problems.append(RunProblem(.internalError, failure.reason))
            }
            await finish(.released(claim), into: &result)
        }
    }

    private func outcome(
        of attempt: Attempt, _ claim: Claim, _ wired: Wired?, _ result: inout DeliveryTally
    ) -> DeliveryOutcome {
        switch attempt {
        case .sent(let evidence):
            guard let wired else { return unmarked(claim, &result) }
            result.isWell = true
            result.tally.sent += 1
            return .sent(wired, evidence)
        case .inDoubt(let evidence):
            guard let wired else { return unmarked(claim, &result) }
            result.tally.inDoubt += 1
            return .inDoubt(wired, evidence)
        case .failed(let refusal), .retry(let refusal, after: _):
            // What is wrong with the channel, or with us, fails no delivery.
            if refusal.scope.stopsChannel {
                result.stop = DeliveryTally.Stop(refusal: refusal, after: attempt.wait)
                result.tally.retrying += 1
                return wired.map { .waitingOnWire($0, refusal) } ?? .waiting(claim, refusal)
            }
            if case .retry = attempt, claim.attempt < Backoff.attempts {
                result.isWell = true
                result.tally.retrying += 1
                return retry(claim, refusal, attempt.wait, wired)
            }
            // What is refused for good may be about us: only words about the recipient show that the channel is well.
            result.isWell = refusal.scope == .recipient
            result.tally.failed += 1
            result.failures.add(claim, refusal)
            return wired.map { .failedOnWire($0, refusal) } ?? .failed(claim, refusal)
        }
    }

    /// Reports a channel that completed a delivery without awaiting its wire mark, which breaks the contract of ``Channel``.
    private func unmarked(_ claim: Claim, _ result: inout DeliveryTally) -> DeliveryOutcome {
        result.problems.append(
            RunProblem(.internalError, "channel \(claim.channel) completed \(claim.key) without its wire mark"))
        return .released(claim)
    }

    private func retry(
        _ claim: Claim, _ refusal: Refusal, _ asked: Duration?, _ wired: Wired? = nil
    ) -> DeliveryOutcome {
        let next = Backoff.next(claim, asked: asked, now: settings.now, jitter: settings.jitter())
        return wired.map { .retryOnWire($0, refusal, notBefore: next) } ?? .retry(claim, refusal, notBefore: next)
    }
}

extension Attempt {
    /// The outcome in the light of what else is known: the channel delivers to others.
    ///
    /// Whoever was refused before with words that seemed to be about us, and is refused again while others get their messages, is meant.
    fileprivate func judged(of claim: Claim) -> Attempt {
        guard case .retry(let refusal, after: _) = self, let before = claim.refused, before.stopsChannel else {
            return self
        }
        switch refusal.scope {
        case .sender, .credentials: return .failed(Refusal(.delivery, refusal.reason.text))
        case .recipient, .delivery, .content, .source, .channel, .storage: return self
        }
    }

    /// Whether the refusal concerns everything that the channel could send, not only this delivery.
    fileprivate var stopsChannel: Bool {
        switch self {
        case .sent, .inDoubt: false
        case .failed(let refusal), .retry(let refusal, after: _): refusal.scope.stopsChannel
        }
    }

    /// How long the server asked to wait.
    fileprivate var wait: Duration? {
        if case .retry(_, after: let wait) = self { wait } else { nil }
    }
}

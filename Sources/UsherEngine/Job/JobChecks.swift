internal import UsherJob
internal import UsherModel
internal import UsherSources

/// Checks what no part of a job can check alone: whether rules, source, channels and `divert` fit together.
struct JobChecks {
    let job: Job
    let parts: JobBuilder.Parts
    let problems: JobProblems
    /// Whether `divert` could be read: if not, what it names is not known.
    var isDivertSound = true

    func run() {
        for placed in job.rules { checkAudience(of: placed) }
        if isDivertSound { checkDiversion() }
        checkUnsubscribing()
    }

    /// A message to a `mailto:` link without a token is believed only where a mail server vouches for its sender.
    private func checkUnsubscribing() {
        guard let inbox = parts.inbox, inbox.trust.isEmpty else { return }
        for node in job.channels {
            guard case .mail(let profile)? = channel(node.name)?.format else { continue }
            let placeholder = MailProfile.TokenPlaceholder.ledger.rawValue
            let links = profile.unsubscribe.map(\.text).filter { $0.hasPrefix("mailto:") && !$0.contains(placeholder) }
            guard let link = links.first else { continue }
            problems.warn(
                node.kind.node,
                "\(link): usher inbox cannot know who sends a message to it, so each waits for a person",
                expected: "\(placeholder) in it, or the mail server that vouches for senders under inbox: trust")
        }
    }

    private func channel(_ name: ChannelName) -> ConfiguredChannel? {
        parts.channels.first { $0.name == name }
    }

    /// A rule's audience needs a source with attendance reports, or a channel that can reach it.
    private func checkAudience(of placed: RuleNode) {
        switch placed.rule.audience {
        case .attended, .absent:
            if parts.source?.hasAttendance != false { return }
            problems.error(
                placed.node, "to: \(placed.rule.audience.label) with a source of kind \(job.source.kind)",
                expected: "a source that has attendance reports")
        case .channel:
            guard case .mail? = channel(placed.rule.channel)?.format else { return }
            problems.error(
                placed.node, "to: channel via \(placed.rule.channel), which sends mail",
                expected: "attendees, {addresses: […]} or {csv: PATH}: mail needs an address")
        case .attendees, .addresses, .csv: return
        }
    }

    /// A diverted job must reach no real recipient, so `divert` must name a target for every kind of channel in use.
    private func checkDiversion() {
        guard let divert = job.divert else { return }
        for node in job.channels {
            guard let channel = channel(node.name) else { continue }
            switch channel.reach {
            case .people where divert.mail == nil:
                problems.error(
                    node.kind.node, "a mail channel, but divert names no address for mail: real people would get it",
                    expected: "divert: {mail: ADDRESS}")
            case .endpoint where divert.webhook == nil:
                problems.error(
                    node.kind.node,
                    "a \(node.kind.kind) channel, but divert names no URL for webhooks: the real endpoint would be called",
                    expected: "divert: {webhook: URL}")
            case .people where !sendsMail(channel):
                refuse(node, "real people would be reached")
            case .endpoint(let target) where target != divert.webhook:
                refuse(node, "the real endpoint would be called")
            case .people, .endpoint, .local: continue
            }
        }
    }

    private func refuse(_ node: ChannelNode, _ consequence: String) {
        problems.error(
            node.kind.node, "a \(node.kind.kind) channel, which cannot be diverted: \(consequence)",
            expected: "no divert, or a job without this channel")
    }

    private func sendsMail(_ channel: ConfiguredChannel) -> Bool {
        if case .mail = channel.format { true } else { false }
    }
}

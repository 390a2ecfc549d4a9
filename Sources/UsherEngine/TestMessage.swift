internal import UsherJob
package import UsherModel
internal import UsherPlan
internal import UsherRender

/// Sends one message with sample data, so that a person sees what recipients will see.
///
/// It knows no ledger: its key is of no delivery, so it neither counts as one nor keeps one from being sent.
package struct TestMessage: Sendable {
    private let job: ConfiguredJob
    private let now: Instant
    private let order: Order

    /// What to send where.
    package struct Order: Sendable {
        /// The recipient; nil where only a channel is meant.
        package var address: Address?
        /// The template; nil for that of the first rule that fits.
        package var template: String?
        /// The language; nil for the job's own.
        package var language: LanguageTag?
        /// The channel; nil for that of the first rule that fits.
        package var channel: String?

        package init(address: Address?, template: String?, language: LanguageTag?, channel: String?) {
            (self.address, self.template, self.language, self.channel) = (address, template, language, channel)
        }
    }

    /// What came of it.
    package struct Result: Sendable {
        /// What was sent, through which channel, in one line.
        package let summary: String
        /// What was sent; nil where nothing was tried.
        package var message: Message?
        /// What the channel knows; nil where nothing was tried.
        package let attempt: Attempt?
        /// Why nothing was tried; nil where something was.
        package let problem: String?
    }

    package init(_ job: ConfiguredJob, _ order: Order, now: Instant) {
        (self.job, self.order, self.now) = (job, order, now)
    }

    /// Renders the message and sends it, once.
    ///
    /// - Parameter id: A text that no other message ever has.
    /// - Returns: What was sent and what became of it, or why nothing was.
    package func send(id: String) async -> Result {
        guard let rule = rule, let channel = job.channel(of: rule) else { return nothing(mismatch) }
        let isMail = if case .mail = channel.format { true } else { false }
        guard order.address != nil || rule.audience == .channel else {
            return nothing("channel \(channel.name): no recipient. Name one: --to ADDRESS")
        }
        if isMail, rule.audience == .channel { return nothing("rule \(rule.id): it sends mail to no one") }
        do throws(RenderError) {
            let message = try await message(rule, channel, id)
            let summary = "\(rule.template) for rule \(rule.id) via \(channel.name) to \(message.recipient.label)"
            do throws(WireFailure) {
                let attempt = try await channel.send(message, wire: {})
                return Result(summary: summary, message: message, attempt: attempt, problem: nil)
            } catch {
                return nothing(error.description)
            }
        } catch {
            return nothing(error.description)
        }
    }

    private func message(
        _ rule: Rule, _ channel: ConfiguredChannel, _ id: String
    ) async throws(RenderError) -> Message {
        let recipient: Recipient = order.address.map { .person($0) } ?? .channel(channel.name)
        var (request, at) = try SampleMessages(job: job, now: now).request(
            rule, channel, channel.format, .init(address: order.address, language: order.language), .full,
            id: DeliveryID(DedupeKey(["test", job.name, id])), title: Self.title(channel.format))
        request.isTest = true
        request.unsubscribe = try await UnsubscribeTokens(job, nil).links(of: channel, for: recipient)
        var message = try job.renderer(at: at).render(request)
        message.isTest = true
        return message
    }

    /// Mail is marked in its subject, whatever the template makes of the title; a body has only the title to be marked in.
    private static func title(_ format: MessageFormat) -> String {
        switch format {
        case .mail: "Sample session"
        case .payload: "[Test] Sample session"
        }
    }

    /// The first rule with the template and the channel that were asked for.
    private var rule: Rule? {
        let fitting = job.table.rules.filter { rule in
            (order.template.map { $0 == rule.template } ?? true)
                && (order.channel.map { $0 == rule.channel.rawValue } ?? true)
        }
        // An address is for mail, where nothing else was asked for.
        return fitting.first { rule in
            guard order.channel == nil, order.address != nil, case .mail? = job.channel(of: rule)?.format else {
                return false
            }
            return true
        } ?? fitting.first
    }

    private var mismatch: String {
        let pairs = job.table.rules.map { "\($0.template) via \($0.channel)" }
        var seen: Set<String> = []
        let known = pairs.filter { seen.insert($0).inserted }
        let wanted = [order.template, order.channel.map { "via \($0)" }].compactMap { $0 }.joined(separator: " ")
        guard !known.isEmpty else { return "\(job.file): the job has no rule, so there is nothing to send" }
        return "\(job.file): no rule sends \(wanted). The rules send \(known.joined(separator: ", "))"
    }

    private func nothing(_ problem: String) -> Result { Result(summary: "", attempt: nil, problem: problem) }
}

extension Attempt {
    /// The code that a command reports this attempt under; nil where the message was sent.
    package var problemCode: RunProblem.Code? {
        switch self {
        case .sent: nil
        case .inDoubt: .inDoubt
        case .failed(let refusal), .retry(let refusal, after: _):
            switch refusal.scope {
            case .recipient, .delivery: .failed
            case .content, .source, .channel, .sender, .credentials, .storage: RunProblem.Code(refusal.scope)
            }
        }
    }
}

internal import UsherChannels
internal import UsherJob
internal import UsherModel

/// The kinds of channel there are: the only list.
enum ChannelKinds {
    /// All that a job file may name.
    static let names = ["outbox", "smtp", "graph-mail", "webhook"]

    /// Builds a channel; nil, and a problem, where it cannot.
    static func make(
        _ node: ChannelNode, _ job: Job, _ problems: JobProblems, _ surroundings: Surroundings
    ) -> (any Channel)? {
        switch node.kind.kind {
        case "outbox":
            guard let options = OutboxOptions(node, problems, folder: job.folder) else { return nil }
            return OutboxChannel(options, width: node.connections ?? 16, steps: surroundings.steps)
        case "smtp":
            guard let options = SMTPOptions(node, problems, folder: job.folder) else { return nil }
            let secrets = SecretStore(environment: surroundings.environment, folder: job.folder)
            return SMTPChannel(options, width: node.connections ?? 4, secrets: secrets)
        case "graph-mail":
            if GraphMailOptions(node, problems) != nil { refuse(node, problems) }
        case "webhook":
            guard let options = WebhookOptions(node, problems, folder: job.folder) else { return nil }
            return webhook(options, node, job, problems, surroundings)
        default:
            problems.error(
                node.kind.node, "the kind \"\(node.kind.kind.prefix(40))\"", expected: names.joined(separator: ", "))
        }
        return nil
    }

    private static func webhook(
        _ options: WebhookOptions, _ node: ChannelNode, _ job: Job, _ problems: JobProblems,
        _ surroundings: Surroundings
    ) -> (any Channel)? {
        do throws(WebhookProblem) {
            return try WebhookChannel(
                options, width: node.connections ?? 8,
                secrets: SecretStore(environment: surroundings.environment, folder: job.folder),
                clock: surroundings.clock, divertedTo: job.divert?.webhook)
        } catch {
            problems.error(node.kind.node, error.description, expected: "a channel that can be set up")
            return nil
        }
    }

    /// Whether a job can be checked, though this version cannot run it.
    private static func refuse(_ node: ChannelNode, _ problems: JobProblems) {
        problems.error(
            node.kind.node, "the kind \(node.kind.kind), which this version reads but cannot send through yet",
            expected: "kind: outbox")
    }
}

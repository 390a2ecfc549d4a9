internal import UsherChannels
internal import UsherCredentials
internal import UsherGraph
internal import UsherJob
internal import UsherModel
internal import UsherSources

/// The only list of the kinds of channel.
package enum ChannelKinds {
    /// The kinds that a job file may name.
    package static let names = ["outbox", "smtp", "graph-mail", "webhook"]

    /// Creates the channel that a job file describes; nil, with a problem, where the description is invalid.
    static func make(
        _ node: ChannelNode, _ job: Job, _ problems: JobProblems, _ runtime: RuntimeEnvironment
    ) -> (any Channel)? {
        switch node.kind.kind {
        case "outbox":
            guard let options = OutboxOptions(node, problems, folder: job.folder) else { return nil }
            return OutboxChannel(options, width: node.connections ?? 16, steps: runtime.steps)
        case "smtp":
            guard let options = SMTPOptions(node, problems, folder: job.folder) else { return nil }
            return smtp(options, node, job, problems, runtime)
        case "graph-mail":
            guard let options = GraphMailOptions(node, problems) else { return nil }
            return graphMail(options, node, job, problems, runtime)
        case "webhook":
            guard let options = WebhookOptions(node, problems, folder: job.folder) else { return nil }
            return webhook(options, node, job, problems, runtime)
        default:
            problems.error(
                node.kind.node, "the kind \"\(node.kind.kind.prefix(40))\"", expected: names.joined(separator: ", "))
        }
        return nil
    }

    /// The channel that takes the place of another in a rehearsal: it writes the same messages into a folder.
    static func rehearsed(_ channel: any Channel, in folder: String) -> any Channel {
        OutboxChannel(OutboxOptions(folder: folder, format: channel.format))
    }

    /// Whether a channel of this kind only writes files on this machine.
    static func isOutbox(_ node: ChannelNode) -> Bool { node.kind.kind == "outbox" }

    private static func webhook(
        _ options: WebhookOptions, _ node: ChannelNode, _ job: Job, _ problems: JobProblems,
        _ runtime: RuntimeEnvironment
    ) -> (any Channel)? {
        do throws(WebhookError) {
            return try WebhookChannel(
                options, width: node.connections ?? 8,
                secrets: SecretStore(environment: runtime.variables, folder: job.folder, clock: runtime.clock),
                clock: runtime.clock, divertedTo: job.divert?.webhook)
        } catch {
            problems.error(node.kind.node, error.description, expected: "a channel that can be set up")
            return nil
        }
    }

    private static func smtp(
        _ options: SMTPOptions, _ node: ChannelNode, _ job: Job, _ problems: JobProblems, _ runtime: RuntimeEnvironment
    ) -> (any Channel)? {
        guard let authentication = options.authentication else {
            return SMTPChannel(options, width: node.connections ?? 4, signIn: nil)
        }
        return MailSignIns.make(authentication, node.kind.node, job, problems, runtime).map {
            SMTPChannel(options, width: node.connections ?? 4, signIn: $0)
        }
    }

    private static func graphMail(
        _ options: GraphMailOptions, _ node: ChannelNode, _ job: Job, _ problems: JobProblems,
        _ runtime: RuntimeEnvironment
    ) -> (any Channel)? {
        guard let connection = options.connection ?? SourceKinds.connection(of: job) else {
            if job.source.kind != "graph" {
                problems.error(node.kind.node, "no auth, and a source that is not graph", expected: "tenant and auth")
            }
            return nil
        }
        do throws(GraphError) {
            let client = try GraphClient(
                connection, runtime,
                secrets: SecretStore(environment: runtime.variables, folder: job.folder, clock: runtime.clock))
            return GraphMailChannel(options, client: client, clock: runtime.clock, width: node.connections ?? 4)
        } catch {
            problems.error(node.kind.node, error.description, expected: "a channel that can be set up")
            return nil
        }
    }
}

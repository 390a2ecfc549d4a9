package import UsherJob
package import UsherModel

/// The options of a channel of kind `outbox`.
package struct OutboxOptions: Hashable, Sendable {
    package let folder: String
    package let format: MessageFormat

    package init(folder: String, format: MessageFormat) {
        (self.folder, self.format) = (folder, format)
    }

    /// Reads the options; nil where there are problems.
    package init?(_ channel: ChannelNode, _ problems: JobProblems, folder jobFolder: String) {
        let keys = Job.channelKeys + MailOptions.keys + ["to", "format"]
        guard let map = JobMap(channel.kind.node, problems, keys: keys),
            map.required("to", "a folder for the messages") != nil, let folder = map.path("to", in: jobFolder)
        else { return nil }
        self.folder = folder
        switch map.choice("format", OutboxFormat.self) ?? .eml {
        case .eml:
            guard let profile = MailOptions.profile(map) else { return nil }
            format = .mail(profile)
        case .json: format = .payload(mediaType: "application/json")
        }
    }
}

/// `format`.
private enum OutboxFormat: String, CaseIterable {
    case eml, json
}

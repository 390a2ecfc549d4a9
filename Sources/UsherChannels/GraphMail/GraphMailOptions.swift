package import UsherGraph
package import UsherJob
package import UsherModel

/// The options of a channel of kind `graph-mail`.
package struct GraphMailOptions: Hashable, Sendable {
    /// The id or the principal name of the user whose mailbox sends.
    package let user: String
    package let profile: MailProfile
    /// How the channel reaches Graph; nil uses the connection of the job's source.
    package let connection: GraphConnection?

    /// Creates options for a channel that uses the connection of the job's source.
    package init(user: String, profile: MailProfile) {
        (self.user, self.profile, connection) = (user, profile, nil)
    }

    /// Reads the options; nil where there are problems.
    package init?(_ channel: ChannelNode, _ problems: JobProblems) {
        let keys = Job.channelKeys + MailOptions.keys + ["user"] + GraphConnection.keys
        guard let map = JobMap(channel.kind.node, problems, keys: keys) else { return nil }
        let user = map.required("user", "the id or the address of the sending user")?
            .parsed("an id or an address without / or blanks", problems) { text in
                text.isEmpty || text.contains("/") || text.contains(" ") || Line.hasForbidden(text) ? nil : text
            }
        let profile = MailOptions.profile(map)
        if map["auth"] == nil {
            for key in GraphConnection.keys {
                if let node = map[key] {
                    problems.error(
                        node, "\(key) without auth", expected: "auth beside it, or neither: then the source's is used")
                }
            }
            connection = nil
        } else {
            guard let connection = GraphConnection(map) else { return nil }
            self.connection = connection
        }
        guard let profile, let user else { return nil }
        (self.user, self.profile) = (user, profile)
    }
}

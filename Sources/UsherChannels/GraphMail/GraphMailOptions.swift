package import UsherGraph
package import UsherJob
package import UsherModel

/// What the job file may say of a channel of kind `graph-mail`.
package struct GraphMailOptions: Hashable, Sendable {
    /// The mailbox that sends: the id or the principal name of a user.
    package let user: String
    /// What every mail has in common.
    package let profile: MailProfile
    /// How the channel signs in; nil where the job's source says it.
    package let connection: GraphConnection?

    /// Takes what every channel of this kind has; it signs in as the source does.
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

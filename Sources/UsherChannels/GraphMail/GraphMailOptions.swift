package import UsherJob
package import UsherModel

/// What the job file may say of a channel of kind `graph-mail`: it signs in as the job's `graph` source does.
package struct GraphMailOptions: Hashable, Sendable {
    /// The mailbox that sends: the id or the principal name of a user.
    package let user: String
    /// What every mail has in common.
    package let profile: MailProfile

    /// Reads the options; nil where there are problems.
    package init?(_ channel: ChannelNode, _ problems: JobProblems) {
        let keys = Job.channelKeys + MailOptions.keys + ["user"]
        guard let map = JobMap(channel.kind.node, problems, keys: keys) else { return nil }
        let user = map.required("user", "the id or the address of the sending user")?
            .parsed("an id or an address without / or blanks", problems) { text in
                text.isEmpty || text.contains("/") || text.contains(" ") || Line.hasForbidden(text) ? nil : text
            }
        guard let profile = MailOptions.profile(map), let user else { return nil }
        (self.user, self.profile) = (user, profile)
    }
}

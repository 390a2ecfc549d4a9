/// People who were told of a session, and are due the same kind of message again.
public struct ToldAgain: Hashable, Sendable {
    /// Under which names something was sent, or would be.
    public struct Names: Hashable, Sendable {
        /// The job's name in the ledger.
        public let job: String
        /// The rule.
        public let rule: RuleID
        /// The channel.
        public let channel: ChannelName

        /// Creates a set of names.
        public init(job: String, rule: RuleID, channel: ChannelName) {
            (self.job, self.rule, self.channel) = (job, rule, channel)
        }
    }

    /// What told them.
    public let before: Names
    /// What would tell them again.
    public let now: Names
    /// The number of people, counted once for each session.
    public let count: Int
    /// The number of people, likewise, whom `before` told of these sessions.
    public let told: Int

    /// Creates a group.
    public init(before: Names, now: Names, count: Int, told: Int) {
        (self.before, self.now, self.count, self.told) = (before, now, count, told)
    }
}

/// What a job, its rules and its channels were called before: the keys of what was enrolled then were made with those names.
public struct EarlierNames: Hashable, Sendable {
    /// The job's earlier names.
    public var jobs: [String] = []
    /// The earlier names of rules.
    public var rules: [RuleID: [RuleID]] = [:]

    /// Creates a record without earlier names.
    public init() {}
}

/// What to rename in a ledger.
public enum Renaming: Hashable, Sendable {
    /// A rule.
    case rule(RuleID, RuleID)
    /// A channel, and the rules that are named after it.
    case channel(ChannelName, ChannelName)
    /// The job.
    case job(to: String)
}

package import UsherModel

/// A source, channel or publication as the job file names it: its kind, and its options, which the kind's own target decodes.
package struct KindNode: Hashable, Sendable {
    /// The kind's name, such as `file` or `outbox`.
    package let kind: String
    /// The whole mapping.
    package let node: JobNode
}

/// The rate limit of a channel.
package struct Rate: Hashable, Sendable {
    /// The number of deliveries in one period.
    package let count: Int
    package let period: Duration

    package init(count: Int, period: Duration) {
        (self.count, self.period) = (count, period)
    }

    /// Parses `600/min`, `10/s`, `1000/h`; nil where the text is not a rate.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let periods = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            let seconds = periods[String(parts[1])]
        else { return nil }
        self.init(count: count, period: .seconds(seconds))
    }
}

/// A channel of a job: what all kinds have in common, and the kind's own options.
package struct ChannelNode: Hashable, Sendable {
    package let name: ChannelName
    package let kind: KindNode
    /// How many deliveries may be under way at once; nil for the kind's default.
    package let connections: Int?
    /// The rate limit; nil for none.
    package let rate: Rate?
    /// What to do with a delivery in doubt when the channel cannot tell whether it arrived.
    package let inDoubt: InDoubt

    /// What to do with a delivery in doubt when the channel cannot tell whether it arrived.
    package enum InDoubt: String, Hashable, Sendable, CaseIterable {
        /// A person decides.
        case hold
        /// It is sent again under the same id.
        case resend
    }
}

/// A rule, with the node of the job file that it was read from.
package struct RuleNode: Hashable, Sendable {
    package let rule: Rule
    package let node: JobNode
}

/// Sends everything a job sends to one recipient instead, under dedupe keys of its own.
package struct Divert: Hashable, Sendable {
    /// The address that gets all mail; nil where the job names none.
    package let mail: Address?
    /// The URL that gets all webhook calls; nil where the job names none.
    package let webhook: String?
}

/// The limits beyond which a guard stops a run.
package struct JobLimits: Hashable, Sendable {
    /// The largest number of new deliveries in one run.
    package let deliveriesPerRun: Int
    /// The largest part of the future sessions that may vanish at once, from 0 to 1.
    package let vanished: Double
    /// How many people may be due again what they were told.
    package let toldAgain: Int
    /// The part of those who were told that must be due again, beside ``toldAgain``, for the guard to trip.
    package static let toldAgainPart = 0.2
    /// How long a channel may be away before runs end with more than "will be tried again".
    package let outage: Duration

    /// The limit where a job states none: a server's restart is shorter, and a person can still act before a reminder expires.
    package static let defaultOutage = Duration.seconds(1800)
}

/// One job: a source, rules, channels and publications around one ledger.
package struct Job: Sendable {
    /// Part of every dedupe key.
    package let name: String
    /// The path of the job file, as the user gave it.
    package let file: String
    /// The folder of the job file; relative paths start there.
    package let folder: String
    /// Where sessions and attendees come from.
    package let source: KindNode
    /// How far back a run looks at sessions.
    package let past: Duration
    /// How far ahead a run looks at sessions.
    package let future: Duration
    /// The ledger file.
    package let ledger: String
    /// What the ledger is bound to; nil for what is usual where it is.
    package let ledgerBinding: LedgerBinding?
    /// The zone of attendees who state none; nil means the session's own.
    package let defaultZone: ZoneID?
    /// The language of attendees who state none.
    package let defaultLanguage: LanguageTag
    /// How long a session lasts where the source does not say.
    package let defaultLength: Duration
    /// An hour, as calendar programs suggest for a new event.
    package static let defaultLength = Duration.seconds(3600)
    /// Hosts that join links may have in addition to those that the kind of source knows.
    package let joinHosts: Set<String>
    /// In the order of the file.
    package let channels: [ChannelNode]
    /// In the order of the file.
    package let rules: [RuleNode]
    /// In the order of the file.
    package let publications: [KindNode]
    package let limits: JobLimits
    /// Where everything goes instead of to real recipients; nil for a job that is not diverted.
    package let divert: Divert?
    /// A folder of templates that take precedence over the built-in ones.
    package let templates: String?
    /// URLs called at start, success and failure.
    package let ping: JobPing
    /// The mailbox that `usher inbox` reads; the target that reads it decodes the node.
    package let inbox: JobNode?
    /// Problems that do not stop the job.
    package let warnings: [JobProblem]
}

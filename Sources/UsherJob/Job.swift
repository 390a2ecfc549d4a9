package import UsherModel

/// A kind that a job names, with its options still as they stand in the file: the kind's own target decodes them.
package struct KindNode: Hashable, Sendable {
    /// The kind's name, such as `file` or `outbox`.
    package let kind: String
    /// The whole mapping.
    package let node: JobNode
}

/// How fast a channel may go.
package struct Rate: Hashable, Sendable {
    /// So many.
    package let count: Int
    /// In this time.
    package let period: Duration

    /// Takes both.
    package init(count: Int, period: Duration) {
        (self.count, self.period) = (count, period)
    }

    /// Reads `600/min`, `10/s`, `1000/h`; nil where the text is none.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let periods = ["s": 1, "min": 60, "h": 3600, "d": 86_400]
        guard parts.count == 2, let count = Int(parts[0]), (1...1_000_000).contains(count),
            let seconds = periods[String(parts[1])]
        else { return nil }
        self.init(count: count, period: .seconds(seconds))
    }

    /// Deliveries a second.
    package var perSecond: Double { Double(count) / Double(max(1, period.components.seconds)) }

    /// How many may go at once after a pause: what falls into one second, or one.
    package var burst: Int { max(1, Int(perSecond)) }
}

/// A channel of a job: what all kinds have in common, and the kind's own options.
package struct ChannelNode: Hashable, Sendable {
    /// The name the job gives it.
    package let name: ChannelName
    /// Its kind and options.
    package let kind: KindNode
    /// How many deliveries at once; nil leaves it to the kind.
    package let connections: Int?
    /// How fast it may go; nil is as fast as it can.
    package let rate: Rate?
    /// What becomes of deliveries in doubt where nothing tells.
    package let inDoubt: InDoubt

    /// What becomes of deliveries in doubt where nothing tells.
    package enum InDoubt: String, Hashable, Sendable, CaseIterable {
        /// A person decides.
        case hold
        /// They are sent again, under the same id.
        case resend
    }
}

/// A rule, and where it stands.
package struct RuleNode: Hashable, Sendable {
    /// The rule.
    package let rule: Rule
    /// Where it stands.
    package let node: JobNode
}

/// Sends everything of a job to one place, under dedupe keys of its own.
package struct Divert: Hashable, Sendable {
    /// Where mail goes; nil leaves mail channels as they are.
    package let mail: Address?
    /// Where webhooks go; nil leaves webhook channels as they are.
    package let webhook: String?
}

/// Ceilings of a job.
package struct JobLimits: Hashable, Sendable {
    /// More new deliveries than this in one run trip a guard.
    package let deliveriesPerRun: Int
    /// A larger part of the known coming sessions vanishing at once trips a guard; 0 to 1.
    package let vanished: Double
}

/// One job: a source, rules, channels and publications around one ledger.
package struct Job: Sendable {
    /// Part of every dedupe key.
    package let name: String
    /// The job file, as it was named.
    package let file: String
    /// Its folder; relative paths start there.
    package let folder: String
    /// Where sessions and attendees come from.
    package let source: KindNode
    /// How far back sessions are considered.
    package let past: Duration
    /// How far ahead sessions are considered.
    package let future: Duration
    /// The ledger file.
    package let ledger: String
    /// The zone of attendees who state none; nil means the session's own.
    package let defaultZone: ZoneID?
    /// The language of attendees who state none.
    package let defaultLanguage: LanguageTag
    /// Hosts that join links may have beside those the source's kind knows.
    package let joinHosts: Set<String>
    /// In the order of the file.
    package let channels: [ChannelNode]
    /// In the order of the file.
    package let rules: [RuleNode]
    /// In the order of the file.
    package let publications: [KindNode]
    /// Ceilings.
    package let limits: JobLimits
    /// Where everything goes instead.
    package let divert: Divert?
    /// A folder of templates that come before the built-in ones.
    package let templates: String?
    /// URLs called at start, success and failure.
    package let ping: [PingMoment: SecretReference]
    /// The mailbox that `usher inbox` reads, as it stands in the file: its reader's own target decodes it.
    package let inbox: JobNode?
    /// What a person should know, and that stops nothing.
    package let warnings: [JobProblem]

    /// When a URL is called.
    package enum PingMoment: String, Hashable, Sendable, CaseIterable {
        /// A run begins.
        case start
        /// A run ended, and all was well.
        case success
        /// A run ended otherwise.
        case failure
    }
}

import ArgumentParser
import UsherEngine
import UsherJob
import UsherModel

extension LedgerCommand {
    /// `ledger rename`.
    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tell the ledger that a rule, a channel or the job has another name now.",
            discussion: """
                Whoever was told under the old name is then not told again under the new one. First rename it in the job \
                file, then run this, before the next usher run.
                """)

        @Argument(help: ArgumentHelp("The old and the new name, for --rule and --channel.", valueName: "name"))
        var names: [String] = []
        @Option(help: ArgumentHelp("The job file, with the new name.", valueName: "job")) var job: String
        @Flag(help: "The names are those of a rule (its id, or WHEN/TO/VIA).") var rule = false
        @Flag(help: "The names are those of a channel.") var channel = false
        @Option(help: ArgumentHelp("The name that the job had before.", valueName: "name")) var fromJob: String?
        @OptionGroup var output: OutputOptions

        func validate() throws {
            guard [rule, channel, fromJob != nil].count(where: { $0 }) == 1 else {
                throw ValidationError("Say what was renamed: --rule OLD NEW, --channel OLD NEW or --from-job OLD.")
            }
            guard names.count == (fromJob == nil ? 2 : 0), names.allSatisfy({ !$0.isEmpty }) else {
                throw ValidationError("Give the old name and the new one (of a job, only the old one).")
            }
        }

        mutating func run() async throws {
            let terminal = Terminal(output)
            guard let job = CommandContext.configure(job, terminal) else { throw Exit.badJob.error }
            if let problem = unknown(in: job) {
                terminal.warn(problem)
                throw Exit.usage.error
            }
            let (name, renaming) = renaming(job.ledgerName)
            try await LedgerOptions.writing(job.ledgerPath, terminal) { ledger async throws(LedgerError) in
                let count = try await ledger.rename(renaming, job: name)
                guard count > 0 else {
                    throw LedgerError(
                        .noSuchDelivery, location: ledger.location, problem: "no delivery has the old name",
                        next: "See: usher ledger list --ledger \(ledger.location)")
                }
                terminal.say("renamed: \(count) deliveries")
            }
        }

        /// A new name that the job file does not have is a slip of the pen: what was told would be forgotten under it.
        private func unknown(in job: ConfiguredJob) -> String? {
            guard let new = names.last else { return nil }
            let known =
                rule ? job.definition.rules.map(\.rule.id.rawValue) : job.definition.channels.map(\.name.rawValue)
            guard !known.contains(new) else { return nil }
            return
                "\(job.file) has no \(rule ? "rule" : "channel") \(new); rename it there first (it has \(known.joined(separator: ", ")))"
        }

        private func renaming(_ ledgerName: String) -> (job: String, renaming: Renaming) {
            if let fromJob { return (fromJob, .job(to: ledgerName)) }
            return rule
                ? (ledgerName, .rule(RuleID(rawValue: names[0]), RuleID(rawValue: names[1])))
                : (ledgerName, .channel(ChannelName(rawValue: names[0]), ChannelName(rawValue: names[1])))
        }
    }
}

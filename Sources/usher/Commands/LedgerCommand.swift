import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

/// `usher ledger …`: shows the ledger, and changes it where a person has to decide.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Show the ledger, and make the decisions that only a person can make.",
        subcommands: [
            List.self, Show.self, Verify.self, Resolve.self, Retry.self, Suppress.self, Suppressed.self, Replies.self,
            Forget.self, Prune.self, Rename.self, RotateSecret.self, TakeOver.self,
        ])

    /// `ledger list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List deliveries, newest first.")

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        @OptionGroup var filter: DeliveryFilterOptions
        @OptionGroup var time: TimeOptions
        @Option(help: "The largest number of deliveries to list.") var limit = 100

        mutating func run() async throws {
            let terminal = Terminal(output)
            let filter = filter.filter(now: time.instant, limit: limit)
            try await LedgerOptions.reading(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let rows = try await ledger.list(filter)
                if rows.isEmpty { return terminal.say("no such deliveries") }
                DeliveryTable.show(rows, terminal)
            }
        }
    }

    /// `ledger show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show everything that is recorded about a delivery.")

        @Argument(help: "The key, or its beginning, as usher ledger list shows it.") var key: String
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try KeyPrefix.validate(key) }

        mutating func run() async throws {
            let terminal = Terminal(output)
            let prefix = key
            var isFound = false
            try await LedgerOptions.reading(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                for (row, attempts) in try await ledger.show(prefix: prefix) {
                    isFound = true
                    for (name, value) in row.facts {
                        terminal.say("\(name)\(String(repeating: " ", count: 12 - name.count))\(value)")
                    }
                    for attempt in attempts {
                        terminal.say("attempt     \(attempt.at): \(attempt.outcome): \(attempt.text ?? "")")
                    }
                    terminal.emit(row.object)
                }
            }
            guard isFound else {
                terminal.warn("no delivery whose key begins with \(key)")
                throw Exit.permanentFailures.error
            }
        }
    }

    /// `ledger forget`.
    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a person's data; keys stay, so that nothing is sent again because of it.",
            discussion:
                "If the source still lists the person, the next run reads them again: remove them there, too.")

        @Argument(help: "The address.") var address: MailAddress
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (address, now) = (address.address, time.instant)
            let path = try ledger.path(terminal)
            try await LedgerOptions.writing(path, terminal) { ledger async throws(LedgerError) in
                let removed = try await ledger.forget(address, now: now)
                // The person may be in a feed that was kept, too.
                try SourceKinds.forgetFeeds(ledger: path)
                terminal.say("forgotten: \(removed.deliveries) deliveries, \(removed.registrations) registrations")
            }
        }
    }

    /// `ledger prune`.
    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove personal data and sessions older than a given age; keys stay.")

        @Option(help: ArgumentHelp("The age, such as 400d.", valueName: "duration")) var olderThan: Age
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            let before = time.instant - olderThan.duration
            try await LedgerOptions.writing(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let removed = try await ledger.prune(before: before)
                terminal.say("pruned: \(removed.deliveries) deliveries, \(removed.registrations) registrations")
            }
        }
    }

    /// `ledger take-over`.
    struct TakeOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-over",
            abstract: "Use a ledger that was copied from another machine; first shows what is pending.",
            discussion:
                "Do this only if the original is no longer in use: two copies in use would send everything twice.")

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions
        @Option(
            help: ArgumentHelp(
                "What to bind it to: host (this machine and path), volume (the file itself) or none. The default is what the job says, or what is usual here.",
                valueName: "binding"))
        var bind: Binding?
        @Flag(help: "Confirm; without it nothing is changed.") var yes = false

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (path, ofJob) = try ledger.pathAndBinding(terminal)
            let binding = bind?.binding ?? ofJob
            var filter = LedgerFilter()
            filter.state = .pending
            try await LedgerOptions.reading(path, terminal) { ledger async throws(LedgerError) in
                let rows = try await ledger.list(filter)
                terminal.say("pending: \(rows.count)\(rows.count == filter.limit ? " or more" : "")")
                for row in rows.prefix(20) {
                    terminal.say("  \(row.recipient)  \(row.subject)  \(row.rule)  due \(row.dueAt)")
                }
            }
            guard yes else {
                terminal.warn("Nothing was changed. If the original is no longer in use, run this again with --yes")
                throw Exit.guardTripped.error
            }
            do throws(LedgerError) {
                try await LedgerKinds.takeOver(path, host: ProcessIdentity.host(ledger: path, binding, terminal))
                terminal.say("\(path): taken over")
            } catch {
                terminal.warn("\(error)")
                throw Exit(error.problemCode).error
            }
        }
    }
}

/// A delivery state as a command line argument.
struct State: ExpressibleByArgument {
    let state: DeliveryState

    init?(argument: String) {
        guard let state = DeliveryState(rawValue: argument) else { return nil }
        self.state = state
    }
}

/// What a ledger is bound to, as a command line argument.
struct Binding: ExpressibleByArgument {
    let binding: LedgerBinding

    init?(argument: String) {
        guard let binding = LedgerBinding(rawValue: argument) else { return nil }
        self.binding = binding
    }
}

/// A mail address as a command line argument.
struct MailAddress: ExpressibleByArgument {
    let address: Address

    init?(argument: String) {
        do throws(Address.Problem) { address = try Address(argument) } catch { return nil }
    }
}

/// A duration as a command line argument.
struct Age: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument) else { return nil }
        self.duration = duration
    }
}

extension LedgerRow {
    /// The fields and their labels, for people.
    var facts: [(String, String)] {
        [
            ("key", key.hex), ("id", id.hex), ("job", job), ("rule", rule.rawValue),
            ("session", "\(subject) (\(session))"),
            ("channel", channel.rawValue), ("to", recipient),
            ("state", state.rawValue + (reason.map { ": \($0.rawValue)" } ?? "")), ("due", "\(dueAt)"),
            ("expires", "\(expiresAt)"), ("attempts", "\(attempts)"),
            ("next try", state == .pending ? "\(notBefore)" : "-"),
            ("finished", finishedAt.map { "\($0)" } ?? "-"), ("told", toldRevision.map { "revision \($0)" } ?? "-"),
            ("evidence", evidence ?? "-"),
        ]
    }

    /// The fields as JSON.
    var object: [String: JSONValue] {
        [
            "key": .string(key.hex), "id": .string(id.hex), "job": .string(job), "rule": .string(rule.rawValue),
            "event": .string(session.event.rawValue),
            "session": .string(session.session.rawValue), "subject": .string(subject.text),
            "channel": .string(channel.rawValue),
            "recipient": .string(recipient), "state": .string(state.rawValue), "reason": .optional(reason?.rawValue),
            "due_at": .string(dueAt.description), "expires_at": .string(expiresAt.description),
            "attempts": .integer(attempts),
            "finished_at": .optional(finishedAt?.description),
            "told_revision": toldRevision.map { .integer($0) } ?? .null,
            "evidence": .optional(evidence),
        ]
    }
}

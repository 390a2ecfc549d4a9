import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

extension LedgerCommand {
    /// `ledger resolve`.
    struct Resolve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Resolve deliveries in doubt: say whether they arrived.",
            discussion: """
                First look in the recipient's mailbox or the receiver's log. Then say --delivered (or --sent) if it arrived, --resend if it \
                did not, or --give-up to leave it unsent. What has expired is not sent again: it stays in doubt until you say one of the others.
                """)

        @OptionGroup var selection: DeliverySelection
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions
        @Flag(help: "Whether they arrived.") var outcome: Outcome

        /// What a person decided.
        enum Outcome: String, EnumerableFlag {
            case delivered, resend, giveUp

            static func name(for value: Outcome) -> NameSpecification {
                switch value {
                case .delivered: [.long, .customLong("sent")]
                case .resend, .giveUp: .long
                }
            }
        }

        func validate() throws { try selection.validate(for: .inDoubt) }

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (outcome, now, selection) = (outcome, time.instant, selection)
            let question =
                switch outcome {
                case .delivered: "Call delivered:"
                case .resend: "Send again:"
                case .giveUp: "Give up:"
                }
            var exit = Exit.allDone
            try await LedgerOptions.writing(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let choice = try await selection.choose(
                    in: .inDoubt, sendsAgain: outcome == .resend, from: ledger, now: now, terminal, question: question)
                switch choice {
                case .nothing(let code): exit = code
                case .rows(let rows) where outcome == .resend:
                    let answers = try await ledger.resend(rows.map(\.key), now: now)
                    exit = ReopeningPrinter(state: .inDoubt, done: "the next run sends it again").show(
                        zip(rows, answers), terminal)
                case .rows(let rows):
                    exit = try await Self.resolve(rows, outcome, ledger, now, terminal)
                }
            }
            if exit != .allDone { throw exit.error }
        }

        private static func resolve(
            _ rows: [LedgerRow], _ outcome: Outcome, _ ledger: any Ledger, _ now: Instant, _ terminal: Terminal
        ) async throws(LedgerError) -> Exit {
            var exit = Exit.allDone
            for row in rows {
                let doubt: DoubtOutcome =
                    outcome == .delivered
                    ? .delivered(Evidence("a person found that it had arrived"))
                    : .abandoned(Evidence("a person gave up on it"))
                let isResolved = try await ledger.resolveDoubt(row.key, as: doubt, now: now)
                let digits = row.key.hex.prefix(DeliveryTable.keyDigits)
                if isResolved {
                    terminal.say("\(digits): resolved")
                } else {
                    terminal.warn("\(digits): not in doubt")
                    exit = .permanentFailures
                }
                terminal.emit([
                    "key": .string(row.key.hex), "result": .string(isResolved ? "resolved" : "not in doubt"),
                ])
            }
            return exit
        }
    }

    /// `ledger retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try failed deliveries again.",
            discussion: "Mend the reason first; usher status and usher ledger list --state failed show it.")

        @OptionGroup var selection: DeliverySelection
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var time: TimeOptions
        @OptionGroup var output: OutputOptions

        func validate() throws { try selection.validate(for: .failed) }

        mutating func run() async throws {
            let terminal = Terminal(output)
            let (now, selection) = (time.instant, selection)
            var exit = Exit.allDone
            try await LedgerOptions.writing(try ledger.path(terminal), terminal) { ledger async throws(LedgerError) in
                let choice = try await selection.choose(
                    in: .failed, sendsAgain: true, from: ledger, now: now, terminal, question: "Try again:")
                switch choice {
                case .nothing(let code): exit = code
                case .rows(let rows):
                    let answers = try await ledger.retry(rows.map(\.key), now: now)
                    exit = ReopeningPrinter(state: .failed, done: "the next run tries it again").show(
                        zip(rows, answers), terminal)
                }
            }
            if exit != .allDone { throw exit.error }
        }
    }
}

/// Says what became of deliveries that were to be sent again.
private struct ReopeningPrinter {
    /// What they had to be.
    let state: DeliveryState
    /// What is said of one that is sent again.
    let done: String

    func show(_ answers: some Sequence<(LedgerRow, Reopening)>, _ terminal: Terminal) -> Exit {
        var exit = Exit.allDone
        for (row, answer) in answers {
            let digits = row.key.hex.prefix(DeliveryTable.keyDigits)
            let (result, text) = words(row, answer)
            if answer == .pending {
                terminal.say("\(digits): \(text)")
            } else {
                terminal.warn("\(digits): \(text)")
                exit = .permanentFailures
            }
            terminal.emit(["key": .string(row.key.hex), "result": .string(result)])
        }
        return exit
    }

    private func words(_ row: LedgerRow, _ answer: Reopening) -> (result: String, text: String) {
        let rest =
            state == .inDoubt
            ? "It stays in doubt: say --delivered if it arrived, or --give-up" : "It stays as it is"
        return switch answer {
        case .pending: ("pending", done)
        case .expired: ("expired", "it expired at \(row.expiresAt) and is not sent any more. \(rest)")
        case .forgotten: ("forgotten", "the person was forgotten, so it is not sent any more. \(rest)")
        case .told(let key):
            (
                "told",
                "the same message was sent since, or waits, under the key \(key.hex.prefix(DeliveryTable.keyDigits)), so it is not sent. \(rest)"
            )
        case .otherwise(let present): (present.rawValue, "nothing was changed: its state is \(present.rawValue)")
        case .missing: ("missing", "there is no such delivery")
        }
    }
}

import ArgumentParser
import UsherEngine
import UsherModel
import UsherText

extension LedgerCommand {
    /// `ledger verify`.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the whole ledger: whether the file is intact and its contents are consistent.",
            discussion: """
                Only reads. Exits with 0 if there is no problem, and with 70 otherwise; each problem says what to do. Deliveries in \
                doubt and failed ones are counted, but are not problems of the ledger.
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        mutating func run() async throws {
            let terminal = Terminal(output)
            let path = try ledger.path(terminal)
            var problems = 0
            try await LedgerOptions.reading(path, terminal) { ledger async throws(LedgerError) in
                let verification = try await ledger.verify(clock: SystemClock.now())
                problems = verification.problems.count
                Self.show(verification, of: path, terminal)
            }
            if problems > 0 { throw Exit.internalError.error }
        }

        private static func show(_ verification: Verification, of path: String, _ terminal: Terminal) {
            for (job, counts) in verification.counts.sorted(by: { $0.key < $1.key }) {
                let parts = DeliveryState.allCases.compactMap { state in counts[state].map { "\($0) \(state.rawValue)" }
                }
                terminal.say("\(job): \(parts.joined(separator: ", "))")
                terminal.emit([
                    "job": .string(job),
                    "counts": .counts(counts),
                ])
            }
            if verification.abandoned > 0 {
                terminal.say(
                    "\(verification.abandoned) are held by runs whose lease has ended: the next run takes them back")
            }
            for problem in verification.problems { show(problem, of: path, terminal) }
            if verification.problems.isEmpty {
                terminal.say("\(LedgerCheck.allCases.count) checks: all is well")
            }
        }

        private static func show(_ problem: LedgerProblem, of path: String, _ terminal: Terminal) {
            terminal.warn("\(path): \(problem.check.rawValue): \(problem.count) times: \(problem.check.meaning)")
            for example in problem.examples { terminal.warn("  \(example)") }
            terminal.warn("  \(problem.check.next).")
            terminal.emit([
                "problem": .string(problem.check.rawValue), "count": .integer(problem.count),
                "meaning": .string(problem.check.meaning), "next": .string(problem.check.next),
                "examples": .array(problem.examples.map { .string($0) }),
            ])
        }
    }
}

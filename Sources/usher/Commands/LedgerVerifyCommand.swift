import ArgumentParser
import UsherEngine
import UsherLedger
import UsherModel

extension LedgerCommand {
    /// `ledger verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look through the whole ledger: is the file sound, and does all that must hold of it hold?",
            discussion: """
                Reads only. Ends with 0 where all is well, 70 where something is wrong; each finding says what to do. Doubts and failures are \
                no faults of the ledger: it counts them.
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var output: OutputOptions

        mutating func run() throws {
            let terminal = Terminal(output)
            let path = try ledger.path(terminal)
            var flaws = 0
            try LedgerOptions.reading(path, terminal) { ledger throws(LedgerError) in
                let found = try ledger.verify(clock: SystemClock.now())
                flaws = found.findings.count
                Self.show(found, of: path, terminal)
            }
            if flaws > 0 { throw Exit.internalError.error }
        }

        private static func show(_ found: Verification, of path: String, _ terminal: Terminal) {
            for (job, counts) in found.counts.sorted(by: { $0.key < $1.key }) {
                let parts = DeliveryState.allCases.compactMap { state in counts[state].map { "\($0) \(state.rawValue)" }
                }
                terminal.say("\(job): \(parts.joined(separator: ", "))")
                terminal.emit([
                    "job": .text(job),
                    "counts": .object(
                        Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, .number($0.value)) })),
                ])
            }
            if found.abandoned > 0 {
                terminal.say("\(found.abandoned) are held by runs whose lease has ended: the next run takes them back")
            }
            for flaw in found.findings { show(flaw, of: path, terminal) }
            if found.findings.isEmpty {
                terminal.say("\(LedgerCheck.allCases.count) checks: all is well")
            }
        }

        private static func show(_ flaw: Flaw, of path: String, _ terminal: Terminal) {
            terminal.warn("\(path): \(flaw.check.rawValue): \(flaw.count) times: \(flaw.check.meaning)")
            for example in flaw.examples { terminal.warn("  \(example)") }
            terminal.warn("  \(flaw.check.next).")
            terminal.emit([
                "finding": .text(flaw.check.rawValue), "count": .number(flaw.count),
                "meaning": .text(flaw.check.meaning), "next": .text(flaw.check.next),
                "examples": .list(flaw.examples.map { .text($0) }),
            ])
        }
    }
}

import UsherEngine
import UsherModel
import UsherText

/// Prints a plan: what would be sent, to whom and why.
struct PlanPrinter {
    let terminal: Terminal
    let now: Instant

    /// Prints the report and the proposed deliveries.
    ///
    /// - Throws: ``LedgerError`` where the plan cannot be read.
    func print(
        _ report: RunReport, _ proposal: ProposalID?, from ledger: any Ledger, as format: PlanFormat
    ) async throws(LedgerError) {
        switch format {
        case .table: try await table(report, proposal, ledger)
        case .json: try await json(report, proposal, ledger)
        }
        for problem in report.problems { terminal.warn("\(report.job): \(problem.code.rawValue): \(problem.text)") }
    }

    private func table(
        _ report: RunReport, _ proposal: ProposalID?, _ ledger: any Ledger
    ) async throws(LedgerError) {
        for line in ReportPrinter.lines(report) { terminal.say("\(report.job): \(line)") }
        var rows: [[String]] = []
        var count = 0
        if let proposal {
            try await ledger.eachRow(of: proposal) { row in
                count += 1
                if rows.count < Limits.planRowsShown { rows.append(Self.cells(row)) }
            }
        }
        guard count > 0 else { return terminal.say("\(report.job): nothing is due") }
        for line in Table.lines(["WHAT", "TO", "SESSION", "RULE", "WHY"], rows) { terminal.say(line) }
        if count > rows.count { terminal.say("… and \(count - rows.count) more; --format json prints all of them") }
        if let planned = report.planned, planned.sends > 0 { terminal.say("\(report.job): digest \(planned.digest)") }
    }

    private func json(
        _ report: RunReport, _ proposal: ProposalID?, _ ledger: any Ledger
    ) async throws(LedgerError) {
        if let proposal {
            try await ledger.eachRow(of: proposal) { terminal.print(Self.object($0, job: report.job)) }
        }
        var summary = ReportPrinter.object(report)
        summary["summary"] = .bool(true)
        terminal.print(summary)
    }

    private static func cells(_ row: PlannedRow) -> [String] {
        let what = row.reason.map { "skip: \($0.rawValue)" } ?? "send \(row.template)"
        return [what, row.recipient, row.subject.text, row.rule.rawValue, why(row)]
    }

    /// Why the delivery is due, in a few words.
    static func why(_ row: PlannedRow) -> String {
        let reason =
            switch row.kind {
            case .registered: "registration first seen \(row.dueAt)"
            case .announced: "session first seen \(row.dueAt)"
            case .changed: "was told an earlier revision; changed \(row.dueAt)"
            case .canceled: "was told of the session; canceled \(row.dueAt)"
            case .offset: "due \(row.dueAt)"
            }
        return reason
    }

    private static func object(_ row: PlannedRow, job: String) -> [String: JSONValue] {
        [
            "job": .string(job), "key": .string(row.key.hex), "rule": .string(row.rule.rawValue),
            "channel": .string(row.channel.rawValue), "template": .string(row.template),
            "event": .string(row.session.event.rawValue), "session": .string(row.session.session.rawValue),
            "subject": .string(row.subject.text), "recipient": .string(row.recipient),
            "kind": .string(row.kind.rawValue),
            "due_at": .string(row.dueAt.description), "action": .string(row.reason == nil ? "send" : "skip"),
            "reason": .optional(row.reason?.rawValue), "why": .string(why(row)),
        ]
    }
}

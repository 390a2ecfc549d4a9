import UsherEngine
import UsherModel
import UsherPlan
import UsherText

/// Prints the report of a run: a few lines for people, or one JSON object.
struct ReportPrinter {
    let terminal: Terminal
    let verb: String

    func print(_ report: RunReport) {
        for line in Self.lines(report) { terminal.say("\(report.job): \(line)") }
        for problem in report.problems { terminal.warn("\(report.job): \(problem.code.rawValue): \(problem.text)") }
        for line in Self.unlisted(report) { terminal.warn("\(report.job): \(line)") }
        terminal.say("\(report.job): \(Self.conclusion(report, verb: verb))")
        terminal.emit(Self.object(report))
    }

    /// What the run did, in that order.
    static func lines(_ report: RunReport) -> [String] {
        var lines: [String] = []
        if let listed = report.listed { lines.append("\(counted(listed, "session")) listed") }
        lines += report.news.prefix(Limits.planRowsShown).map(Self.line)
        let unlisted = report.news.count - Limits.planRowsShown
        if unlisted > 0 { lines.append("and \(unlisted) more sessions that are new or have changed") }
        lines += report.notes
        if let planned = report.planned { lines.append(Self.line(planned)) }
        if !report.published.isEmpty { lines.append(Self.line(report.published)) }
        if report.tally != RunReport.Tally() { lines.append("delivered: \(Self.line(report.tally))") }
        return lines
    }

    /// The kinds of problems with their counts, most serious first; `verb` where there are none.
    static func conclusion(_ report: RunReport, verb: String) -> String {
        guard !report.counts.isEmpty else { return verb }
        let exit = Exit(mostSeriousOf: report.counts.keys)
        let kinds = report.counts.sorted { severity($0.key) < severity($1.key) }
        return "\(kinds.map { "\($0.key.rawValue) (\($0.value))" }.joined(separator: ", ")): exit code \(exit.rawValue)"
    }

    static func line(_ news: SessionNews) -> String {
        let session = news.session
        let name = "\"\(session.subject)\" (\(session.key.session))"
        switch news.kind {
        case .new: return "new: \(name) on \(session.start)"
        case .canceled: return "canceled: \(name)"
        case .restored: return "restored: \(name) on \(session.start)"
        case .missing: return "missing: \(name); it counts as canceled if the next run does not find it either"
        case .revised(let old):
            return "changed: \(name) \(Self.difference(old, session))"
        }
    }

    private static func difference(_ old: Session, _ new: Session) -> String {
        var parts: [String] = []
        if old.start != new.start { parts.append("start \(old.start) → \(new.start)") }
        if old.end != new.end { parts.append("end \(old.end) → \(new.end)") }
        if old.subject != new.subject { parts.append("subject was \"\(old.subject)\"") }
        if old.joinURL != new.joinURL { parts.append("join link") }
        if old.status != new.status { parts.append("status \(old.status.rawValue) → \(new.status.rawValue)") }
        return parts.joined(separator: ", ")
    }

    static func line(_ planned: RunReport.Planned) -> String {
        let skips = planned.skips.sorted { $0.key.rawValue < $1.key.rawValue }.filter { $0.value > 0 }
            .map { "\($0.value) skipped (\($0.key.rawValue))" }
        return "planned: " + (["\(planned.sends) to send"] + skips).joined(separator: ", ")
    }

    private static func line(_ published: [RunReport.Publication]) -> String {
        let outcomes: [(PublishOutcome, String)] = [
            (.written, "written"), (.unchanged, "unchanged"), (.removed, "removed"),
        ]
        let parts = outcomes.compactMap { outcome, word -> String? in
            let count = published.filter { $0.outcome == outcome }.map(\.count).reduce(0, +)
            return count > 0 ? "\(count) \(word)" : nil
        }
        return "published: " + parts.joined(separator: ", ")
    }

    private static func line(_ tally: RunReport.Tally) -> String {
        [
            (tally.sent, "sent"), (tally.retrying, "to be tried again"), (tally.failed, "failed"),
            (tally.inDoubt, "in doubt"), (tally.expired, "expired"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// How many problems of each kind are not listed one by one.
    static func unlisted(_ report: RunReport) -> [String] {
        report.counts.sorted { severity($0.key) < severity($1.key) }.compactMap { code, count in
            let shown = report.problems.count { $0.code == code }
            return count > shown ? "\(code.rawValue): and \(count - shown) more" : nil
        }
    }

    private static func severity(_ code: RunProblem.Code) -> Int {
        Exit.bySeverity.firstIndex(of: Exit(code)) ?? Exit.bySeverity.count
    }

    private static func counted(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Problems as JSON: the kind, which the exit code depends on, and the text.
    static func list(_ problems: [RunProblem]) -> JSONValue {
        .array(problems.map { .object(["kind": .string($0.code.rawValue), "text": .string($0.text)]) })
    }

    /// The report as JSON.
    static func object(_ report: RunReport) -> [String: JSONValue] {
        [
            "job": .string(report.job), "listed": report.listed.map { .integer($0) } ?? .null,
            "planned": report.planned.map { planned in
                .object([
                    "send": .integer(planned.sends), "digest": .string(planned.digest),
                    "skip": .counts(planned.skips),
                ])
            } ?? .null,
            "news": .array(report.news.map { .string(Self.line($0)) }),
            "notes": .array(report.notes.map { .string($0) }),
            "sent": .integer(report.tally.sent), "failed": .integer(report.tally.failed),
            "retrying": .integer(report.tally.retrying), "in_doubt": .integer(report.tally.inDoubt),
            "expired": .integer(report.tally.expired),
            "published": .array(
                report.published.map {
                    .object([
                        "location": .string($0.location), "outcome": .string("\($0.outcome)"),
                        "count": .integer($0.count),
                    ])
                }),
            "problems": list(report.problems),
            "exit_code": .integer(Int(Exit(mostSeriousOf: report.counts.keys).rawValue)),
        ]
    }
}

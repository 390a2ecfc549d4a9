internal import UsherJob
internal import UsherModel
internal import UsherPlan

/// Asks before many people are told again what they know: something was renamed, or numbered anew.
struct ToldAgainGuard: Sendable {
    private let groups: [ToldAgain]

    /// Checks whether the guard trips.
    ///
    /// - Parameters:
    ///   - groups: Whom a plan would tell again.
    ///   - job: The job, with its limits: so many people, and so large a part of those who were told.
    init?(_ groups: [ToldAgain], job: ConfiguredJob) {
        let many = groups.filter { group in
            group.count >= job.limits.toldAgain && Double(group.count) >= JobLimits.toldAgainPart * Double(group.told)
        }
        guard !many.isEmpty else { return nil }
        self.groups = many
    }

    /// What would happen, what seems to be the reason, and the ways out.
    func explanation(_ job: ConfiguredJob, _ digest: String) -> String {
        let lines = groups.prefix(3).map { group in
            "\(group.count) people who were told by rule \(group.before.rule) over channel \(group.before.channel)"
                + (group.before.job == group.now.job ? "" : " of job \(group.before.job)")
                + " are due the same again by rule \(group.now.rule) over channel \(group.now.channel): \(cause(group, job))"
        }
        return
            "\(lines.joined(separator: "; ")). Nothing was sent. If they need nothing, run: usher adopt \(job.file). "
            + "If they are to get it again, run: usher run \(job.file) --approve \(digest)"
    }

    /// What seems to have happened, with the command that tells the ledger so.
    private func cause(_ group: ToldAgain, _ job: ConfiguredJob) -> String {
        let (before, now) = (group.before, group.now)
        let rename = "usher ledger rename --job \(job.file)"
        if before.job != now.job {
            return "if the job was called \(before.job) before, run \(rename) --from-job \"\(before.job)\"; "
                + "if both are in use, one of them is enough"
        }
        if before.channel != now.channel, job.channel(named: before.channel) == nil {
            return
                "the channel seems to have been renamed; then run \(rename) --channel \(before.channel) \(now.channel)"
        }
        if before.rule != now.rule, !job.table.rules.contains(where: { $0.id == before.rule }) {
            return "the rule, or the list that it names, seems to have been renamed; then run \(rename) "
                + "--rule \"\(before.rule)\" \"\(now.rule)\""
        }
        if before.rule != now.rule { return "a second rule says the same" }
        return "the ids of their registrations have changed"
    }
}

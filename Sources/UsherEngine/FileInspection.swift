internal import UsherCredentials
internal import UsherJob
package import UsherModel
internal import UsherPublishers
internal import UsherSources

extension JobInspection {
    /// What `usher check` found without any connection.
    package struct FileReport: Sendable {
        /// What was tried, in order.
        package var steps: [Examination] = []
        /// Records that a run would refuse or repair.
        package var problems: [RecordProblem] = []
        /// What is wrong with the job's templates.
        package var errors: [String] = []
        /// What a person should know, though a run can go on.
        package var warnings: [String] = []
    }

    /// Reads the files and lists that a run would read, and renders a sample of each message.
    package func inspectFiles() async -> FileReport {
        var files = await job.source.examineFiles()
        for (path, format) in job.lists.sorted(by: { $0.key < $1.key }) {
            files.add(AttendeeTable.examine(list: path, format, zones: job.zones))
        }
        var report = FileReport(steps: files.steps, problems: files.problems, warnings: files.remarks)
        report.warnings += LeftOut.remarks(files.sessions, job.window(at: now)) { _ in false }
        if let warning = linkless(files.sessions) { report.warnings.append(warning) }
        let trial = TemplateTrial(job: job, now: now).run()
        (report.errors, report.warnings) = (trial.errors, report.warnings + trial.warnings)
        if trial.errors.isEmpty {
            report.steps.append(
                Examination(
                    "render the templates", result: "\(trial.count) sample \(trial.count == 1 ? "message" : "messages")"
                ))
        }
        return report
    }

    /// Checks the form of the secrets that have one.
    ///
    /// - Parameter isOnline: Whether to run the programs that print secrets, too.
    /// - Returns: One result for each of them.
    package func examineSecrets(isOnline: Bool) async -> [Examination] {
        var steps: [Examination] = []
        for channel in job.channels {
            steps += await channel.examineSecrets(runsPrograms: isOnline).map { step in
                Examination("channel \(channel.name): \(step.step)", result: step.result, error: step.error)
            }
        }
        return steps
    }

    /// Connects to where the publications go, and writes nothing.
    func examinePublications() async -> [Examination] {
        var steps: [Examination] = []
        for plan in job.publications where plan.destination.isRemote {
            do throws(PublishError) {
                let destination = try await DestinationKinds.make(plan.destination, secrets: job.secrets)
                if let step = await destination.examine(plan.destination.pattern) {
                    steps.append(
                        Examination("publication: \(step.step)", result: step.result, error: step.error))
                }
                await destination.close()
            } catch {
                let next = ExaminationError(
                    error.code == .refusedCredentials ? .refusedCredentials : .unreachable, location: error.location,
                    problem: error.problem, next: error.next)
                steps.append(Examination("publication: \(plan.location)", result: "", error: next))
            }
        }
        return steps
    }

    /// A warning of sessions that people cannot join, since they have no link.
    private func linkless(_ sessions: [Session]) -> String? {
        let window = job.window(at: now)
        let open = sessions.filter {
            $0.joinURL == nil && $0.status == .published && $0.start > now && window.contains($0)
        }.sorted { ($0.start, $0.key) < ($1.start, $1.key) }
        guard let first = open.first else { return nil }
        let more = open.count > 1 ? " and \(open.count - 1) more" : ""
        return
            "no join link for \"\(first.subject)\" (\(first.key), \(first.start))\(more): messages that show it wait "
            + "until the source has one"
    }
}

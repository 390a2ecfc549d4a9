internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherSources

/// The kinds of source there are: the only list.
enum SourceKinds {
    /// All that a job file may name.
    static let names = ["file", "graph"]

    /// Builds the source that a job names; nil, and a problem, where it cannot.
    static func make(
        _ job: Job, _ problems: JobProblems, zones: TimeZoneDatabase, readAt: Instant
    ) -> (any Source)? {
        switch job.source.kind {
        case "file":
            guard let options = FileSourceOptions(job.source, problems, folder: job.folder) else { return nil }
            return FileSource(options, zones: zones, readAt: readAt)
        case "graph":
            guard GraphSourceOptions(job.source, problems) != nil else { return nil }
            problems.error(
                job.source.node, "the kind graph, which this version reads but cannot fetch from yet",
                expected: "kind: file")
            return nil
        default:
            problems.error(
                job.source.node, "the kind \"\(job.source.kind.prefix(40))\"", expected: names.joined(separator: " or ")
            )
            return nil
        }
    }
}

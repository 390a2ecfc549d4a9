internal import ICalendar
internal import UsherGraph
internal import UsherJob
internal import UsherModel
internal import UsherSources

/// The kinds of source there are: the only list.
enum SourceKinds {
    /// All that a job file may name.
    static let names = ["file", "graph", "ics"]

    /// Builds the source that a job names; nil, and a problem, where it cannot.
    static func make(
        _ job: Job, _ problems: JobProblems, zones: TimeZoneDatabase, _ surroundings: Surroundings
    ) -> (any Source)? {
        switch job.source.kind {
        case "file":
            guard let options = FileSourceOptions(job.source, problems, folder: job.folder) else { return nil }
            return FileSource(options, zones: zones, readAt: surroundings.clock.now())
        case "graph":
            guard let options = GraphSourceOptions(job.source, problems) else { return nil }
            return graph(options, job, problems, zones, surroundings)
        case "ics":
            guard
                let options = ICSSourceOptions(
                    job.source, problems, folder: job.folder, isZone: { GraphDecoder.isKnown($0, in: zones) })
            else { return nil }
            let secrets = SecretStore(environment: surroundings.environment, folder: job.folder)
            return ICSSource(options, zones: zones, surroundings: surroundings, secrets: secrets)
        default:
            problems.error(
                job.source.node, "the kind \"\(job.source.kind.prefix(40))\"", expected: names.joined(separator: ", ")
            )
            return nil
        }
    }

    /// How the source signs in to Graph; nil where it does not.
    ///
    /// What is wrong with it is said where the source is built.
    static func connection(of job: Job) -> GraphConnection? {
        job.source.kind == "graph" ? GraphSourceOptions(job.source, JobProblems())?.connection : nil
    }

    private static func graph(
        _ options: GraphSourceOptions, _ job: Job, _ problems: JobProblems, _ zones: TimeZoneDatabase,
        _ surroundings: Surroundings
    ) -> (any Source)? {
        let secrets = SecretStore(environment: surroundings.environment, folder: job.folder)
        do throws(SourceError) {
            return try GraphSource(options, zones: zones, surroundings: surroundings, secrets: secrets)
        } catch {
            problems.error(job.source.node, error.description, expected: "a source that can be set up")
            return nil
        }
    }
}

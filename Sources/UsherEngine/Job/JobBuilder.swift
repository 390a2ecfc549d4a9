internal import FoundationEssentials
internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherRender
internal import UsherSources

/// Builds a ``ConfiguredJob`` from a job file.
///
/// Every step adds its problems to one list, so that a person sees all of them at once.
struct JobBuilder {
    private let environment: RuntimeEnvironment
    private let zones: TimeZoneDatabase

    init(_ environment: RuntimeEnvironment) {
        self.environment = environment
        zones = environment.variables["TZDIR"].map { TimeZoneDatabase(path: $0) } ?? TimeZoneDatabase()
    }

    /// What the job file names; a part that could not be built is absent, and its problem is on the list.
    struct Parts {
        let words: WordSet
        var source: (any Source)?
        var channels: [ConfiguredChannel]
        var publications: [PublicationPlan]
        var inbox: InboxReader?
        var lists: [String: CSVFormat] = [:]
    }

    /// Reads the file, builds its parts, checks them against each other and compiles the templates that the rules use.
    func build(_ file: String) throws(JobConfigurationError) -> ConfiguredJob {
        let (job, errors) = try read(file)
        let problems = JobProblems()
        let parts = parts(of: job, problems)
        var checks = JobChecks(job: job, parts: parts, problems: problems)
        checks.isDivertSound = !errors.contains { $0.path.hasPrefix("divert") }
        checks.run()
        var lines = lines(errors + problems.errors)
        let templates = TemplateSelection(job: job, parts: parts).load(&lines)
        guard lines.isEmpty, let source = parts.source, let templates else {
            throw JobConfigurationError(problems: lines)
        }
        return ConfiguredJob(
            job, parts, source: source, templates: templates, zones: zones, problems, environment)
    }

    /// One line for each problem, in the order of the file.
    private func lines(_ problems: [JobProblem]) -> [String] {
        var seen: Set<String> = []
        return problems.sorted { $0.position < $1.position }.map { problem in
            // Without a database, no name is known; that the name is wrong would be misleading.
            guard !zones.isInstalled, problem.path.hasSuffix("time-zone") else { return problem.description }
            return JobProblem(
                position: problem.position, path: problem.path,
                problem: "a time zone, but no time zone database to look it up in",
                expected: "\(zones.folder): install the package tzdata, or set TZDIR to where the database is"
            ).description
        }.filter { seen.insert($0).inserted }
    }

    private func read(_ file: String) throws(JobConfigurationError) -> (job: Job, errors: [JobProblem]) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw JobConfigurationError(problems: ["\(file): \(Self.reason(file))"])
        }
        do throws(JobErrors) {
            return try Job.read(Array(data), file: file) { zones.contains($0) }
        } catch {
            throw JobConfigurationError(problems: error.problems.map(\.description))
        }
    }

    /// Why a job file cannot be read, and what to do.
    private static func reason(_ file: String) -> String {
        var isFolder = false
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else {
            return "there is no such file. Check the path"
        }
        guard isFolder else { return "the job file cannot be read. Give the user that runs usher read access to it" }
        let folder = file.hasSuffix("/") ? String(file.dropLast()) : file
        return "a folder, not a job file. Name a file in it, such as \(folder)/job.yaml"
    }

    private func parts(of job: Job, _ problems: JobProblems) -> Parts {
        let words = WordSet(folder: job.templates)
        return Parts(
            words: words,
            source: job.source.kind.isEmpty ? nil : SourceKinds.make(job, problems, zones: zones, environment),
            channels: job.channels.compactMap { channel($0, job, problems) },
            publications: publications(of: job, problems, words),
            inbox: inbox(of: job, problems), lists: lists(of: job, problems))
    }

    /// How the lists of the rules are written.
    private func lists(of job: Job, _ problems: JobProblems) -> [String: CSVFormat] {
        var lists: [String: CSVFormat] = [:]
        for placed in job.rules {
            guard case .csv(let path) = placed.rule.audience, let node = placed.node["to"] else { continue }
            let format = CSVFormat(rule: node, problems)
            if let other = lists[path], other != format {
                problems.error(
                    node, "other options for the list \(path) than in a rule before",
                    expected: "the same delimiter, encoding and columns wherever a list is named")
            }
            lists[path] = format
        }
        return lists
    }

    private func channel(_ node: ChannelNode, _ job: Job, _ problems: JobProblems) -> ConfiguredChannel? {
        guard let channel = ChannelKinds.make(node, job, problems, environment) else { return nil }
        guard let folder = environment.rehearsal else { return ConfiguredChannel(channel, node) }
        return ConfiguredChannel(ChannelKinds.rehearsed(channel, in: "\(folder)/\(node.name)"), node)
    }

    /// In a rehearsal none is published, but all are checked.
    private func publications(of job: Job, _ problems: JobProblems, _ words: WordSet) -> [PublicationPlan] {
        let publications = job.publications.compactMap {
            PublicationKinds.make($0, job, problems, zones: zones, words: words)
        }
        return environment.rehearsal == nil ? publications : []
    }

    private func inbox(of job: Job, _ problems: JobProblems) -> InboxReader? {
        guard let node = job.inbox, let options = InboxOptions(node, problems, folder: job.folder) else { return nil }
        return MailSignIns.make(options.authentication, node, job, problems, environment).map {
            InboxReader(options, signIn: $0)
        }
    }
}

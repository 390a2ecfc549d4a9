internal import ICalendar
internal import UsherCredentials
package import UsherJob
package import UsherModel
internal import UsherPublishers
internal import UsherPlan
internal import UsherRender
internal import UsherSources

/// A job that is ready to run: the job file together with the source, channels, publications and templates it names.
///
/// All of them are built and checked; nothing has been fetched or sent. Stages read it and never change it.
package struct ConfiguredJob: Sendable {
    /// The job file, decoded.
    package let definition: Job
    /// What a person should know about the job file, though the job can run.
    package let warnings: [String]
    /// What `usher check` refuses, though a run goes on without it.
    package let refusals: [String]
    /// Texts that a language lacks; they are English until someone translates them.
    package var untranslated: [String] { templates.untranslated }
    /// Every secret that a kind will ask for, with the node of the job file that names it.
    let references: [(reference: SecretReference, node: JobNode)]
    let table: RuleTable
    let source: any Source
    let channels: [ConfiguredChannel]
    let publications: [PublicationPlan]
    let inbox: InboxReader?
    /// How the lists of rules are written, by their paths.
    let lists: [String: CSVFormat]
    let templates: TemplateSet
    let zones: TimeZoneDatabase
    /// The environment variables, the clock and what else the kinds take from the process.
    package let environment: RuntimeEnvironment

    /// Reads a job file and builds what it names.
    ///
    /// - Throws: ``JobConfigurationError`` with everything that is wrong.
    package init(job file: String, _ environment: RuntimeEnvironment) throws(JobConfigurationError) {
        self = try JobBuilder(environment).build(file)
    }

    init(
        _ job: Job, _ parts: JobBuilder.Parts, source: any Source, templates: TemplateSet, zones: TimeZoneDatabase,
        _ problems: JobProblems, _ environment: RuntimeEnvironment
    ) {
        (definition, self.source, self.templates, self.zones) = (job, source, templates, zones)
        (channels, publications, inbox, lists) = (parts.channels, parts.publications, parts.inbox, parts.lists)
        table = RuleTable(job: Self.ledgerName(of: job), rules: job.rules.map(\.rule))
        references = problems.references
        refusals = problems.refusals.map(\.description)
        warnings = (job.warnings + problems.warnings).map(\.description)
        self.environment = environment
    }

    /// The job's name in the ledger.
    ///
    /// A diverted job has another one, so that a rehearsal never counts as a real delivery.
    package var ledgerName: String { table.job }

    /// The ledger's path; in a rehearsal, that of its copy.
    package var ledgerPath: String { environment.rehearsal.map { "\($0)/usher.sqlite" } ?? definition.ledger }

    /// What a run would reach outside of this machine's files: channels that are no outbox, and publications to URLs; none where the job is
    /// diverted or rehearsed.
    package var counterparts: [String] {
        guard divert == nil, environment.rehearsal == nil else { return [] }
        let channels = definition.channels.filter { !ChannelKinds.isOutbox($0) }.map { "channel \($0.name)" }
        return channels + publications.filter(\.destination.isRemote).map { "publication \($0.location)" }
    }

    /// The name that the job file gives it.
    package var name: String { definition.name }
    /// The path of the job file, as the user gave it.
    package var file: String { definition.file }
    package var limits: JobLimits { definition.limits }
    /// Where everything goes instead of to real recipients; nil for a job that is not diverted.
    var divert: Divert? { definition.divert }

    private static func ledgerName(of job: Job) -> String {
        guard let divert = job.divert else { return job.name }
        return [job.name, "diverted", divert.mail?.text, divert.webhook].compactMap { $0 }.joined(separator: " ")
    }

    /// Looks up the secrets that the job file refers to.
    var secrets: SecretStore {
        SecretStore(environment: environment.variables, folder: definition.folder, clock: environment.clock)
    }

    /// The sessions that a run looks at: from `past` ago until `future` from now, as the job file says.
    func window(at now: Instant) -> Window { Window(from: now - definition.past, until: now + definition.future) }

    func channel(named name: ChannelName) -> ConfiguredChannel? { channels.first { $0.name == name } }

    /// The channel of a rule; nil where the job has none of that name.
    func channel(of rule: Rule) -> ConfiguredChannel? { channels.first { $0.name == rule.channel } }

    /// What tells this job from another of the same name.
    var jobSource: JobSource { JobSource(identity: SourceKinds.identity(of: definition), file: file) }

    /// The channels that send mail.
    var mailChannels: [ChannelName] { channels.filter(\.sendsMail).map(\.name) }
    /// The channels that send something else.
    var otherChannels: [ChannelName] { channels.filter { !$0.sendsMail }.map(\.name) }

    /// Whether a rule sends mail to the people who are registered.
    var mailsAttendees: Bool {
        table.rules.contains { rule in
            guard rule.audience.isRegistered, case .mail? = channel(of: rule)?.format else { return false }
            return true
        }
    }

    func renderer(at now: Instant) -> MessageRenderer {
        MessageRenderer(
            templates: templates, job: name, defaultZone: definition.defaultZone,
            defaultLanguage: definition.defaultLanguage, now: now, zones: zones)
    }

    /// The UID of a session in every calendar object, which never changes.
    package func calendarUID(of session: SessionKey) -> String { SessionUID.text(session) }

    /// Closes the connections of all channels.
    package func close() async {
        for channel in channels { await channel.close() }
    }

    /// What the job consists of, in one line for a person.
    package var summary: String {
        func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        return [
            "source \(definition.source.kind)", counted(channels.count, "channel"), counted(table.rules.count, "rule"),
            counted(publications.count, "publication"),
        ].joined(separator: ", ")
    }
}

internal import FoundationEssentials
internal import ICalendar
package import UsherJob
internal import UsherLedger
package import UsherModel
internal import UsherPlan
internal import UsherPublishers
internal import UsherRender
internal import UsherSources

/// What is wrong with a job or its templates.
package struct AssemblyError: Error, Sendable, CustomStringConvertible {
    /// One line each.
    package let problems: [String]

    /// One problem a line.
    package var description: String { problems.joined(separator: "\n") }
}

/// A channel of a job, ready to send.
struct ConfiguredChannel: Sendable {
    let name: ChannelName
    let channel: any Channel
    let rate: Rate?
    let inDoubt: ChannelNode.InDoubt
}

/// A job with the kinds it names, all built and checked; nothing has been fetched or sent.
package struct Assembly: Sendable {
    /// The job.
    package let job: Job
    /// What a person should know, and that stops nothing.
    package let warnings: [String]
    /// Every secret that a kind will ask for, and where the job names it.
    let references: [(reference: SecretReference, node: JobNode)]
    let table: RuleTable
    let source: any Source
    let channels: [ConfiguredChannel]
    let publications: [PublicationPlan]
    let inbox: InboxReader?
    let templates: TemplateSet
    let zones: TimeZoneDatabase
    /// The environment, the clock, and what else kinds take from the world around them.
    package let surroundings: Surroundings

    /// The job's name in the ledger: what is diverted is kept apart from what is real.
    package var ledgerName: String { table.job }

    /// The ledger's path.
    package var ledgerPath: String { job.ledger }

    /// Reads a job file and builds what it names.
    ///
    /// - Parameters:
    ///   - file: The job file.
    ///   - surroundings: The environment, the clock, and what else kinds take from the world around them.
    /// - Throws: ``AssemblyError`` with everything that is wrong.
    package init(job file: String, _ surroundings: Surroundings) throws(AssemblyError) {
        let zones = TimeZoneDatabase()
        let job = try Self.read(file, zones: zones)
        let problems = JobProblems()
        let source = SourceKinds.make(job, problems, zones: zones, surroundings)
        let channels = job.channels.compactMap { Self.station($0, job, problems, surroundings) }
        let publications = job.publications.compactMap { PublicationKinds.make($0, job, problems, zones: zones) }
        let inbox = Self.inbox(job, problems, surroundings)
        Self.check(job, source, channels, problems)
        Self.checkDiversion(job, channels, problems)
        var texts = problems.errors.sorted { $0.position < $1.position }.map(\.description)
        let templates = Self.templates(job, channels, publications, &texts)
        guard texts.isEmpty, let source, let templates else { throw AssemblyError(problems: texts) }
        (self.job, self.source, self.channels, self.publications) = (job, source, channels, publications)
        (self.templates, self.zones, self.surroundings) = (templates, zones, surroundings)
        self.inbox = inbox
        table = RuleTable(job: Self.ledgerName(of: job), rules: job.rules.map(\.rule))
        references = problems.references
        warnings = (job.warnings + problems.warnings).map(\.description)
    }

    private static func read(_ file: String, zones: TimeZoneDatabase) throws(AssemblyError) -> Job {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw AssemblyError(problems: ["\(file): the job file cannot be read. Check the path"])
        }
        do throws(JobErrors) {
            return try Job(Array(data), file: file) { GraphDecoder.isKnown($0, in: zones) }
        } catch {
            throw AssemblyError(problems: error.problems.map(\.description))
        }
    }

    private static func ledgerName(of job: Job) -> String {
        guard let divert = job.divert else { return job.name }
        return [job.name, "diverted", divert.mail?.text, divert.webhook].compactMap { $0 }.joined(separator: " ")
    }

    private static func station(
        _ node: ChannelNode, _ job: Job, _ problems: JobProblems, _ surroundings: Surroundings
    ) -> ConfiguredChannel? {
        ChannelKinds.make(node, job, problems, surroundings).map {
            ConfiguredChannel(name: node.name, channel: $0, rate: node.rate, inDoubt: node.inDoubt)
        }
    }

    private static func inbox(_ job: Job, _ problems: JobProblems, _ surroundings: Surroundings) -> InboxReader? {
        guard let node = job.inbox, let options = InboxOptions(node, problems, folder: job.folder) else { return nil }
        return MailSignIns.make(options.authentication, node, job, problems, surroundings).map {
            InboxReader(options, signIn: $0)
        }
    }

    /// What is diverted must reach no one: each channel needs its own place.
    private static func checkDiversion(_ job: Job, _ channels: [ConfiguredChannel], _ problems: JobProblems) {
        guard let divert = job.divert else { return }
        for node in job.channels {
            guard let configured = channels.first(where: { $0.name == node.name }) else { continue }
            switch configured.channel.format {
            case .mail where divert.mail == nil:
                problems.error(
                    node.kind.node, "mail that divert says nothing of: it would reach real people",
                    expected: "divert: {mail: ADDRESS}")
            case .payload where divert.webhook == nil && node.kind.kind == "webhook":
                problems.error(
                    node.kind.node, "a webhook that divert says nothing of: it would be called",
                    expected: "divert: {webhook: URL}")
            case .mail, .payload: continue
            }
        }
    }

    /// What only shows once kinds and rules stand side by side.
    private static func check(
        _ job: Job, _ source: (any Source)?, _ channels: [ConfiguredChannel], _ problems: JobProblems
    ) {
        for placed in job.rules {
            switch placed.rule.audience {
            case .attended, .absent:
                if source?.hasAttendance != false { continue }
                problems.error(
                    placed.node, "to: \(placed.rule.audience.label) with a source of kind \(job.source.kind)",
                    expected: "a source that has attendance reports")
            case .channel:
                guard case .mail? = channels.first(where: { $0.name == placed.rule.channel })?.channel.format else {
                    continue
                }
                problems.error(
                    placed.node, "to: channel via \(placed.rule.channel), which sends mail",
                    expected: "attendees, {addresses: […]} or {csv: PATH}: mail needs an address")
            case .attendees, .addresses, .csv: continue
            }
        }
    }

    private static func templates(
        _ job: Job, _ channels: [ConfiguredChannel], _ publications: [PublicationPlan], _ texts: inout [String]
    ) -> TemplateSet? {
        let names: TemplateSet.Names
        do throws(TemplateErrors) {
            names = try TemplateSet.names(folder: job.templates)
        } catch {
            texts += error.problems.map(\.description)
            return nil
        }
        var mails: Set<String> = []
        var payloads: Set<String> = []
        for placed in job.rules {
            let template = placed.rule.template
            switch channels.first(where: { $0.name == placed.rule.channel })?.channel.format {
            case .mail where names.mails.contains(template): mails.insert(template)
            case .payload where names.payloads.contains(template): payloads.insert(template)
            case .mail: texts.append(missing(template, placed, names.mails))
            case .payload: texts.append(missing(template, placed, names.payloads))
            case nil: continue
            }
        }
        let pages = publications.compactMap { plan -> String? in
            switch plan {
            case .calendar, .collection, .news: nil
            case .page(let options): options.template
            }
        }
        do throws(TemplateErrors) {
            return try TemplateSet(folder: job.templates, mails: mails, payloads: payloads, pages: Set(pages))
        } catch {
            texts += error.problems.map(\.description)
            return nil
        }
    }

    private static func missing(_ template: String, _ placed: RuleNode, _ names: [String]) -> String {
        JobProblem(
            position: placed.node.position, path: placed.node.path,
            problem: "the template \"\(template)\", which is not there",
            expected: names.joined(separator: ", ")
        ).description
    }

    // MARK: What the stages ask

    func window(at now: Instant) -> Window { Window(from: now - job.past, until: now + job.future) }

    func audiences(of event: EventID) -> [AudienceGroup] { AudienceGroup.groups(of: table.rules, event: event) }

    /// A tag of everyone who could be due something in sessions of an event; nil where a change could go unseen.
    func attendeesTag(of event: EventID) async -> String? {
        var parts: [String] = []
        for group in audiences(of: event) {
            let tag: String? =
                switch group.members {
                case .registered(let event): await source.attendeesTag(of: event)
                case .csv(let path): AttendeeTable.tag(of: path, readAt: surroundings.clock.now())
                case .channel, .addresses: "constant"
                }
            guard let tag else { return nil }
            parts.append(tag)
        }
        return Digest.hex(of: parts)
    }

    func pages(of list: EventID, _ group: AudienceGroup) async throws(SourceError) -> any AttendeePages {
        switch group.members {
        case .registered(let event): try await source.attendees(of: event)
        case .csv(let path): try AttendeeTable(list: path, as: list, zones: zones)
        case .addresses(let addresses): ListedAddresses(addresses, list: list)
        case .channel: ListedAddresses([], list: list)
        }
    }

    /// Whether a rule mails those who are registered.
    var mailsAttendees: Bool {
        table.rules.contains { rule in
            guard rule.audience.isRegistered,
                case .mail? = channels.first(where: { $0.name == rule.channel })?.channel.format
            else { return false }
            return true
        }
    }

    func renderer(at now: Instant) -> MessageRenderer {
        MessageRenderer(
            templates: templates, job: job.name, defaultZone: job.defaultZone, defaultLanguage: job.defaultLanguage,
            now: now, zones: zones)
    }
}

/// The addresses of a rule, as pages.
private final class ListedAddresses: AttendeePages {
    private var rest: ArraySlice<Address>
    private let list: EventID

    init(_ addresses: [Address], list: EventID) {
        (rest, self.list) = (addresses[...], list)
    }

    func next() async throws(SourceError) -> AttendeePage? {
        guard !rest.isEmpty else { return nil }
        let page = rest.prefix(Limits.pageAttendees)
        rest = rest.dropFirst(Limits.pageAttendees)
        let attendees = page.map { address in
            UsherModel.Attendee(registration: RegistrationID(rawValue: address.text), event: list, address: address)
        }
        return AttendeePage(attendees: attendees, problems: [])
    }
}

extension Assembly {
    /// What the job has, in a few words.
    package var summary: String {
        func counted(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        return [
            "source \(job.source.kind)", counted(channels.count, "channel"), counted(table.rules.count, "rule"),
            counted(publications.count, "publication"),
        ].joined(separator: ", ")
    }
}

extension Assembly {
    /// The UID of a session in every calendar object, for ever.
    package func calendarUID(of session: SessionKey) -> String { SessionUID.text(session) }
}

internal import UsherCredentials
internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// Brings calendars, pages and feeds up to date from what the ledger remembers.
struct PublishStage {
    let job: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings

    /// The artifacts of a publication one after the other, each rendered when it is asked for; nil after the last.
    private typealias NextArtifact = () async throws(PublishError) -> Artifact?

    /// Publishes everything; a publication that fails is a problem in the report and does not stop the others.
    func run(_ report: inout RunReport) async {
        guard !job.publications.isEmpty else { return }
        let memories: [SessionMemory]
        let listing: ListingMemory
        var left: [Session] = []
        do throws(LedgerError) {
            guard let known = try await ledger.listing(job: job.ledgerName) else { return addUnread(&report) }
            listing = known
            let since = settings.now - FeedRenderer.memory
            let all = try await ledger.sessions(job: job.ledgerName, endingAfter: since - job.definition.past).values
            memories = all.filter { FeedRenderer.isShown($0, at: settings.now) }
            if job.publications.contains(where: \.isSplit) { left = try await leftBehind(all) }
        } catch {
            return report.add(error.problemCode, error.description)
        }
        for publication in job.publications {
            guard !settings.isStopping() else { continue }
            do throws(PublishError) {
                let before = report.published.count
                try await publish(publication, memories, left, listing, &report)
                // A link that an earlier run published was reported then.
                let isNews = report.published.dropFirst(before).contains { $0.outcome != .unchanged }
                if isNews, let exposure = publication.exposure(of: memories.map(\.session)) {
                    report.notes.append(exposure)
                }
            } catch {
                report.add(error.problemCode, error.description)
            }
        }
    }

    /// Says that nothing is published: what would be is not what the source holds.
    private func addUnread(_ report: inout RunReport) {
        let text = "nothing was published: the source has not been read completely since this ledger was created"
        if settings.scope == .publish {
            report.add(.sourceUnreachable, "\(text). Run the job without --only publish first")
        } else {
            report.notes.append(text)
        }
    }

    /// What sessions were at earlier revisions, and those that are not shown: a part of a publication may still hold them.
    private func leftBehind(_ all: some Sequence<SessionMemory>) async throws(LedgerError) -> [Session] {
        var left: [Session] = []
        for memory in all {
            if memory.revision > 0 { left += try await ledger.earlier(job: job.ledgerName, memory.session.key) }
            if !FeedRenderer.isShown(memory, at: settings.now) { left.append(memory.session) }
        }
        return left
    }

    private func publish(
        _ publication: PublicationPlan, _ memories: [SessionMemory], _ left: [Session], _ listing: ListingMemory,
        _ report: inout RunReport
    ) async throws(PublishError) {
        guard let next = artifacts(of: publication, memories, left, &report) else { return }
        let options = publication.destination
        guard !options.isRemote || !isDiverted(&report) else { return }
        let destination = try await DestinationKinds.make(options, secrets: job.secrets)
        let memory = LedgerMemory(
            ledger: ledger, job: job.ledgerName, now: settings.now,
            replacesUnknown: options.replaces || !options.isRemote && listing.replacesFiles)
        let writer = PublicationWriter(destination, memory: memory, isStopping: settings.isStopping)
        var result = PublicationWriter.Result()
        do throws(PublishError) {
            try await writer.publish(next, into: &result)
        } catch {
            result.add(error)
        }
        await destination.close()
        report.add(publication, result)
    }

    private func isDiverted(_ report: inout RunReport) -> Bool {
        guard job.definition.divert != nil else { return false }
        let note = "nothing was published to URLs: this job is diverted"
        if !report.notes.contains(note) { report.notes.append(note) }
        return true
    }

    // MARK: Artifacts

    /// What a publication consists of; nil, and a problem in the report, where its template cannot be rendered.
    private func artifacts(
        of publication: PublicationPlan, _ memories: [SessionMemory], _ left: [Session], _ report: inout RunReport
    ) -> NextArtifact? {
        switch publication {
        case .calendar(let options, let feed) where options.division.split == .attendee:
            return personalFeeds(options, feed, memories)
        case .calendar(let options, let feed):
            let url = options.source.map { Division($0, options.division.split) }
            return parts(of: options.division, memories, left, feed.options.form.mediaType) { items, part in
                feed.fetched(from: url?.location(of: part)).render(items)
            }
        case .page(let options):
            return page(options, memories, &report).map { bytes in
                let page = Artifact(
                    location: options.destination.pattern, bytes: bytes, mediaType: "text/html; charset=utf-8")
                return Self.sequence([page])
            }
        case .news(let options, let feed):
            return parts(of: options.division, memories, left, feed.options.form.mediaType) {
                (items, part) throws(PublishError) in
                let location = options.division.split.map { _ in options.division.location(of: part) }
                do throws(RenderError) {
                    return try feed.render(items, part: location)
                } catch {
                    throw PublishError(
                        .cannotWrite, location: error.location, problem: error.problem, next: error.next)
                }
            }
        case .collection(let options, let feed):
            let objects = memories.map { memory in
                Artifact(
                    location: options.location(of: SessionUID.text(memory.session.key)), bytes: feed.render([memory]),
                    mediaType: FeedForm.iCalendar.mediaType)
            }
            return Self.sequence(objects.sorted { $0.location < $1.location })
        }
    }

    private static func sequence(_ artifacts: [Artifact]) -> NextArtifact {
        var rest = artifacts[...]
        return { () async throws(PublishError) in rest.popFirst() }
    }

    /// The parts of a publication, which may be a single one; those that lost all their sessions are published once more, empty.
    private func parts(
        of division: Division, _ memories: [SessionMemory], _ left: [Session], _ mediaType: String,
        _ render: @escaping (_ items: [SessionMemory], _ part: Division.Part) throws(PublishError) -> [UInt8]
    ) -> NextArtifact {
        var groups = division.groups(memories, of: \.session)[...]
        var emptied = Set(left.flatMap(division.parts)).subtracting(groups.map(\.part))
        return { () async throws(PublishError) in
            if let group = groups.popFirst() {
                return Artifact(
                    location: division.location(of: group.part), bytes: try render(group.items, group.part),
                    mediaType: mediaType)
            }
            while let part = emptied.popFirst() {
                let location = division.location(of: part)
                // What this ledger never published there is not its to empty.
                guard try await isPublished(location) else { continue }
                return Artifact(location: location, bytes: try render([], part), mediaType: mediaType)
            }
            return nil
        }
    }

    private func isPublished(_ location: String) async throws(PublishError) -> Bool {
        do throws(LedgerError) {
            return try await ledger.publication(job: job.ledgerName, location: location) != nil
        } catch {
            throw PublishError(error)
        }
    }

    /// The secret is fetched with the first feed, so that a job that is diverted does not need it.
    private func personalFeeds(
        _ options: CalendarOptions, _ feed: FeedRenderer, _ memories: [SessionMemory]
    ) -> NextArtifact {
        var feeds: PersonalFeeds?
        return { () async throws(PublishError) in
            if feeds == nil {
                feeds = try await PersonalFeeds(options, feed, memories, job: job, ledger: ledger)
            }
            return try await feeds?.next()
        }
    }

    // MARK: The page

    private func page(_ options: PageOptions, _ memories: [SessionMemory], _ report: inout RunReport) -> [UInt8]? {
        var settings = PageSettings(
            template: options.template, title: options.title ?? job.definition.name,
            language: options.language ?? job.definition.defaultLanguage, calendarURL: options.calendarURL,
            joinLinks: options.joinLinks, icsName: icsNames(beside: options.destination.pattern))
        (settings.pageURL, settings.description, settings.image) = (options.pageURL, options.description, options.image)
        settings.feeds = job.publications.compactMap { plan in
            guard case .news(let options, let feed) = plan, let url = options.feedURL else { return nil }
            return .init(mediaType: feed.options.form.feedType, url: url, title: feed.options.title)
        }
        do throws(RenderError) {
            let page = try PageRenderer(settings, templates: job.templates, zones: job.zones)
            return try page.render(memories, now: self.settings.now)
        } catch {
            report.add(.badJob, error.description)
            return nil
        }
    }

    /// The file name of a session's own calendar, if the job publishes one into the folder of the page.
    private func icsNames(beside page: String) -> @Sendable (SessionKey) -> String? {
        let folder = Self.folder(of: page)
        let patterns = job.publications.compactMap { plan -> String? in
            guard case .calendar(let options, _) = plan, options.division.split == .session,
                Self.folder(of: options.division.pattern) == folder
            else { return nil }
            return String(options.division.pattern.dropFirst(folder.count))
        }
        guard let pattern = patterns.first else { return { _ in nil } }
        return { key in Division(pattern, .session).location(of: key).replacing("%", with: "%25") }
    }

    private static func folder(of path: String) -> Substring {
        path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]
    }
}

extension RunReport {
    /// Adds the outcomes of a publication: each location where there are few, totals where there are many.
    fileprivate mutating func add(_ publication: PublicationPlan, _ result: PublicationWriter.Result) {
        if publication.isCollection || result.isCounted {
            add(publication, result.counts)
        } else {
            published += result.published
        }
        for problem in result.problems { add(problem.problemCode, problem.description) }
        if result.isHopeless { notes.append("\(publication.location): the rest was left to the next run") }
    }

    private mutating func add(_ publication: PublicationPlan, _ counts: [PublishOutcome: Int]) {
        for outcome in PublishOutcome.allCases {
            guard let count = counts[outcome], count > 0 else { continue }
            published.append(.init(location: publication.location, outcome: outcome, count: count))
        }
    }
}

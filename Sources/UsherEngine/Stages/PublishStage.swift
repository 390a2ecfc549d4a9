internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// Brings calendars and pages up to date from what the ledger remembers.
struct PublishStage {
    let assembly: ConfiguredJob
    let ledger: any Ledger
    let settings: RunSettings

    /// Publishes everything; what cannot be published is a finding and stops nothing else.
    func run(_ report: inout RunReport) async {
        guard !assembly.publications.isEmpty else { return }
        let memories: [SessionMemory]
        do throws(LedgerError) {
            let since = settings.now - FeedRenderer.memory
            memories = try await ledger.sessions(job: assembly.ledgerName, endingAfter: since - assembly.job.past)
                .values
                .filter { FeedRenderer.isShown($0, at: settings.now) }
        } catch {
            return report.add(error.finding, error.description)
        }
        for publication in assembly.publications {
            guard !settings.isStopping() else { continue }
            do throws(PublishError) {
                let before = report.published.count
                try await publish(publication, memories, &report)
                // What is in public since an earlier run was said then.
                let isNews = report.published.dropFirst(before).contains { $0.outcome != .unchanged }
                if isNews, let exposure = publication.exposure(of: memories.map(\.session)) {
                    report.notes.append(exposure)
                }
            } catch {
                report.add(error.finding, error.description)
            }
        }
    }

    private func publish(
        _ publication: PublicationPlan, _ memories: [SessionMemory], _ report: inout RunReport
    ) async throws(PublishError) {
        switch publication {
        case .calendar(let options, let feed):
            try await withWriter(options.destination, publication, &report) { writer, result throws(PublishError) in
                guard options.division.split == .attendee else {
                    let next = parts(of: options.division, memories, feed.options.form.mediaType) { part, _ in
                        feed.render(part)
                    }
                    return await writer.publish(next, into: &result)
                }
                try await PersonalFeeds(options, feed, memories, assembly: assembly, ledger: ledger)
                    .publish(with: writer, into: &result)
            }
        case .page(let options):
            guard let bytes = page(options, memories, &report) else { return }
            try await withWriter(options.destination, publication, &report) { writer, result throws(PublishError) in
                var item: PublicationWriter.Item? = PublicationWriter.Item(
                    location: options.destination.text, bytes: bytes, mediaType: "text/html; charset=utf-8")
                await writer.publish(
                    {
                        defer { item = nil }
                        return item
                    }, into: &result)
            }
        case .news(let options, let feed):
            try await withWriter(options.destination, publication, &report) { writer, result throws(PublishError) in
                let form = feed.options.form
                await writer.publish(
                    parts(of: options.division, memories, form.mediaType) { (part, location) throws(PublishError) in
                        do throws(RenderError) {
                            return try feed.render(part, part: options.division.split == nil ? nil : location)
                        } catch {
                            throw PublishError(
                                .cannotWrite, location: error.location, problem: error.problem, next: error.next)
                        }
                    }, into: &result)
            }
        case .collection(let options, let feed): try await publish(options, feed, memories, publication, &report)
        }
    }

    /// The parts of a publication, one after the other, each rendered when it is asked for.
    private func parts(
        of division: Division, _ memories: [SessionMemory], _ mediaType: String,
        _ render: @escaping (_ part: [SessionMemory], _ location: String) throws(PublishError) -> [UInt8]
    ) -> () throws(PublishError) -> PublicationWriter.Item? {
        var groups = division.groups(memories, of: \.session)[...]
        return { () throws(PublishError) in
            guard let group = groups.popFirst() else { return nil }
            return PublicationWriter.Item(
                location: group.location, bytes: try render(group.items, group.location), mediaType: mediaType)
        }
    }

    // MARK: The page

    private func page(_ options: PageOptions, _ memories: [SessionMemory], _ report: inout RunReport) -> [UInt8]? {
        var settings = PageSettings(
            template: options.template, title: options.title ?? assembly.job.name,
            language: options.language ?? assembly.job.defaultLanguage, calendarURL: options.calendarURL,
            joinLinks: options.joinLinks, icsName: icsNames(beside: options.destination.text))
        (settings.pageURL, settings.description, settings.image) = (options.pageURL, options.description, options.image)
        settings.feeds = assembly.publications.compactMap { plan in
            guard case .news(let options, let feed) = plan, let url = options.feedURL else { return nil }
            return .init(mediaType: feed.options.form.feedType, url: url, title: feed.options.title)
        }
        do throws(RenderError) {
            let page = try PageRenderer(settings, templates: assembly.templates, zones: assembly.zones)
            return try page.render(memories, now: self.settings.now)
        } catch {
            report.add(.badJob, error.description)
            return nil
        }
    }

    /// The name of a session's own calendar, where one is published into the folder of the page.
    private func icsNames(beside page: String) -> @Sendable (SessionKey) -> String? {
        let folder = Self.folder(of: page)
        let patterns = assembly.publications.compactMap { plan -> String? in
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

    // MARK: A calendar collection

    private func publish(
        _ options: CollectionOptions, _ feed: FeedRenderer, _ memories: [SessionMemory], _ publication: PublicationPlan,
        _ report: inout RunReport
    ) async throws(PublishError) {
        guard !isDiverted(&report) else { return }
        let site = try CollectionPublisher(
            options, prodID: FeedRenderer.prodID, secrets: secrets, memory: memory)
        let objects = memories.map { memory in
            CalendarObject(uid: SessionUID.text(memory.session.key), bytes: feed.render([memory]))
        }
        do throws(PublishError) {
            let outcome = try await site.publish(objects, isStopping: settings.isStopping)
            report.add(publication, outcome.counts)
            for problem in outcome.problems { report.add(problem.finding, problem.description) }
            await site.finish()
        } catch {
            await site.finish()
            throw error
        }
    }

    // MARK: Where it goes

    private var secrets: SecretStore {
        SecretStore(environment: assembly.surroundings.environment, folder: assembly.job.folder)
    }

    private var memory: LedgerMemory {
        LedgerMemory(ledger: ledger, job: assembly.ledgerName, now: settings.now)
    }

    private func isDiverted(_ report: inout RunReport) -> Bool {
        guard assembly.job.divert != nil else { return false }
        let note = "nothing was published to URLs: this job is diverted"
        if !report.notes.contains(note) { report.notes.append(note) }
        return true
    }

    /// Lets a publication's bytes be put to where it goes, ends the connections to it, and reports.
    private func withWriter(
        _ destination: PublicationDestination, _ publication: PublicationPlan, _ report: inout RunReport,
        _ work: (PublicationWriter, inout PublicationWriter.Result) async throws(PublishError) -> Void
    ) async throws(PublishError) {
        var site: HTTPPublisher?
        if case .url(let url) = destination {
            guard !isDiverted(&report) else { return }
            site = try HTTPPublisher(url, secrets: secrets)
        }
        var result = PublicationWriter.Result()
        do throws(PublishError) {
            try await work(
                PublicationWriter(site: site, memory: memory, isStopping: settings.isStopping), &result)
        } catch {
            result.problems.append(error)
        }
        await site?.finish()
        report.add(publication, result)
    }
}

extension RunReport {
    /// Adds what became of a publication: place by place where there are few, counted where there are many.
    fileprivate mutating func add(_ publication: PublicationPlan, _ result: PublicationWriter.Result) {
        if result.isCounted { add(publication, result.counts) } else { published += result.published }
        for problem in result.problems { add(problem.finding, problem.description) }
        if result.isHopeless { notes.append("\(publication.location): the rest was left to the next run") }
    }

    fileprivate mutating func add(_ publication: PublicationPlan, _ counts: [Published: Int]) {
        for outcome in Published.allCases {
            guard let count = counts[outcome], count > 0 else { continue }
            published.append(.init(location: publication.location, outcome: outcome, count: count))
        }
    }
}

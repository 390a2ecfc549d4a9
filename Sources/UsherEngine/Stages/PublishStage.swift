internal import UsherJob
internal import UsherLedger
internal import UsherModel
internal import UsherPublishers
internal import UsherRender

/// Brings calendars and pages up to date from what the ledger remembers.
struct PublishStage {
    let assembly: Assembly
    let ledger: Ledger
    let settings: RunSettings
    private let files = FilePublisher()

    init(assembly: Assembly, ledger: Ledger, settings: RunSettings) {
        (self.assembly, self.ledger, self.settings) = (assembly, ledger, settings)
    }

    /// Publishes everything; what cannot be published is a finding and stops nothing else.
    func run(_ report: inout RunReport) async {
        guard !assembly.publications.isEmpty else { return }
        let memories: [SessionMemory]
        do throws(LedgerError) {
            let since = settings.now - FeedRenderer.memory
            memories = try ledger.sessions(job: assembly.ledgerName, endingAfter: since - assembly.job.past).values
                .filter { FeedRenderer.isShown($0, at: settings.now) }
        } catch {
            return report.add(error.finding, error.description)
        }
        for publication in assembly.publications {
            if let exposure = publication.exposure(of: memories.map(\.session)) { report.notes.append(exposure) }
            switch publication {
            case .calendar(let options, let feed): await publish(options, feed, memories, &report)
            case .page(let options): await publish(options, memories, &report)
            }
        }
    }

    private func publish(
        _ options: CalendarOptions, _ feed: FeedRenderer, _ memories: [SessionMemory], _ report: inout RunReport
    ) async {
        let groups: [String: [SessionMemory]] =
            switch options.split {
            case nil: [options.destination.text: memories]
            case .session, .event:
                Dictionary(grouping: memories) { Self.place(options.destination.text, $0.session.key) }
            }
        await publish(to: options.destination, &report) { site, report in
            for (place, group) in groups.sorted(by: { $0.key < $1.key }) {
                await put(feed.render(group), feed.options.form.mediaType, at: place, site, &report)
            }
        }
    }

    private func publish(_ options: PageOptions, _ memories: [SessionMemory], _ report: inout RunReport) async {
        let settings = PageSettings(
            template: options.template, title: options.title ?? assembly.job.name,
            language: options.language ?? assembly.job.defaultLanguage, calendarURL: options.calendarURL,
            joinLinks: options.joinLinks, icsName: icsNames(beside: options.destination.text))
        do throws(RenderError) {
            let page = try PageRenderer(settings, templates: assembly.templates, zones: assembly.zones)
            let bytes = try page.render(memories, now: self.settings.now)
            await publish(to: options.destination, &report) { site, report in
                await put(bytes, "text/html; charset=utf-8", at: options.destination.text, site, &report)
            }
        } catch {
            report.add(.badJob, error.description)
        }
    }

    /// The name of a session's own calendar, where one is published into the folder of the page.
    private func icsNames(beside page: String) -> @Sendable (SessionKey) -> String? {
        let folder = Self.folder(of: page)
        let patterns = assembly.publications.compactMap { plan -> String? in
            guard case .calendar(let options, _) = plan, options.split == .session,
                Self.folder(of: options.destination.text) == folder
            else { return nil }
            return String(options.destination.text.dropFirst(folder.count))
        }
        guard let pattern = patterns.first else { return { _ in nil } }
        return { key in Self.place(pattern, key).replacing("%", with: "%25") }
    }

    private static func folder(of path: String) -> Substring {
        path[..<(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)]
    }

    /// Fills in the ids, so that they are one part of a path whatever they hold.
    static func place(_ pattern: String, _ key: SessionKey) -> String {
        pattern.replacing("{session.id}", with: FileNamePart.of(key.session.rawValue))
            .replacing("{event.id}", with: FileNamePart.of(key.event.rawValue))
    }

    /// Lets a publication's bytes be put to where it goes, and ends the connections to it.
    private func publish(
        to destination: PublicationDestination, _ report: inout RunReport,
        _ put: (HTTPPublisher?, inout RunReport) async -> Void
    ) async {
        switch destination {
        case .file: await put(nil, &report)
        case .url(let url):
            guard assembly.job.divert == nil else {
                return report.notes.append("nothing was published to URLs: this job is diverted")
            }
            let secrets = SecretStore(
                environment: assembly.surroundings.environment, folder: assembly.job.folder)
            do throws(PublishError) {
                let site = try HTTPPublisher(url, secrets: secrets)
                await put(site, &report)
                await site.finish()
            } catch {
                report.add(error.finding, error.description)
            }
        }
    }

    private func put(
        _ bytes: [UInt8], _ mediaType: String, at place: String, _ site: HTTPPublisher?, _ report: inout RunReport
    ) async {
        do throws(PublishError) {
            guard let site else {
                let outcome = try await files.publish(bytes, mediaType: mediaType, to: place)
                return report.published.append(.init(place: place, outcome: outcome))
            }
            let known = try known(place)
            let (outcome, mark) = try await site.publish(bytes, mediaType: mediaType, to: place, known: known)
            if mark != known { try remember(mark, place) }
            // Never the query, which may be a key.
            report.published.append(.init(place: String(place.prefix { $0 != "?" }), outcome: outcome))
        } catch {
            report.add(error.finding, error.description)
        }
    }

    private func known(_ place: String) throws(PublishError) -> PublishedMark? {
        do throws(LedgerError) {
            return try ledger.publication(job: assembly.ledgerName, place: place)
        } catch {
            throw PublishError(.cannotWrite, place: error.place, found: error.found, next: error.next)
        }
    }

    private func remember(_ mark: PublishedMark, _ place: String) throws(PublishError) {
        do throws(LedgerError) {
            try ledger.remember(mark, job: assembly.ledgerName, place: place, now: settings.now)
        } catch {
            throw PublishError(.cannotWrite, place: error.place, found: error.found, next: error.next)
        }
    }
}

/// A text from outside as one part of a file name.
enum FileNamePart {
    /// Letters, digits and `-_.@` stay; every other octet is percent-encoded; a leading dot as well; long ones end in a digest.
    static func of(_ text: String) -> String {
        var name = ""
        for byte in text.utf8 {
            let isPlain = (48...57).contains(byte) || (97...122).contains(byte | 32) || "-_@".utf8.contains(byte)
            if isPlain || byte == UInt8(ascii: ".") && !name.isEmpty {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return name.utf8.count <= 150 ? name : "\(name.prefix(100))-\(Digest.hex(of: [text]).prefix(32))"
    }
}

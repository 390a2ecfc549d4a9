internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender
internal import UsherSources

/// A publication of a job, ready to be rendered and published.
enum PublicationPlan: Sendable {
    /// A calendar, in one file or several.
    case calendar(CalendarOptions, FeedRenderer)
    /// A page.
    case page(PageOptions)
    /// A calendar collection, with one object for each session.
    case collection(CollectionOptions, FeedRenderer)
    /// A feed for news readers, in one file or several.
    case news(NewsOptions, NewsFeed)

    /// Where it goes.
    var destination: DestinationOptions {
        switch self {
        case .calendar(let options, _): options.destination
        case .page(let options): options.destination
        case .collection(let options, _): .collection(options)
        case .news(let options, _): options.destination
        }
    }

    /// Where it goes, for people: without the query, which may be a key.
    var location: String { String(destination.pattern.prefix { $0 != "?" }) }

    /// Whether it is a collection of objects, which are counted and not named in reports.
    var isCollection: Bool {
        switch self {
        case .collection: true
        case .calendar, .page, .news: false
        }
    }

    /// Whether it has a file or URL for each part of the sessions, where sessions may move from part to part.
    var isSplit: Bool {
        switch self {
        case .calendar(let options, _): options.division.split != nil
        case .news(let options, _): options.division.split != nil
        case .page, .collection: false
        }
    }

    /// Whether it carries join links.
    private var joinLinks: Bool {
        switch self {
        case .calendar(let options, _): options.joinLinks
        case .page(let options): options.joinLinks
        case .collection(let options, _): options.joinLinks
        case .news(let options, _): options.joinLinks
        }
    }

    /// Whether only the attendees themselves can find it.
    private var isPersonal: Bool {
        switch self {
        case .calendar(let options, _): options.division.split == .attendee
        case .page, .collection, .news: false
        }
    }

    /// A warning that the publication carries join links of sessions for the organization only; nil where it carries none.
    ///
    /// Anyone who finds such a link can try to join.
    func exposure(of sessions: some Sequence<Session>) -> String? {
        guard joinLinks, !isPersonal else { return nil }
        let internals = sessions.filter { $0.audience == .organization && $0.joinURL != nil }
        guard let first = internals.min(by: { ($0.start, $0.key) < ($1.start, $1.key) }) else { return nil }
        let rest = internals.count > 1 ? " and \(internals.count - 1) more" : ""
        return
            "\(location) carries join links of sessions that are for the organization only: \"\(first.subject)\" "
            + "(\(first.key))\(rest). Set join-links: false, or publish where only the organization reads"
    }
}

/// The kinds of publication there are: the only list.
enum PublicationKinds {
    /// The kinds a job file may name.
    static let names = ["calendar", "page", "caldav", "atom", "json-feed"]

    /// Builds a publication from its node of the job file; nil, and a problem, where it is wrong.
    static func make(
        _ kind: KindNode, _ job: Job, _ problems: JobProblems, zones: TimeZoneDatabase, words: WordSet
    ) -> PublicationPlan? {
        let isZone = { (name: String) in zones.contains(name) }
        switch kind.kind {
        case "calendar":
            guard let options = CalendarOptions(kind, problems, folder: job.folder, isZone: isZone) else { return nil }
            check(options, kind, job, problems)
            return renderer(feed(options, job), zone: options.zone, kind, problems, zones, words)
                .map { .calendar(options, $0) }
        case "page":
            return PageOptions(kind, problems, folder: job.folder).map { .page($0) }
        case "caldav":
            guard let options = CollectionOptions(kind, problems, folder: job.folder, isZone: isZone) else {
                return nil
            }
            // The name and the color belong to the collection, not to its objects.
            var feed = FeedOptions(
                name: nil, description: nil, color: nil, refresh: nil, source: nil, joinLinks: options.joinLinks,
                language: options.language ?? job.defaultLanguage)
            feed.alarm = options.alarm
            return renderer(feed, zone: options.zone, kind, problems, zones, words).map { .collection(options, $0) }
        case "atom", "json-feed":
            return NewsOptions(kind, problems, folder: job.folder).map { news($0, kind, job, zones, words) }
        default:
            problems.error(kind.node, "the kind \"\(kind.kind.prefix(40))\"", expected: names.joined(separator: ", "))
            return nil
        }
    }

    /// Personal feeds are made for the people on the lists that the rules read.
    private static func check(_ options: CalendarOptions, _ kind: KindNode, _ job: Job, _ problems: JobProblems) {
        let readsLists = job.rules.contains { placed in
            switch placed.rule.audience {
            case .attendees, .attended, .absent, .addresses, .csv: true
            case .channel: false
            }
        }
        if options.division.split == .attendee, !readsLists {
            problems.error(
                kind.node, "a feed for each attendee, and no rule to: attendees",
                expected: "such a rule: personal feeds are those of the people whom the rules reach")
        }
    }

    private static func news(
        _ options: NewsOptions, _ kind: KindNode, _ job: Job, _ zones: TimeZoneDatabase, _ words: WordSet
    ) -> PublicationPlan {
        .news(
            options,
            NewsFeed(
                NewsFeedOptions(
                    form: kind.kind == "atom" ? .atom : .jsonFeed, title: options.title ?? job.name,
                    description: options.description, homeURL: options.homeURL, feedURL: options.feedURL,
                    joinLinks: options.joinLinks, language: options.language ?? job.defaultLanguage), words: words,
                zones: zones))
    }

    private static func feed(_ options: CalendarOptions, _ job: Job) -> FeedOptions {
        var feed = FeedOptions(
            name: options.name ?? (options.division.split == nil ? job.name : nil), description: options.description,
            color: options.color, refresh: options.refresh, source: options.source, joinLinks: options.joinLinks,
            language: options.language ?? job.defaultLanguage)
        (feed.alarm, feed.image, feed.form) = (options.alarm, options.image, options.isJCal ? .jCal : .iCalendar)
        return feed
    }

    private static func renderer(
        _ feed: FeedOptions, zone: String?, _ kind: KindNode, _ problems: JobProblems, _ zones: TimeZoneDatabase,
        _ words: WordSet
    ) -> FeedRenderer? {
        var feed = feed
        do throws(TimeZoneError) {
            feed.zone = try zone.map { name throws(TimeZoneError) in try NamedZone(name, in: zones) }
        } catch {
            problems.error(kind.node, error.description, expected: "utc, or an IANA zone such as Europe/Berlin")
            return nil
        }
        do throws(RenderError) {
            return try FeedRenderer(feed, words: words)
        } catch {
            problems.error(kind.node, error.description, expected: "a CSS3 color name such as steelblue")
            return nil
        }
    }
}

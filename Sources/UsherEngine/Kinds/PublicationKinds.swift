internal import ICalendar
internal import UsherJob
internal import UsherModel
internal import UsherPublishers
internal import UsherRender
internal import UsherSources

/// A publication of a job, ready to be rendered and published.
enum PublicationPlan: Sendable {
    /// A calendar, whole or divided.
    case calendar(CalendarOptions, FeedRenderer)
    /// A page.
    case page(PageOptions)

    /// What shows join links that are for the organization only; nil where it carries none.
    ///
    /// A link of the organization's in public invites everyone to knock.
    func exposure(of sessions: some Sequence<Session>) -> String? {
        let place: String
        switch self {
        case .calendar(let options, _):
            guard options.joinLinks else { return nil }
            place = options.destination.text
        case .page(let options):
            guard options.joinLinks else { return nil }
            place = options.destination.text
        }
        let internals = sessions.filter { $0.audience == .organization && $0.joinURL != nil }
        guard let first = internals.first else { return nil }
        let rest = internals.count > 1 ? " and \(internals.count - 1) more" : ""
        return
            "\(place.prefix { $0 != "?" }) carries join links of sessions that are for the organization only: \"\(first.subject)\" "
            + "(\(first.key))\(rest). Say join-links: false, or publish where only the organization reads"
    }
}

/// The kinds of publication there are: the only list.
enum PublicationKinds {
    /// All that a job file may name.
    static let names = ["calendar", "page"]

    /// Reads a publication; nil, and a problem, where it cannot.
    static func make(
        _ kind: KindNode, _ job: Job, _ problems: JobProblems, zones: TimeZoneDatabase
    ) -> PublicationPlan? {
        switch kind.kind {
        case "calendar":
            guard
                let options = CalendarOptions(
                    kind, problems, folder: job.folder, isZone: { GraphDecoder.isKnown($0, in: zones) })
            else { return nil }
            return calendar(options, kind, job, problems, zones)
        case "page":
            return PageOptions(kind, problems, folder: job.folder).map { .page($0) }
        default:
            problems.error(kind.node, "the kind \"\(kind.kind.prefix(40))\"", expected: names.joined(separator: " or "))
            return nil
        }
    }

    private static func calendar(
        _ options: CalendarOptions, _ kind: KindNode, _ job: Job, _ problems: JobProblems, _ zones: TimeZoneDatabase
    ) -> PublicationPlan? {
        var feed = FeedOptions(
            name: options.name ?? (options.split == nil ? job.name : nil), description: options.description,
            color: options.color, refresh: options.refresh, source: options.source, joinLinks: options.joinLinks,
            language: options.language ?? job.defaultLanguage)
        (feed.alarm, feed.image, feed.form) = (options.alarm, options.image, options.isJCal ? .jCal : .iCalendar)
        do throws(TimeZoneError) {
            feed.zone = try options.zone.map { name throws(TimeZoneError) in try NamedZone(name, in: zones) }
        } catch {
            problems.error(kind.node, error.description, expected: "utc, or an IANA zone such as Europe/Berlin")
            return nil
        }
        do throws(RenderError) {
            return .calendar(options, try FeedRenderer(feed))
        } catch {
            problems.error(kind.node, error.description, expected: "a CSS3 colour name such as steelblue")
            return nil
        }
    }
}

internal import ICalendar
package import UsherModel

/// The properties of a calendar feed.
package struct FeedOptions: Hashable, Sendable {
    /// The name that calendar programs show.
    package var name: String?
    /// What the calendar contains, for people.
    package var description: String?
    /// A CSS3 color name (RFC 7986 §5.9).
    package var color: String?
    /// How often clients should refresh it (RFC 7986 §5.7).
    package var refresh: Duration?
    /// Its URL (RFC 7986 §5.8).
    package var source: String?
    /// Whether it contains join links.
    package var joinLinks: Bool
    /// The language of its labels.
    package var language: LanguageTag
    /// The zone in whose local time starts and ends are written; nil is UTC.
    package var zone: NamedZone?
    /// How long before a start clients remind; nil is never.
    package var alarm: Duration?
    /// The URL of an image for the calendar (RFC 7986 §5.10).
    package var image: String?
    /// The format.
    package var form: FeedForm

    /// The options that every feed has; the others are set afterwards.
    package init(
        name: String?, description: String?, color: String?, refresh: Duration?, source: String?, joinLinks: Bool,
        language: LanguageTag
    ) {
        (self.name, self.description, self.color, self.refresh) = (name, description, color, refresh)
        (self.source, self.joinLinks, self.language) = (source, joinLinks, language)
        (zone, alarm, image, form) = (nil, nil, nil, .iCalendar)
    }
}

/// The format of a calendar.
package enum FeedForm: String, Hashable, Sendable, CaseIterable {
    /// iCalendar (RFC 5545), for calendar programs.
    case iCalendar = "icalendar"
    /// JSON (RFC 7265), for web pages.
    case jCal = "jcal"

    /// The media type to serve it as (RFC 5545 §8.1, RFC 7265 §6).
    package var mediaType: String {
        switch self {
        case .iCalendar: "text/calendar; charset=utf-8"
        case .jCal: "application/calendar+json"
        }
    }
}

/// Renders calendars to subscribe to.
///
/// The same sessions give the same bytes: nothing depends on the time of the run.
package struct FeedRenderer: Sendable {
    /// The product identifier; never changes (RFC 5545 §3.7.3).
    package static let prodID = "-//Usher//Usher 1//EN"
    /// How long a session stays in a feed after it ended or was canceled.
    package static let memory = Duration.seconds(30 * 86_400)

    package private(set) var options: FeedOptions
    private let color: ColorName?
    private let words: Words

    /// Checks the options.
    ///
    /// - Throws: ``RenderError`` if the color is not one of CSS3.
    package init(_ options: FeedOptions, words: WordSet) throws(RenderError) {
        self.options = options
        self.words = words[options.language]
        guard let name = options.color else {
            color = nil
            return
        }
        do throws(ICalendarError) {
            color = try ColorName(name)
        } catch {
            throw RenderError(
                code: .template, location: "color: \(name)", problem: "this is not a CSS3 color name",
                next: "Write a name such as steelblue (RFC 7986 allows no #rrggbb)")
        }
    }

    /// The same feed at another URL.
    package func fetched(from source: String?) -> FeedRenderer {
        var copy = self
        copy.options.source = source
        return copy
    }

    /// Whether feeds and pages show a session: it is published, or was canceled or ended not long ago.
    package static func isShown(_ memory: SessionMemory, at now: Instant) -> Bool {
        switch memory.session.status {
        case .draft: false
        case .published: memory.session.end + Self.memory > now
        case .canceled: memory.revision > 0 && memory.revisedAt + Self.memory > now
        }
    }

    /// The calendar of some sessions, in the order of start and UID.
    package func render(_ memories: [SessionMemory]) -> [UInt8] {
        var calendar = header
        calendar.events = memories.sorted(by: Self.isBefore).map { memory in
            SessionEvent(
                memory: memory, words: words, joinLinks: options.joinLinks, zone: options.zone,
                alarm: options.alarm
            ).event(stamp: memory.changedAt)
        }
        if let zone = options.zone {
            // No event recurs, so the zone need not reach beyond the last one.
            calendar.embedTimeZones(through: .earliest) { _ in zone.rules }
        }
        // RFC 5545 §3.6 requires at least one component; a zone that no event uses does no harm.
        if calendar.components.isEmpty { calendar.timeZones = [Self.anyZone] }
        switch options.form {
        case .iCalendar: return calendar.encoded()
        case .jCal: return calendar.jCal()
        }
    }

    private var header: ICalendar.Calendar {
        var calendar = ICalendar.Calendar(prodID: Self.prodID, method: nil)
        calendar.name = options.name
        calendar.description = options.description
        calendar.color = color
        calendar.source = options.source
        if let refresh = options.refresh, refresh > .zero {
            calendar.refreshInterval = CalendarDuration(seconds: UInt(clamping: refresh.components.seconds))
        }
        if let image = options.image { calendar.images = [Image(.uri(image), displays: [.badge])] }
        calendar.displayTimeZone = options.zone?.name
        return calendar
    }

    private static var anyZone: Component {
        let epoch = UTCDateTime(clamping: 0)
        return TimeZoneRules.utc.component(id: "Etc/UTC", covering: epoch...epoch)
    }

    private static func isBefore(_ left: SessionMemory, _ right: SessionMemory) -> Bool {
        (left.session.start, SessionUID.text(left.session.key)) < (
            right.session.start, SessionUID.text(right.session.key)
        )
    }
}

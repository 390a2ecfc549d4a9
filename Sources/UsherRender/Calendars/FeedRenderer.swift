internal import ICalendar
package import UsherModel

/// What a calendar feed says of itself.
package struct FeedOptions: Hashable, Sendable {
    /// Its name.
    package var name: String?
    /// What it holds.
    package var description: String?
    /// A CSS3 colour name (RFC 7986 §5.9).
    package var color: String?
    /// How often a client should look again (RFC 7986 §5.7).
    package var refresh: Duration?
    /// Where it can be fetched (RFC 7986 §5.8).
    package var source: String?
    /// Whether join links are in it.
    package var joinLinks: Bool
    /// The language of its own few words.
    package var language: LanguageTag
    /// In whose wall time starts and ends are written; nil is UTC.
    package var zone: NamedZone?
    /// How long before a start clients ring; nil is never.
    package var alarm: Duration?
    /// A picture that stands for the calendar (RFC 7986 §5.10).
    package var image: String?
    /// How it is written.
    package var form: FeedForm

    /// Takes what a feed mostly says; the rest is set afterwards.
    package init(
        name: String?, description: String?, color: String?, refresh: Duration?, source: String?, joinLinks: Bool,
        language: LanguageTag
    ) {
        (self.name, self.description, self.color, self.refresh) = (name, description, color, refresh)
        (self.source, self.joinLinks, self.language) = (source, joinLinks, language)
        (zone, alarm, image, form) = (nil, nil, nil, .iCalendar)
    }
}

/// How a calendar is written.
package enum FeedForm: String, Hashable, Sendable, CaseIterable {
    /// Lines (RFC 5545), which calendar programs read.
    case iCalendar = "icalendar"
    /// JSON (RFC 7265), which web pages read.
    case jCal = "jcal"

    /// The media type to serve it as (RFC 5545 §8.1, RFC 7265 §6).
    package var mediaType: String {
        switch self {
        case .iCalendar: "text/calendar; charset=utf-8"
        case .jCal: "application/calendar+json"
        }
    }
}

/// Calendars to subscribe to: the same sessions give the same bytes (facts: nothing in them depends on the time of the run).
package struct FeedRenderer: Sendable {
    /// Who made it; never changes (RFC 5545 §3.7.3).
    package static let prodID = "-//Usher//Usher 1//EN"
    /// How long a canceled session stays in a feed, and how long one that is over.
    package static let memory = Duration.seconds(30 * 86_400)

    /// What it says of itself.
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
                code: .template, location: "color: \(name)", problem: "no colour name of CSS3",
                next: "Write a name such as steelblue (RFC 7986 allows no #rrggbb)")
        }
    }

    /// The same, to be fetched elsewhere.
    package func fetched(from source: String?) -> FeedRenderer {
        var copy = self
        copy.options.source = source
        return copy
    }

    /// Whether a session belongs into feeds and pages: real, and not over or canceled for too long.
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
            ).event(stamp: memory.revisedAt)
        }
        if let zone = options.zone {
            // No event recurs, so no horizon beyond the last one is asked for.
            calendar.embedTimeZones(through: .earliest) { _ in zone.rules }
        }
        // RFC 5545 §3.6 wants a component in every calendar; a zone that no event uses does no harm.
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

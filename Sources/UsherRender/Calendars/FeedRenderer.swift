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

    /// Takes all.
    package init(
        name: String?, description: String?, color: String?, refresh: Duration?, source: String?, joinLinks: Bool,
        language: LanguageTag
    ) {
        (self.name, self.description, self.color, self.refresh) = (name, description, color, refresh)
        (self.source, self.joinLinks, self.language) = (source, joinLinks, language)
    }
}

/// Calendars to subscribe to: the same sessions give the same bytes (facts: nothing in them depends on the time of the run).
package struct FeedRenderer: Sendable {
    /// Who made it; never changes (RFC 5545 §3.7.3).
    static let prodID = "-//Usher//Usher 1//EN"
    /// How long a cancelled session stays in a feed, and how long one that is over.
    package static let memory = Duration.seconds(30 * 86_400)

    private let options: FeedOptions
    private let color: ColorName?

    /// Takes the options.
    ///
    /// - Throws: ``RenderError`` where the colour is none of CSS3.
    package init(_ options: FeedOptions) throws(RenderError) {
        self.options = options
        guard let name = options.color else {
            color = nil
            return
        }
        do throws(ICalendarError) {
            color = try ColorName(name)
        } catch {
            throw RenderError(
                code: .template, place: "color: \(name)", found: "no colour name of CSS3",
                next: "Write a name such as steelblue (RFC 7986 allows no #rrggbb)")
        }
    }

    /// Whether a session belongs into feeds and pages: real, and not over or cancelled for too long.
    package static func isShown(_ memory: SessionMemory, at now: Instant) -> Bool {
        switch memory.session.status {
        case .draft: false
        case .published: memory.session.end + Self.memory > now
        case .canceled: memory.revision > 0 && memory.revisedAt + Self.memory > now
        }
    }

    /// The calendar of some sessions, in the order of start and UID.
    package func render(_ memories: [SessionMemory]) -> [UInt8] {
        var calendar = ICalendar.Calendar(prodID: Self.prodID, method: nil)
        calendar.name = options.name
        calendar.description = options.description
        calendar.color = color
        calendar.source = options.source
        if let refresh = options.refresh, refresh > .zero {
            calendar.refreshInterval = CalendarDuration(seconds: UInt(refresh.components.seconds))
        }
        var bytes: [UInt8] = []
        var writer = Writer<Never>(beginning: calendar) { bytes += $0 }
        for memory in memories.sorted(by: Self.isBefore) {
            let event = SessionEvent(memory: memory, words: .of(options.language), joinLinks: options.joinLinks)
            writer.write(event.event(stamp: memory.revisedAt))
        }
        writer.end()
        return bytes
    }

    private static func isBefore(_ left: SessionMemory, _ right: SessionMemory) -> Bool {
        (left.session.start, SessionUID.text(left.session.key)) < (
            right.session.start, SessionUID.text(right.session.key)
        )
    }
}

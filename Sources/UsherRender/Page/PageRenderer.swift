package import ICalendar
package import UsherModel
internal import UsherText

/// The properties of a page.
package struct PageSettings: Sendable {
    /// The template's name.
    package var template: String
    /// The title.
    package var title: String
    package var language: LanguageTag
    /// The URL of the calendar to subscribe to; nil if there is none.
    package var calendarURL: String?
    /// Whether it shows join links.
    package var joinLinks: Bool
    /// The file name of a session's own calendar beside the page; nil if there is none.
    package var icsName: @Sendable (SessionKey) -> String?

    /// The URL of the page, for machines; nil leaves it out.
    package var pageURL: String?
    /// What the page is about, for previews of links to it; nil leaves it out.
    package var description: String?
    /// The URL of an image for previews of links to it; nil leaves it out.
    package var image: String?
    /// How long before the start of a session the page holds its link to join: a quarter of an hour, and the five minutes between two runs.
    private static let lead = Duration.seconds(20 * 60)

    /// Whether a session begins soon or has begun, so that a link to join is of use.
    func isNear(_ session: Session, at now: Instant) -> Bool { session.start - Self.lead <= now }

    /// Feeds that belong to it.
    package var feeds: [Feed] = []

    /// A feed that belongs to the page.
    package struct Feed: Hashable, Sendable {
        /// Its media type.
        package var mediaType: String
        package var url: String
        package var title: String

        /// The name of the format, for people.
        var format: String { mediaType.contains("json") ? "JSON Feed" : "Atom" }

        package init(mediaType: String, url: String, title: String) {
            (self.mediaType, self.url, self.title) = (mediaType, url, title)
        }
    }

    /// The settings that every page has; the others are set afterwards.
    package init(
        template: String, title: String, language: LanguageTag, calendarURL: String?, joinLinks: Bool,
        icsName: @escaping @Sendable (SessionKey) -> String?
    ) {
        (self.template, self.title, self.language) = (template, title, language)
        (self.calendarURL, self.joinLinks, self.icsName) = (calendarURL, joinLinks, icsName)
    }
}

/// Renders the public page of coming sessions, by day.
package struct PageRenderer: Sendable {
    private let settings: PageSettings
    private let part: TemplatePart
    private let language: LanguageTag
    private let words: Words
    private let times: LocalTimes

    /// Chooses the template in the best language.
    ///
    /// - Throws: ``RenderError`` if the template was not loaded.
    package init(_ settings: PageSettings, templates: TemplateSet, zones: TimeZoneDatabase) throws(RenderError) {
        guard let page = templates.pages[settings.template] else {
            throw RenderError(
                code: .template, location: "template \(settings.template)", problem: "the template was not loaded",
                next: "Check publish: in the job")
        }
        let best = page.best(for: settings.language, default: settings.language)
        (self.settings, part) = (settings, best.content)
        language = settings.language.textOrder.contains(best.language) ? settings.language : .english
        words = templates.words[language]
        times = LocalTimes(zones: zones, words: templates.words)
    }

    /// The page of the sessions that are not over, each on its day in its own zone.
    ///
    /// - Throws: ``RenderError``.
    package func render(_ memories: [SessionMemory], now: Instant) throws(RenderError) -> [UInt8] {
        let coming = memories.filter { $0.session.end > now && FeedRenderer.isShown($0, at: now) }
            .sorted { ($0.session.start, $0.session.key) < ($1.session.start, $1.session.key) }
        var days: [PageContext.Day] = []
        for memory in coming {
            let session = memory.session
            let times = try times.times(
                start: session.start, end: session.end, zone: session.zone, language: language, now: nil)
            let iso = String(times.startISO.prefix(10))
            // Sessions in distant zones may alternate between two dates.
            let day = days.firstIndex { $0.iso == iso } ?? days.endIndex
            if day == days.endIndex { days.append(.init(iso: iso, date: times.date, sessions: [])) }
            days[day].sessions.append(PageSession(session: session, times: times, settings: settings, now: now))
        }
        let context = PageContext(
            settings: settings, language: language, words: words, days: days.sorted { $0.iso < $1.iso })
        let text = try part.render(context.values)
        return Array(PageMarkup(settings: settings, sessions: coming.map(\.session), now: now).put(into: text).utf8)
    }
}

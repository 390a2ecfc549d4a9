package import ICalendar
package import UsherModel
internal import UsherText

/// What the page says of itself.
package struct PageSettings: Sendable {
    /// The template's name.
    package var template: String
    /// The title; nil takes the template's own.
    package var title: String
    /// The language.
    package var language: LanguageTag
    /// Where the calendar can be subscribed to.
    package var calendarURL: String?
    /// Whether join links are on it.
    package var joinLinks: Bool
    /// The file name of a session's own calendar beside the page; nil where there is none.
    package var icsName: @Sendable (SessionKey) -> String?

    /// Where the page can be seen; nil says nothing.
    package var pageURL: String?
    /// What it is about, for those who share a link to it; nil says nothing.
    package var description: String?
    /// A picture that stands for it, for those who share a link to it; nil says nothing.
    package var image: String?
    /// Feeds that belong to it.
    package var feeds: [Feed] = []

    /// A feed that belongs to the page.
    package struct Feed: Hashable, Sendable {
        /// How it is served.
        package var mediaType: String
        /// Where.
        package var url: String
        /// Its title.
        package var title: String

        /// What people call the format.
        var format: String { mediaType.contains("json") ? "JSON Feed" : "Atom" }

        /// Takes all.
        package init(mediaType: String, url: String, title: String) {
            (self.mediaType, self.url, self.title) = (mediaType, url, title)
        }
    }

    /// Takes what every page has; the rest is set afterwards.
    package init(
        template: String, title: String, language: LanguageTag, calendarURL: String?, joinLinks: Bool,
        icsName: @escaping @Sendable (SessionKey) -> String?
    ) {
        (self.template, self.title, self.language) = (template, title, language)
        (self.calendarURL, self.joinLinks, self.icsName) = (calendarURL, joinLinks, icsName)
    }
}

/// The public page of coming sessions, by day.
package struct PageRenderer: Sendable {
    private let settings: PageSettings
    private let part: TemplatePart
    private let language: LanguageTag
    private let times: LocalTimes

    /// Takes the settings and the templates.
    ///
    /// - Throws: ``RenderError`` where the template was not loaded.
    package init(_ settings: PageSettings, templates: TemplateSet, zones: TimeZoneDatabase) throws(RenderError) {
        guard let page = templates.pages[settings.template] else {
            throw RenderError(
                code: .template, location: "template \(settings.template)", problem: "it was not loaded",
                next: "Check publish: in the job")
        }
        let best = page.best(for: settings.language, default: settings.language)
        (self.settings, part) = (settings, best.content)
        language = settings.language.lookupOrder.contains(best.language) ? settings.language : .english
        times = LocalTimes(zones: zones, words: templates.words)
    }

    /// The page of the sessions that are not over; each day is that of the session's own zone.
    ///
    /// - Throws: ``RenderError``.
    package func render(_ memories: [SessionMemory], now: Instant) throws(RenderError) -> [UInt8] {
        let coming = memories.filter { $0.session.end > now && FeedRenderer.isShown($0, at: now) }
            .sorted { ($0.session.start, $0.session.key) < ($1.session.start, $1.session.key) }
        var days: [(iso: String, date: String, sessions: [TemplateValue])] = []
        for memory in coming {
            let session = memory.session
            let values = try times.values(
                start: session.start, end: session.end, zone: session.zone, language: language, now: nil)
            guard case .text(let date)? = values["date"], case .text(let start)? = values["startIso"] else { continue }
            let iso = String(start.prefix(10))
            // Sessions of far zones may take turns between two dates.
            let day = days.firstIndex { $0.iso == iso } ?? days.endIndex
            if day == days.endIndex { days.append((iso, date, [])) }
            days[day].sessions.append(value(of: session, values))
        }
        let text = try part.render(context(days.sorted { $0.iso < $1.iso }))
        return Array(PageMarkup(settings: settings, sessions: coming.map(\.session)).put(into: text).utf8)
    }

    private func context(_ days: [(iso: String, date: String, sessions: [TemplateValue])]) -> [String: TemplateValue] {
        let url = settings.calendarURL
        let webcal = url.map { "webcal://" + $0.dropFirst(8) }
        let encoded = url.map(Self.percentEncoded)
        return [
            "language": .text(language.text), "title": .text(settings.title),
            "description": .optional(settings.description), "hasSessions": .flag(!days.isEmpty),
            "calendarUrl": .optional(url), "webcalUrl": .optional(webcal),
            "googleUrl": .optional(
                webcal.map { "https://calendar.google.com/calendar/r?cid=" + Self.percentEncoded($0) }),
            "outlookUrl": .optional(
                encoded.map {
                    "https://outlook.live.com/calendar/0/addfromweb?url=\($0)&name=\(Self.percentEncoded(settings.title))"
                }),
            "feeds": .list(
                settings.feeds.map {
                    .object(["title": .text($0.title), "url": .text($0.url), "format": .text($0.format)])
                }),
            "days": .list(
                days.map { .object(["date": .text($0.date), "iso": .text($0.iso), "sessions": .list($0.sessions)]) }),
        ]
    }

    private func value(of session: Session, _ values: [String: TemplateValue]) -> TemplateValue {
        let isCanceled = session.status == .canceled
        var members: [String: TemplateValue] = [
            "id": .text(session.key.session.rawValue), "subject": .text(session.subject.text),
            "eventName": .optional(session.eventName.text),
            "hasOwnSubject": .flag(session.subject != session.eventName && !session.eventName.isEmpty),
            "isCanceled": .flag(isCanceled), "details": .optional(session.details),
            "kind": .text(session.kind.rawValue),
            "joinUrl": settings.joinLinks && !isCanceled ? .optional(session.joinURL?.text) : .null,
            "icsName": .optional(settings.icsName(session.key)),
            "presenters": .list(session.presenters.map(MessageContext.value)),
        ]
        for name in ["startIso", "endIso", "start", "end", "zone", "zoneName"] { members[name] = values[name] }
        return .object(members)
    }

    private static func percentEncoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: .unreserved) }
}

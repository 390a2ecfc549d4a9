internal import UsherModel
internal import UsherText

/// The values that page templates can use.
struct PageContext {
    let settings: PageSettings
    let language: LanguageTag
    /// The program's own, in that language.
    let words: Words
    let days: [Day]

    /// The sessions of one day, each in its own zone.
    struct Day {
        let iso: String
        let date: String
        var sessions: [PageSession]
    }

    /// The values by name.
    var values: [String: TemplateValue] { Self.schema.values(of: self) }

    static let schema = Schema<PageContext>([
        .text("language", "en", "") { $0.language.text },
        .text("title", "Contoso events", "") { $0.settings.title },
        .text("description", "All of them", "") { $0.settings.description },
        .flag("hasSessions", true, "") { !$0.days.isEmpty },
        .text("calendarUrl", "https://events.contoso.example/all.ics", "of the calendar, if there is one") {
            $0.settings.calendarURL
        },
        .text("webcalUrl", "webcal://events.contoso.example/all.ics", "the same for calendar programs") { $0.webcal },
        .text(
            "googleUrl",
            "https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Fevents.contoso.example%2Fall.ics",
            "adds it to Google Calendar"
        ) { $0.google },
        .text(
            "outlookUrl",
            "https://outlook.live.com/calendar/0/addfromweb?url=https%3A%2F%2Fevents.contoso.example%2Fall.ics&name=Contoso%20events",
            "adds it to Outlook"
        ) { $0.outlook },
        .list("feeds", "feeds for news readers", of: feed) { $0.settings.feeds },
        .list("days", "", of: day) { $0.days },
        .object("words", "the program's own words, in the language of the page", Words.schema) { $0.words },
    ])

    private static let feed = Schema<PageSettings.Feed>([
        .text("title", "News", "") { $0.title },
        .text("url", "https://events.contoso.example/news", "") { $0.url },
        .text("format", "Atom", "`Atom` or `JSON Feed`") { $0.format },
    ])

    private static let day = Schema<Day>([
        .text("date", "Wednesday, December 9, 2026", "") { $0.date },
        .text("iso", "2026-12-09", "") { $0.iso },
        .list("sessions", "", of: PageSession.schema) { $0.sessions },
    ])

    private var webcal: String? { settings.calendarURL.map { "webcal://" + $0.dropFirst(8) } }

    private var google: String? {
        webcal.map { "https://calendar.google.com/calendar/r?cid=" + Self.percentEncoded($0) }
    }

    private var outlook: String? {
        settings.calendarURL.map {
            "https://outlook.live.com/calendar/0/addfromweb?url=\(Self.percentEncoded($0))"
                + "&name=\(Self.percentEncoded(settings.title))"
        }
    }

    private static func percentEncoded(_ text: String) -> String { PercentEncoding.encode(text, keeping: .unreserved) }
}

/// A session on the page.
struct PageSession {
    let session: Session
    let times: SessionTimes
    let settings: PageSettings
    let now: Instant

    private var isCanceled: Bool { session.status == .canceled }
    /// Whether the page shows the link to join at some time.
    private var isJoinable: Bool { settings.joinLinks && !isCanceled && session.joinURL != nil }
    private var isNear: Bool { settings.isNear(session, at: now) }

    static let schema = Schema<PageSession>([
        .text("id", "s1", "") { $0.session.key.session.rawValue },
        .text("kind", "event", "`webinar`, `townhall` or `event`") { $0.session.kind.rawValue },
        .text("subject", "Roof basics", "") { $0.session.subject.text },
        .text("eventName", "Energy from the roof", "") { $0.session.eventName.text },
        .flag("hasOwnSubject", true, "whether subject and event name differ") {
            SessionContext.hasOwnSubject($0.session)
        },
        .text("details", "Slides: https://contoso.example/roofs", "plain text, may have several lines") {
            $0.session.details
        },
        .list("detailPieces", "the details, with their links apart", of: SessionContext.piece) {
            TextPiece.pieces(of: $0.session.details[...])
        },
        .list("presenters", "", of: SessionContext.presenter) { $0.session.presenters },
        .text("start", "3:00 PM", "in the session's own zone") { $0.times.start },
        .text("end", "4:00 PM", "") { $0.times.end },
        .text("startIso", "2026-12-09T15:00:00+01:00", "RFC 3339") { $0.times.startISO },
        .text("endIso", "2026-12-09T16:00:00+01:00", "RFC 3339") { $0.times.endISO },
        .text("zone", "Europe/Berlin", "") { $0.times.zone },
        .text("zoneName", "CET", "the offset where the zone has no abbreviation") { $0.times.zoneName },
        .flag("isCanceled", false, "") { $0.isCanceled },
        .text(
            "joinUrl", "https://teams.microsoft.com/l/meetup-join/1",
            "from 20 minutes before the start, if the page shows join links"
        ) { $0.isJoinable && $0.isNear ? $0.session.joinURL?.text : nil },
        .flag("joinsLater", false, "whether `joinUrl` will have a value nearer to the start") {
            $0.isJoinable && !$0.isNear
        },
        .text("icsName", "s1.ics", "the session's own calendar beside the page, if there is one") {
            $0.settings.icsName($0.session.key)
        },
    ])
}

import Foundation
import ICalendar
import Testing
import UsherModel
import UsherRender
import UsherTesting

/// The page in Chromium, and what axe-core reports about it; one browser for each test.
@Suite("the page in a browser")
struct PageInBrowserTests {
    /// One way to view a page; the keys are those of `browser.py`.
    struct View: Encodable {
        var page = "en.html"
        var zone = "Europe/Berlin"
        var scheme = "light"
        var width = 1280
        var script = true
        var now = "2026-12-09T13:50:00Z"
        var checks = false
    }

    /// What `browser.py` reports.
    struct Seen: Decodable {
        struct Day: Decodable {
            let date: String
            let sessions: [Item]
        }

        struct Item: Decodable {
            let subject: String
            let time: String
            let join: String?
            let note: String?
        }

        let days: [Day]
        let viewer: String?
        let scrollsBy: Int
        let background: String
        let violations: [String]
        let requests: [String]
        let asked: Int
        let faults: [String]

        /// A line for each day and session, as a person reads them.
        var lines: [String] { days.flatMap { [$0.date] + $0.sessions.map { "  \($0.time) \($0.subject)" } } }
    }

    private static let home = "https://events.contoso.example"

    private func sessions() throws -> [SessionMemory] {
        let wanted = [
            ("Roof basics", "2026-12-09T14:00:00Z", "Europe/Berlin"),
            ("Late show", "2026-12-09T22:30:00Z", "Europe/Berlin"),
            ("Storage", "2026-12-10T14:00:00Z", "Europe/Berlin"),
        ]
        return try wanted.enumerated().map { number, wish in
            var session = try Sample.session(wish.0, start: wish.1)
            session.key = SessionKey(event: session.key.event, session: SessionID(rawValue: "s\(number)"))
            session.zone = try ZoneID(wish.2) { _ in true }
            if number == 1 { session.details = String(repeating: "unbroken", count: 30) }
            if number == 2 { session.status = .canceled }
            return Sample.memory(session, revision: number)
        }
    }

    private func page(_ language: String, _ sessions: [SessionMemory], at now: String) throws -> String {
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        var settings = PageSettings(
            template: "index", title: "Contoso events", language: LanguageTag(language) ?? .english,
            calendarURL: "\(Self.home)/calendar.ics", joinLinks: true, icsName: { "\($0.session.rawValue).ics" })
        (settings.pageURL, settings.description) = (Self.home, "Webinars on energy from the roof.")
        settings.image = "\(Self.home)/image.png"
        settings.feeds = [
            .init(mediaType: "application/atom+xml", url: "\(Self.home)/news.atom", title: "Contoso events"),
            .init(mediaType: "application/feed+json", url: "\(Self.home)/news.json", title: "Contoso events"),
        ]
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        return String(decoding: try page.render(sessions, now: Sample.at(now)), as: UTF8.self)
    }

    private func look(_ views: [View], others: [String: String] = [:]) async throws -> [Seen] {
        let folder = try TemporaryFolder()
        let near = "2026-12-09T13:44:00Z"
        for language in ["en", "de", "fr"] {
            try folder.write(try page(language, sessions(), at: near), to: "\(language).html")
        }
        try folder.write(try page("en", sessions(), at: "2026-12-01T00:00:00Z"), to: "early.html")
        try folder.write(try page("en", [], at: near), to: "empty.html")
        for (name, text) in others { try folder.write(text, to: name) }
        let placed = views.map { view in
            var view = view
            view.page = folder.path(view.page)
            return view
        }
        try folder.write(String(decoding: try JSONEncoder().encode(placed), as: UTF8.self), to: "views.json")
        // For work on the page: screenshots of every view.
        let pictures = ProcessInfo.processInfo.environment["USHER_PICTURES"].map { [$0] } ?? []
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser.py").path
        let result = try await Python.run(script, [folder.path("views.json")] + pictures)
        try #require(result.status == 0, "\(result.output)")
        let seen = try JSONDecoder().decode([Seen].self, from: Data(result.output.utf8))
        try #require(seen.count == views.count)
        return seen
    }

    /// Days and times are in the viewer's zone; a link to join shows from 15 minutes before the start.
    @Test func daysAndTimesAreTheViewers() async throws {
        let seen = try await look([
            View(zone: "America/New_York"), View(zone: "Asia/Kathmandu"), View(zone: "Pacific/Apia"),
            View(zone: "America/New_York", now: "2026-12-09T13:44:59Z"),
        ])
        #expect(
            seen[0].lines == [
                "Wednesday, December 9, 2026", "  9:00 AM – 10:00 AM EST Roof basics",
                "  5:30 PM – 6:30 PM EST Late show", "Thursday, December 10, 2026",
                "  Canceled 9:00 AM – 10:00 AM EST Storage",
            ])
        #expect(
            seen[1].lines == [
                "Wednesday, December 9, 2026", "  7:45 PM – 8:45 PM GMT+5:45 Roof basics",
                "Thursday, December 10, 2026", "  4:15 AM – 5:15 AM GMT+5:45 Late show",
                "  Canceled 7:45 PM – 8:45 PM GMT+5:45 Storage",
            ])
        #expect(
            seen[2].lines == [
                "Thursday, December 10, 2026", "  3:00 AM – 4:00 AM GMT+13 Roof basics",
                "  11:30 AM – 12:30 PM GMT+13 Late show", "Friday, December 11, 2026",
                "  Canceled 3:00 AM – 4:00 AM GMT+13 Storage",
            ])
        #expect(seen[0].viewer == "Times are shown in your time zone: America/New York")
        #expect(seen.allSatisfy { $0.faults.isEmpty })
        let (open, early) = (seen[0].days[0].sessions, seen[3].days[0].sessions)
        #expect(open[0].join == (try Sample.session().joinURL?.text) && open[0].note == nil)
        #expect(open[1].join == nil && open[1].note != nil)
        #expect(early[0].join == nil && early[0].note != nil)
        #expect(seen[0].days[1].sessions[0].join == nil)
    }

    @Test func withoutJavaScriptTimesAreTheSessions() async throws {
        let seen = try await look([
            View(zone: "Pacific/Apia", script: false), View(page: "early.html", script: false),
        ])
        #expect(
            seen[0].lines == [
                "Wednesday, December 9, 2026", "  3:00 PM – 4:00 PM CET Roof basics",
                "  11:30 PM – 12:30 AM CET Late show", "Thursday, December 10, 2026",
                "  Canceled 3:00 PM – 4:00 PM CET Storage",
            ])
        let link = try Sample.session().joinURL?.text
        let (near, early) = (seen[0].days.flatMap(\.sessions), seen[1].days.flatMap(\.sessions))
        #expect(near.map(\.join) == [link, nil, nil] && early.map(\.join) == [nil, nil, nil])
        #expect(
            near.map { $0.note != nil } == [false, true, false] && early.map { $0.note != nil } == [true, true, false])
        #expect(seen[0].viewer == nil)
    }

    /// axe-core reports no violation and no doubt in either color scheme.
    @Test func everyoneCanUseIt() async throws {
        let pages = ["en.html", "de.html", "fr.html", "empty.html"]
        var views: [View] = []
        for page in pages {
            for (scheme, width, script) in [("light", 1280, true), ("dark", 390, true), ("dark", 320, false)] {
                views.append(View(page: page, scheme: scheme, width: width, script: script, checks: true))
            }
        }
        for (view, seen) in zip(views, try await look(views)) {
            let way = "\(view.page) \(view.scheme) \(view.width)"
            #expect(seen.violations == [], "\(way)")
            #expect(seen.scrollsBy == 0, "\(way)")
            #expect(seen.requests == [] && seen.asked == 1, "\(way)")
            #expect(seen.background == (view.scheme == "dark" ? "rgb(20, 21, 26)" : "rgb(244, 245, 249)"), "\(way)")
        }
    }

    @Test func aBadPageFails() async throws {
        let bad = """
            <!doctype html><html><title>Bad</title><body><main><img src="http://127.0.0.1:9/x.png">
            <p style="color: #999; background: #aaa">faint</p><div style="width: 2000px">wide</div></main>
            <script>throw new Error("broken")</script>
            """
        let seen = try await look([View(page: "bad.html", width: 320, checks: true)], others: ["bad.html": bad])
        let rules = Set(seen[0].violations.map { String($0.prefix { $0 != ":" }) })
        #expect(rules.isSuperset(of: ["color-contrast", "html-has-lang", "image-alt"]), "\(rules)")
        #expect(seen[0].scrollsBy > 0 && seen[0].requests == ["http://127.0.0.1:9/x.png"])
        #expect(seen[0].faults != [])
    }
}

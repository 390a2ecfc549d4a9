import Foundation
import ICalendar
import Testing
import UsherModel
import UsherRender
import UsherTesting

@Suite("feeds and the page")
struct FeedAndPageTests {
    private func feed(_ color: String? = "steelblue", joinLinks: Bool = true) throws -> FeedRenderer {
        try FeedRenderer(
            FeedOptions(
                name: "Contoso events", description: "All, of; them", color: color, refresh: .seconds(3600),
                source: "https://events.contoso.example/calendar.ics", joinLinks: joinLinks, language: .english),
            words: WordSet(folder: nil))
    }

    private func several() throws -> [SessionMemory] {
        var second = try Sample.session(
            "Second, with; specials \\ and a very long title that must be folded somewhere ümlaut")
        second.key = SessionKey(event: second.key.event, session: SessionID(rawValue: "s2"))
        var off = try Sample.session("Off", start: "2026-12-10T14:00:00Z")
        off.key = SessionKey(event: off.key.event, session: SessionID(rawValue: "s3"))
        off.status = .canceled
        return [
            Sample.memory(off, revision: 2), Sample.memory(second, revision: 1), Sample.memory(try Sample.session()),
        ]
    }

    @Test func theSameSessionsGiveTheSameBytesInAnyOrder() throws {
        let sessions = try several()
        let bytes = try feed().render(sessions)
        #expect(try feed().render(sessions.reversed()) == bytes)
        try expectGolden(bytes, "feed.ics")
        try expectGolden(try feed().render([]), "feed-empty.ics")
    }

    /// In local time, with an alarm and an image; an hour that occurs twice is written in UTC the second time.
    @Test func aFeedCanBeInTheTimeOfAZone() throws {
        var options = FeedOptions(
            name: nil, description: nil, color: nil, refresh: nil, source: nil, joinLinks: true, language: .english)
        options.zone = try NamedZone("Europe/Berlin", in: TimeZoneDatabase())
        options.alarm = .seconds(900)
        options.image = "https://events.contoso.example/logo.png"
        var sessions = try several()
        for (number, start) in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2027-07-01T07:00:00Z"].enumerated() {
            var session = try Sample.session("At \(start)", start: start)
            session.key = SessionKey(event: session.key.event, session: SessionID(rawValue: "z\(number)"))
            sessions.append(Sample.memory(session))
        }
        let bytes = try FeedRenderer(options, words: WordSet(folder: nil)).render(sessions)
        try expectGolden(bytes, "feed-berlin.ics")
        let read = try ICalendar.Calendar(strict: bytes)
        #expect(read.events.map(\.sequence).count == 6 && read.events.filter { $0.alarms.isEmpty }.count == 1)
        options.form = .jCal
        let json = try FeedRenderer(options, words: WordSet(folder: nil)).render(sessions)
        try expectGolden(json, "feed-berlin.json")
        #expect(try ICalendar.Calendar(jCal: json).encoded() == bytes)
    }

    @Test func whatIsInADescriptionIsNeverMarkup() throws {
        var session = try Sample.session()
        session.details = "<script>alert('1')</script> & \"more\"\nsecond line"
        let event = try #require(
            try ICalendar.Calendar(strict: try feed().render([Sample.memory(session)])).events.first)
        let html = try #require(event.htmlDescription)
        #expect(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;more&quot;<br>second line"))
        #expect(html.contains("<a href=\"https://teams.microsoft.com/l/meetup-join/19%3ameeting_x"))
        session.details = String(repeating: "long ", count: 2_000)
        let long = try ICalendar.Calendar(strict: try feed().render([Sample.memory(session)])).events.first
        #expect(long?.htmlDescription == nil && long?.description != nil)
    }

    @Test func aZoneMustExist() throws {
        #expect(throws: TimeZoneError.self) { try NamedZone("Europe/Nowhere", in: TimeZoneDatabase()) }
    }

    @Test func withoutJoinLinksThereIsNoneAnywhere() throws {
        let text = String(decoding: try feed(joinLinks: false).render(try several()), as: UTF8.self)
        #expect(!text.contains("teams.microsoft") && !text.contains("sK7pQ2") && !text.contains("555"))
    }

    @Test func aColorMustHaveAName() throws {
        #expect(throws: RenderError.self) { try feed("#ff0000") }
    }

    @Test(arguments: [
        (SessionStatus.published, 0, "2027-01-08T15:00:00Z", false), (.published, 0, "2027-01-08T14:59:59Z", true),
        (.draft, 0, "2026-12-01T00:00:00Z", false),
        (.canceled, 0, "2026-12-02T00:00:00Z", false), (.canceled, 1, "2026-12-31T08:59:59Z", true),
        (.canceled, 1, "2026-12-31T09:00:00Z", false),
    ])
    func aSessionStaysForThirtyDays(status: SessionStatus, revision: Int, now: String, isShown: Bool) throws {
        var session = try Sample.session()
        session.status = status
        #expect(FeedRenderer.isShown(Sample.memory(session, revision: revision), at: Sample.at(now)) == isShown)
    }

    @Test func aUIDNeverChangesAndDiffersBetweenSessions() throws {
        let key = try Sample.session().key
        #expect(SessionUID.text(key) == "7a276527-1059-8403-abde-dc0de3092823")
    }

    @Test(arguments: Sample.languages)
    func thePageShowsComingSessions(_ language: String) throws {
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        let settings = PageSettings(
            template: "index", title: "Events & more", language: LanguageTag(language) ?? .english,
            calendarURL: "https://events.contoso.example/a b.ics".replacing(" ", with: "%20"), joinLinks: true,
            icsName: { "\($0.session.rawValue).ics" })
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        let bytes = try page.render(try several(), now: Sample.now)
        try expectGolden(bytes, "page-\(language).html")
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("<html lang=\"\(language)\">") && text.contains("Bring &lt;questions&gt; &amp; time."))
        #expect(try page.render([], now: Sample.now) != bytes)
        #expect(
            try page.render(try several(), now: Sample.at("2026-12-10T15:00:00Z")) == page.render([], now: Sample.now))
    }

    /// The file holds no link to join before it is of use: neither for people nor for machines.
    @Test func aLinkToJoinIsNotOnThePageBeforeItsTime() throws {
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        let settings = PageSettings(
            template: "index", title: "Events", language: .english, calendarURL: nil, joinLinks: true,
            icsName: { _ in nil })
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        func text(_ now: String) throws -> String {
            let sessions = [Sample.memory(try Sample.session())]
            return String(decoding: try page.render(sessions, now: Sample.at(now)), as: UTF8.self)
        }
        let (early, near) = (try text("2026-12-09T13:39:59Z"), try text("2026-12-09T13:40:00Z"))
        #expect(!early.contains("teams.microsoft.com") && early.contains("data-later>The link to join appears here"))
        #expect(near.contains("teams.microsoft.com") && !near.contains("data-later>"))
        #expect(try text("2026-12-09T14:59:59Z").contains("teams.microsoft.com"))
    }

    @Test(arguments: [
        ("en", "Canceled"), ("en-US", "Canceled"), ("en-PH", "Canceled"), ("en-GB", "Cancelled"),
        ("en-AU", "Cancelled"), ("en-CA", "Cancelled"), ("it", "Canceled"),
    ])
    func aCanceledSessionIsSpeltAsTheReaderSpellsIt(_ language: String, _ word: String) throws {
        let tag = try #require(LanguageTag(language))
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        let settings = PageSettings(
            template: "index", title: "Events", language: tag, calendarURL: nil, joinLinks: true, icsName: { _ in nil })
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        #expect(
            String(decoding: try page.render(several(), now: Sample.now), as: UTF8.self).contains(">\(word)</span>"))
        var session = try Sample.session()
        session.status = .canceled
        let mail = MessageTests.decoded(
            Sample.bytes(
                try Sample.renderer().render(
                    Sample.request(
                        "cancel", kind: .canceled, attendee: Sample.attendee(language, "UTC"), session: session))))
        #expect(mail.contains("Subject: \(word): Roof basics") && mail.contains("has been \(word.lowercased())."))
        let options = FeedOptions(
            name: nil, description: nil, color: nil, refresh: nil, source: nil, joinLinks: true, language: tag)
        let feed = try FeedRenderer(options, words: WordSet(folder: nil)).render(try several())
        #expect(String(decoding: feed, as: UTF8.self).contains("SUMMARY:\(word): Off"))
    }

    /// Sessions in distant zones alternate between two dates; each date is there once, in order.
    @Test func eachDayIsOnThePageOnce() throws {
        let wanted = [
            ("09:00", "Pacific/Apia"), ("09:10", "Pacific/Honolulu"), ("11:30", "Pacific/Apia"),
            ("11:40", "Pacific/Honolulu"),
        ]
        let sessions = try wanted.enumerated().map { number, wish in
            var session = try Sample.session("At \(wish.0)", start: "2026-12-09T\(wish.0):00Z")
            session.key = SessionKey(event: session.key.event, session: SessionID(rawValue: "s\(number)"))
            session.zone = try ZoneID(wish.1) { _ in true }
            return Sample.memory(session)
        }
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        let settings = PageSettings(
            template: "index", title: "Events", language: .english, calendarURL: nil, joinLinks: false,
            icsName: { _ in nil })
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        let text = String(decoding: try page.render(sessions, now: Sample.now), as: UTF8.self)
        let days = text.matches(of: /<h2 id="day-([0-9-]+)">/).map { String($0.1) }
        #expect(days == ["2026-12-08", "2026-12-09", "2026-12-10"])
    }

    /// No text can break out of the markup for machines, which shows join links only if the page does.
    @Test(arguments: [true, false])
    func searchEnginesFindEachSession(_ joinLinks: Bool) throws {
        let templates = try TemplateSet(
            folder: nil, words: WordSet(folder: nil), mails: [], payloads: [], pages: ["index"])
        var settings = PageSettings(
            template: "index", title: "\"><script>alert(1)</script>", language: .english, calendarURL: nil,
            joinLinks: joinLinks, icsName: { _ in nil })
        (settings.pageURL, settings.description) = ("https://events.contoso.example/", "All \" <of> them")
        settings.image = "https://events.contoso.example/a.png"
        settings.feeds = [
            .init(mediaType: "application/atom+xml", url: "https://events.contoso.example/n", title: "N & \"")
        ]
        var session = try Sample.session("</script><script>alert(2)</script>")
        session.details = "<!-- \u{2028} \" \\"
        let page = try PageRenderer(settings, templates: templates, zones: TimeZoneDatabase())
        let text = String(
            decoding: try page.render([Sample.memory(session)], now: Sample.at("2026-12-09T13:50:00Z")), as: UTF8.self)
        #expect(text.components(separatedBy: "<script>alert").count == 1)
        let json = try #require(
            text.firstMatch(of: /<script type="application\/ld\+json">(.*?)<\/script>/.dotMatchesNewlines()))
        let events = try #require(try JSONSerialization.jsonObject(with: Data(json.1.utf8)) as? [[String: Any]])
        #expect(events.first?["name"] as? String == session.subject.text)
        #expect(events.first?["startDate"] as? String == "2026-12-09T14:00:00Z")
        let location = try #require(events.first?["location"] as? [String: String])
        #expect(location["url"] == (joinLinks ? session.joinURL?.text : settings.pageURL))
        #expect(text.contains("teams.microsoft.com") == joinLinks)
        for part in [
            "<meta property=\"og:description\" content=\"All &quot; &lt;of&gt; them\">",
            "<meta property=\"og:url\" content=\"https://events.contoso.example/\">",
            "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"https://events.contoso.example/n\" title=\"N &amp; &quot;\">",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }
}

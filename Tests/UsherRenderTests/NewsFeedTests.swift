import Foundation
import ICalendar
import Testing
import UsherModel
import UsherRender
import UsherTesting

@Suite("feeds for news readers")
struct NewsFeedTests {
    private func feed(_ form: NewsFeedOptions.Form, joinLinks: Bool = true, _ language: String = "en") -> NewsFeed {
        NewsFeed(
            NewsFeedOptions(
                form: form, title: "Contoso & events", description: "All <of> them",
                homeURL: "https://events.contoso.example/?a=1&b=2",
                feedURL: "https://events.contoso.example/news", joinLinks: joinLinks,
                language: LanguageTag(language) ?? .english), words: WordSet(folder: nil), zones: TimeZoneDatabase())
    }

    private func several() throws -> [SessionMemory] {
        var off = try Sample.session("Off \"]]> \u{1}</title>", start: "2026-12-10T14:00:00Z")
        off.key = SessionKey(event: off.key.event, session: SessionID(rawValue: "s3"))
        off.status = .canceled
        var memory = Sample.memory(off, revision: 2)
        memory.revisedAt = Sample.at("2026-12-03T09:00:00Z")
        return [Sample.memory(try Sample.session()), memory]
    }

    @Test func theSameSessionsGiveTheSameBytesNewestFirst() throws {
        for (form, name) in [(NewsFeedOptions.Form.atom, "news.atom"), (.jsonFeed, "news.json")] {
            let bytes = try feed(form).render(try several())
            #expect(try feed(form).render(try several().reversed()) == bytes)
            try expectGolden(bytes, name)
            let text = String(decoding: bytes, as: UTF8.self)
            let (off, on) = (
                try #require(text.firstRange(of: "Canceled: Off")), try #require(text.firstRange(of: "Roof"))
            )
            #expect(off.lowerBound < on.lowerBound)
        }
    }

    @Test(arguments: [NewsFeedOptions.Form.atom, .jsonFeed])
    func withoutJoinLinksThereAreNone(_ form: NewsFeedOptions.Form) throws {
        let text = String(decoding: try feed(form, joinLinks: false, "de").render(try several()), as: UTF8.self)
        #expect(!text.contains("teams.microsoft.com") && !text.contains("sK7pQ2") && text.contains("Abgesagt: Off"))
    }

    @Test func jsonCanBeReadAndHoldsWhatReadersNeed() throws {
        let bytes = try feed(.jsonFeed).render(try several())
        let feed = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(feed["version"] as? String == "https://jsonfeed.org/version/1.1")
        let items = try #require(feed["items"] as? [[String: Any]])
        #expect(items.count == 2 && Set(items.compactMap { $0["id"] as? String }).count == 2)
        #expect(items[0]["title"] as? String == "Canceled: Off \"]]> </title>")
        #expect((items[1]["_usher"] as? [String: String])?["time_zone"] == "Europe/Berlin")
    }

    /// A parser of another project reads the feed: nothing in a subject became markup.
    @Test func atomIsWellFormedAndHoldsWhatReadersNeed() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            import sys, xml.etree.ElementTree as tree
            atom = "{http://www.w3.org/2005/Atom}"
            feed = tree.parse(sys.argv[1]).getroot()
            assert feed.tag == atom + "feed"
            for name in ("id", "title", "updated", "author"): assert feed.find(atom + name) is not None, name
            for entry in feed.findall(atom + "entry"):
                for name in ("id", "title", "updated", "content", "link"): assert entry.find(atom + name) is not None, name
                assert set(child.tag for child in entry.find(atom + "content")) == set()
                print(entry.find(atom + "title").text)
            """, to: "read.py")
        try folder.write(String(decoding: try feed(.atom).render(try several()), as: UTF8.self), to: "news.atom")
        let read = try await Python.run(folder.path("read.py"), [folder.path("news.atom")])
        #expect(read.status == 0 && read.output == "Canceled: Off \"]]> </title>\nRoof basics\n", "\(read.output)")
        try folder.write(String(decoding: try feed(.atom).render([]), as: UTF8.self), to: "empty.atom")
        let empty = try await Python.run(folder.path("read.py"), [folder.path("empty.atom")])
        #expect(empty.status == 0 && empty.output.isEmpty, "\(empty.output)")
    }

    @Test func aFeedHasAMaximumOfEntries() throws {
        let many = try (0...NewsFeed.maximumEntries).map { number in
            var session = try Sample.session("S\(number)")
            session.key = SessionKey(event: session.key.event, session: SessionID(rawValue: "n\(number)"))
            return Sample.memory(session)
        }
        let text = String(decoding: try feed(.atom).render(many), as: UTF8.self)
        #expect(text.components(separatedBy: "<entry>").count == NewsFeed.maximumEntries + 1)
    }
}

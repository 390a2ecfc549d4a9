package import ICalendar
package import UsherModel

/// What a feed for news readers says of itself.
package struct NewsFeedOptions: Hashable, Sendable {
    /// How it is written.
    package enum Form: String, Hashable, Sendable {
        /// XML (RFC 4287).
        case atom
        /// JSON (<https://www.jsonfeed.org/version/1.1/>).
        case jsonFeed = "json-feed"

        /// The media type by which a page names it.
        package var feedType: String { String(mediaType.prefix { $0 != ";" }) }

        /// The media type to serve it as (RFC 4287 §7, JSON Feed 1.1).
        package var mediaType: String {
            switch self {
            case .atom: "application/atom+xml; charset=utf-8"
            case .jsonFeed: "application/feed+json"
            }
        }
    }

    /// How it is written.
    package var form: Form
    /// Its title.
    package var title: String
    /// What it holds; nil says nothing.
    package var description: String?
    /// The page that it belongs to: what names the feed, and where entries without a join link lead.
    package var homeURL: String
    /// Where it can be fetched; nil says nothing.
    package var feedURL: String?
    /// Whether join links are in it.
    package var joinLinks: Bool
    /// The language of its own few words and of dates.
    package var language: LanguageTag

    /// Takes all.
    package init(
        form: Form, title: String, description: String?, homeURL: String, feedURL: String?, joinLinks: Bool,
        language: LanguageTag
    ) {
        (self.form, self.title, self.description, self.homeURL) = (form, title, description, homeURL)
        (self.feedURL, self.joinLinks, self.language) = (feedURL, joinLinks, language)
    }
}

/// Sessions as news: what changed last stands first.
///
/// The same sessions give the same bytes.
package struct NewsFeed: Sendable {
    /// Entries at most; of more, those that changed last.
    package static let maximumEntries = 200

    /// What it says of itself.
    package let options: NewsFeedOptions
    private let words: Words
    private let times: LocalTimes

    package init(_ options: NewsFeedOptions, words: WordSet, zones: TimeZoneDatabase) {
        self.options = options
        self.words = words[options.language]
        times = LocalTimes(zones: zones, words: words)
    }

    /// The feed of some sessions.
    ///
    /// - Parameters:
    ///   - memories: The sessions.
    ///   - part: What tells the feed from others of the same publication; nil where it is the only one.
    /// - Returns: The feed in its form.
    /// - Throws: ``RenderError`` where a session's zone is not in the database.
    package func render(_ memories: [SessionMemory], part: String? = nil) throws(RenderError) -> [UInt8] {
        let newest = memories.sorted(by: Self.isBefore).prefix(Self.maximumEntries)
        var entries: [NewsEntry] = []
        for memory in newest { entries.append(try entry(memory)) }
        switch options.form {
        case .atom: return Array(AtomDocument(options: options, part: part, entries: entries).text.utf8)
        case .jsonFeed: return Array(JSONFeedDocument(options: options, entries: entries).text.utf8)
        }
    }

    private static func isBefore(_ left: SessionMemory, _ right: SessionMemory) -> Bool {
        left.revisedAt != right.revisedAt
            ? left.revisedAt > right.revisedAt : SessionUID.text(left.session.key) < SessionUID.text(right.session.key)
    }

    private func entry(_ memory: SessionMemory) throws(RenderError) -> NewsEntry {
        let session = memory.session
        let isCanceled = session.status == .canceled
        let values = try times.values(
            start: session.start, end: session.end, zone: session.zone, language: options.language, now: nil)
        let when = ["date", "start", "zoneName"].compactMap { name -> String? in
            guard case .text(let text)? = values[name] else { return nil }
            return text
        }.joined(separator: ", ")
        let showsAccess = options.joinLinks && !isCanceled
        let description = EventDescription(session, words: words, showsAccess: showsAccess)
        return NewsEntry(
            id: "urn:uuid:\(SessionUID.text(session.key))",
            title: (isCanceled ? "\(words[.canceled]): " : "") + session.subject.text,
            link: (showsAccess ? session.joinURL?.text : nil) ?? options.homeURL, published: memory.firstSeenAt,
            updated: memory.revisedAt, plain: [when, description.plain].compactMap { $0 }.joined(separator: "\n\n"),
            html: description.fragment(after: when), session: session)
    }
}

/// A session as news.
struct NewsEntry {
    let id: String
    let title: String
    let link: String
    let published: Instant
    let updated: Instant
    let plain: String
    let html: String
    let session: Session
}

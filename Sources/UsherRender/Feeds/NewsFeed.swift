package import ICalendar
package import UsherModel

/// The properties of a feed for news readers.
package struct NewsFeedOptions: Hashable, Sendable {
    /// The format.
    package enum Form: String, Hashable, Sendable {
        /// XML (RFC 4287).
        case atom
        /// JSON (<https://www.jsonfeed.org/version/1.1/>).
        case jsonFeed = "json-feed"

        /// The media type without parameters, for links.
        package var feedType: String { String(mediaType.prefix { $0 != ";" }) }

        /// The media type to serve it as (RFC 4287 §7, JSON Feed 1.1).
        package var mediaType: String {
            switch self {
            case .atom: "application/atom+xml; charset=utf-8"
            case .jsonFeed: "application/feed+json"
            }
        }
    }

    /// The format.
    package var form: Form
    package var title: String
    /// What the feed contains, for people; nil leaves it out.
    package var description: String?
    /// The URL of the page that it belongs to: it identifies the feed, and entries without a join link lead there.
    package var homeURL: String
    /// The URL of the feed; nil leaves it out.
    package var feedURL: String?
    /// Whether it contains join links.
    package var joinLinks: Bool
    /// The language of labels and dates.
    package var language: LanguageTag

    package init(
        form: Form, title: String, description: String?, homeURL: String, feedURL: String?, joinLinks: Bool,
        language: LanguageTag
    ) {
        (self.form, self.title, self.description, self.homeURL) = (form, title, description, homeURL)
        (self.feedURL, self.joinLinks, self.language) = (feedURL, joinLinks, language)
    }
}

/// Renders sessions as news, those that changed last first.
///
/// The same sessions give the same bytes.
package struct NewsFeed: Sendable {
    /// The most entries in a feed: those that changed last.
    package static let maximumEntries = 200

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
    ///   - part: What distinguishes the feed from others of the same publication; nil if it is the only one.
    /// - Returns: The feed in its form.
    /// - Throws: ``RenderError`` if the database does not have the zone of a session.
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
        let times = try times.times(
            start: session.start, end: session.end, zone: session.zone, language: options.language, now: nil)
        let when = [times.date, times.start, times.zoneName].joined(separator: ", ")
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

internal import UsherModel
internal import UsherText

/// An Atom feed (RFC 4287).
struct AtomDocument {
    let options: NewsFeedOptions
    /// What distinguishes the feed from others of the same publication; nil if it is the only one.
    let part: String?
    let entries: [NewsEntry]

    var text: String {
        // RFC 4287 §4.1.1: a feed states when it last changed, even if it has always been empty.
        let updated = entries.map(\.updated).max() ?? Instant(secondsSince1970: 0)
        let head: XMLText = """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="\(options.language.text)">
            <id>\(id)</id>
            <title>\(options.title)</title>
            <updated>\(updated.description)</updated>
            <author><name>\(options.title)</name></author>
            <generator>Usher</generator>
            <link rel="alternate" href="\(options.homeURL)"/>

            """
        var text = head.text
        if let description = options.description { text += XMLText("<subtitle>\(description)</subtitle>\n").text }
        if let url = options.feedURL { text += XMLText("<link rel=\"self\" href=\"\(url)\"/>\n").text }
        return text + entries.map { Self.entry($0).text }.joined() + "</feed>\n"
    }

    /// Feeds must not share an id (RFC 4287 §4.2.6); only the last component of the location is in it, because a query may be a key.
    private var id: String {
        let name = part?.split(separator: "/").last.map { "#\($0.prefix { $0 != "?" })" } ?? ""
        return (options.feedURL ?? options.homeURL) + name
    }

    private static func entry(_ entry: NewsEntry) -> XMLText {
        """
        <entry>
        <id>\(entry.id)</id>
        <title>\(entry.title)</title>
        <published>\(entry.published.description)</published>
        <updated>\(entry.updated.description)</updated>
        <link rel="alternate" href="\(entry.link)"/>
        <category term="\(entry.session.kind.rawValue)"/>
        <content type="html">\(entry.html)</content>
        </entry>

        """
    }
}

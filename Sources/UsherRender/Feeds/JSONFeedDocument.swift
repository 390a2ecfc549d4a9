internal import UsherModel
internal import UsherText

/// A JSON feed (<https://www.jsonfeed.org/version/1.1/>); the session itself is in the extension `_usher`.
struct JSONFeedDocument {
    let options: NewsFeedOptions
    let entries: [NewsEntry]

    var text: String {
        var feed: JSONObject = [
            "version": "https://jsonfeed.org/version/1.1", "title": .string(options.title),
            "home_page_url": .string(options.homeURL), "language": .string(options.language.text),
        ]
        if let url = options.feedURL { feed.append("feed_url", .string(url)) }
        if let description = options.description { feed.append("description", .string(description)) }
        // One entry a line, so that two versions of a feed can be compared.
        let items = entries.map { "\n" + Self.item($0).line(.script) }.joined(separator: ",")
        return "\(JSONValue.object(feed).line(.script).dropLast()),\"items\":[\(items)]}\n"
    }

    private static func item(_ entry: NewsEntry) -> JSONValue {
        let session = entry.session
        return [
            "id": .string(entry.id), "url": .string(entry.link), "title": .string(entry.title),
            "content_html": .string(entry.html), "content_text": .string(entry.plain),
            "date_published": .string(entry.published.description),
            "date_modified": .string(entry.updated.description), "tags": [.string(session.kind.rawValue)],
            "_usher": [
                "start": .string(session.start.description), "end": .string(session.end.description),
                "time_zone": .string(session.zone.name), "status": .string(session.status.rawValue),
            ],
        ]
    }
}

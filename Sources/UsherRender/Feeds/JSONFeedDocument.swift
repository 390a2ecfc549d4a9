internal import UsherModel

/// A JSON feed (<https://www.jsonfeed.org/version/1.1/>); what news readers do not know of a session stands under `_usher`.
struct JSONFeedDocument {
    let options: NewsFeedOptions
    let entries: [NewsEntry]

    var text: String {
        var members = [
            ("version", Self.string("https://jsonfeed.org/version/1.1")), ("title", Self.string(options.title)),
            ("home_page_url", Self.string(options.homeURL)), ("language", Self.string(options.language.text)),
        ]
        if let url = options.feedURL { members.append(("feed_url", Self.string(url))) }
        if let description = options.description { members.append(("description", Self.string(description))) }
        let items = entries.map { "\n" + Self.item($0) }.joined(separator: ",")
        members.append(("items", "[\(items)]"))
        return Self.object(members) + "\n"
    }

    private static func item(_ entry: NewsEntry) -> String {
        let session = entry.session
        return object([
            ("id", string(entry.id)), ("url", string(entry.link)), ("title", string(entry.title)),
            ("content_html", string(entry.html)), ("content_text", string(entry.plain)),
            ("date_published", string(entry.published.description)),
            ("date_modified", string(entry.updated.description)), ("tags", "[\(string(session.kind.rawValue))]"),
            (
                "_usher",
                object([
                    ("start", string(session.start.description)), ("end", string(session.end.description)),
                    ("time_zone", string(session.zone.name)), ("status", string(session.status.rawValue)),
                ])
            ),
        ])
    }

    private static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    private static func string(_ text: String) -> String { "\"\(JSONText().escapeText(text))\"" }
}

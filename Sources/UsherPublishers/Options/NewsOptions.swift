package import UsherJob
package import UsherModel

/// The options of a publication of kind `atom` or `json-feed`.
package struct NewsOptions: Hashable, Sendable {
    /// Where it goes.
    package let destination: DestinationOptions
    /// How it is split into several feeds.
    package let division: Division
    /// The feed's title.
    package let title: String?
    /// The feed's description.
    package let description: String?
    /// The URL of the page it belongs to.
    package let homeURL: String
    /// The URL from which it can be fetched.
    package let feedURL: String?
    /// Whether it carries join links.
    package let joinLinks: Bool
    /// The language of the words that usher adds.
    package let language: LanguageTag?

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String) {
        let keys = [
            "kind", "to", "replace", "mode", "each", "title", "description", "home-url", "feed-url", "join-links",
            "language",
        ]
        guard let map = JobMap(kind.node, problems, keys: keys + WebOptions.keys) else { return nil }
        let split = map.choice("each", PublicationSplit.self)
        if split == .attendee, let node = map["each"] {
            problems.error(
                node, "a feed of news for each attendee", expected: "kind: calendar, which people subscribe to")
        }
        title = map.text("title").map { Line(cleaning: $0).text }
        description = map.text("description")
        let home = map.parsed("home-url", "an https URL") { PublicationText.url($0) }
        if map["home-url"] == nil { _ = map.required("home-url", "the https URL of the page that the feed belongs to") }
        if split != nil, let node = map["feed-url"] {
            problems.error(node, "one URL for many feeds", expected: "feed-url only without each")
        }
        feedURL = map.parsed("feed-url", "an https URL") { PublicationText.url($0) }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        guard let home, let destination = DestinationOptions(map, folder: folder, split: split) else {
            return nil
        }
        (homeURL, self.destination, division) = (home, destination, Division(destination.pattern, split))
    }
}

package import UsherJob
package import UsherModel

/// The options of a publication of kind `caldav`.
package struct CollectionOptions: Hashable, Sendable {
    /// The collection's URL, which ends in a slash, and how to sign in.
    package let web: WebOptions
    /// The name a new collection gets.
    package let name: String?
    /// The description a new collection gets.
    package let description: String?
    /// The color a new collection gets, `#RRGGBB`.
    package let color: String?
    /// Whether the events carry join links.
    package let joinLinks: Bool
    /// The language of the words that usher adds.
    package let language: LanguageTag?
    /// The IANA zone of starts and ends; nil is UTC.
    package let zone: String?
    /// How long before a start clients remind; nil is never.
    package let alarm: Duration?

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String, isZone: (String) -> Bool) {
        let keys = ["kind", "to", "name", "description", "color", "join-links", "language", "time-zone", "alarm"]
        guard let map = JobMap(kind.node, problems, keys: keys + WebOptions.keys) else { return nil }
        name = map.text("name").map { Line(cleaning: $0).text }
        description = map.text("description")
        color = map.parsed("color", "a color such as \"#4682b4\"") { text in
            text.utf8.count == 7 && text.hasPrefix("#") && Int(text.dropFirst(), radix: 16) != nil ? text : nil
        }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        zone = PublicationText.zone(map, isZone)
        alarm = map.duration("alarm")
        guard let node = map.required("to", "the URL of a calendar collection"), let text = node.text(problems)
        else { return nil }
        guard ["https://", "http://", "caldavs://", "caldav://"].contains(where: { text.hasPrefix($0) }) else {
            problems.error(
                node, "\"\(text.prefix(80))\"",
                expected: "the https URL of a calendar collection (for a file, use kind: calendar)")
            return nil
        }
        let collection = text.hasSuffix("/") ? text : text + "/"
        guard let web = WebOptions(collection, at: node, map, folder: folder) else { return nil }
        self.web = web
    }

    /// The URL of the object of an event.
    package func location(of uid: String) -> String { location(ofObject: uid + ".ics") }

    /// The URL of an object by its name in the collection.
    func location(ofObject name: String) -> String { web.pattern + ObjectKey.encoded(Array(name.utf8)) }
}

package import UsherJob
package import UsherModel

/// What the job file may say of a publication of kind `caldav`.
package struct CollectionOptions: Hashable, Sendable {
    /// The collection's URL, with a slash at its end.
    package let destination: HTTPDestination
    /// What the collection is called where it has to be made.
    package let name: String?
    /// What it holds, where it has to be made.
    package let description: String?
    /// Its colour, `#RRGGBB`, where it has to be made.
    package let color: String?
    /// Whether join links are in it.
    package let joinLinks: Bool
    /// In which language its own words are.
    package let language: LanguageTag?
    /// The IANA zone in whose wall time starts and ends are written; nil is UTC.
    package let zone: String?
    /// How long before a start clients ring; nil is never.
    package let alarm: Duration?

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String, isZone: (String) -> Bool) {
        let keys = ["kind", "to", "name", "description", "color", "join-links", "language", "time-zone", "alarm"]
        guard let map = JobMap(kind.node, problems, keys: keys + HTTPDestination.keys) else { return nil }
        name = map.text("name").map { Line(cleaning: $0).text }
        description = map.text("description")
        color = map.parsed("color", "a colour such as \"#4682b4\"") { text in
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
                expected: "the https URL of a calendar collection (a file: kind: calendar)")
            return nil
        }
        let collection = text.hasSuffix("/") ? text : text + "/"
        guard let destination = HTTPDestination(collection, at: node, map, folder: folder) else { return nil }
        self.destination = destination
    }
}

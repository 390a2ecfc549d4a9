package import UsherJob
package import UsherModel

/// The options of a publication of kind `calendar`.
package struct CalendarOptions: Hashable, Sendable {
    /// Where it goes.
    package let destination: DestinationOptions
    /// How it is split into several files.
    package let division: Division
    /// The secret from which the names of personal feeds are derived; nil for the ledger's, or where there are none.
    package let secret: SecretReference?
    /// The calendar's name.
    package let name: String?
    /// The calendar's description.
    package let description: String?
    /// A CSS3 color name (RFC 7986 §5.9).
    package let color: String?
    /// How often a client should fetch it again (RFC 7986 §5.7).
    package let refresh: Duration?
    /// The URL from which it can be fetched (RFC 7986 §5.8).
    package let source: String?
    /// Whether it carries join links.
    package let joinLinks: Bool
    /// The language of the words that usher adds.
    package let language: LanguageTag?
    /// The IANA zone of starts and ends; nil is UTC.
    package let zone: String?
    /// How long before a start clients remind; nil is never.
    package let alarm: Duration?
    /// The calendar's image (RFC 7986 §5.10).
    package let image: String?
    /// Whether the format is jCal (RFC 7265).
    package let isJCal: Bool

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String, isZone: (String) -> Bool) {
        let keys = [
            "kind", "to", "replace", "mode", "each", "name", "description", "color", "refresh", "calendar-url",
            "join-links",
            "language",
            "time-zone", "alarm", "image", "format", "secret",
        ]
        guard let map = JobMap(kind.node, problems, keys: keys + WebOptions.keys) else { return nil }
        let split = map.choice("each", PublicationSplit.self)
        name = map.text("name").map { Line(cleaning: $0).text }
        description = map.text("description")
        color = map.parsed("color", "a CSS color name such as steelblue") { text in
            !text.isEmpty && text.utf8.allSatisfy { (97...122).contains($0 | 32) } ? text.lowercased() : nil
        }
        refresh = map.duration("refresh")
        source = map.parsed("calendar-url", "an https URL") { PublicationText.url($0) }
        if let source, let node = map["calendar-url"] {
            DestinationOptions.checkPlaceholders(source, at: node, split, mustDiffer: false, problems)
        }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        zone = PublicationText.zone(map, isZone)
        alarm = map.duration("alarm")
        image = map.parsed("image", "an https URL") { PublicationText.url($0) }
        isJCal = map.parsed("format", "icalendar or jcal") { ["icalendar": false, "jcal": true][$0] } ?? false
        secret = PublicationText.secret(map, split)
        guard let destination = DestinationOptions(map, folder: folder, split: split) else { return nil }
        (self.destination, division) = (destination, Division(destination.pattern, split))
    }
}

/// The options of a publication of kind `page`.
package struct PageOptions: Hashable, Sendable {
    /// Where it goes.
    package let destination: DestinationOptions
    /// The page's title.
    package let title: String?
    /// The URL for subscribing to the calendar.
    package let calendarURL: String?
    /// Whether it shows join links.
    package let joinLinks: Bool
    /// The page's language.
    package let language: LanguageTag?
    /// The template's name.
    package let template: String
    /// The URL of the page.
    package let pageURL: String?
    /// The description that link previews show.
    package let description: String?
    /// The image that link previews show.
    package let image: String?

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String) {
        let keys = [
            "kind", "to", "replace", "mode", "title", "calendar-url", "join-links", "language", "template", "page-url",
            "description",
            "image",
        ]
        guard let map = JobMap(kind.node, problems, keys: keys + WebOptions.keys) else { return nil }
        title = map.text("title").map { Line(cleaning: $0).text }
        calendarURL = map.parsed("calendar-url", "an https URL") { PublicationText.url($0) }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        template = map.text("template") ?? "index"
        pageURL = map.parsed("page-url", "an https URL") { PublicationText.url($0) }
        description = map.text("description").map { Line(cleaning: $0).text }
        image = map.parsed("image", "an https URL") { PublicationText.url($0) }
        guard let destination = DestinationOptions(map, folder: folder, split: nil) else { return nil }
        self.destination = destination
    }
}

/// Parsers that several kinds of publication share.
enum PublicationText {
    static func url(_ text: String) -> String? {
        let isGood = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
        return text.hasPrefix("https://") && text.utf8.count > 8 && isGood ? text : nil
    }

    static func zone(_ map: JobMap, _ isZone: (String) -> Bool) -> String? {
        map.parsed("time-zone", "utc, or an IANA zone such as Europe/Berlin") { text in
            text.lowercased() == "utc" ? .some(nil) : isZone(text) ? .some(text) : nil
        } ?? nil
    }

    static func secret(_ map: JobMap, _ split: PublicationSplit?) -> SecretReference? {
        guard split == .attendee else {
            if let node = map["secret"] {
                map.problems.error(node, "a secret", expected: "that only with each: attendee")
            }
            return nil
        }
        return map.secret("secret")
    }
}

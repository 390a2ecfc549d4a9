package import UsherJob
package import UsherModel

/// Where a publication goes.
package enum PublicationDestination: Hashable, Sendable {
    /// A file.
    case file(String)
    /// A web server's URL, WebDAV or not.
    case url(HTTPDestination)

    /// As it stands in the job, for people.
    package var text: String {
        switch self {
        case .file(let path): path
        case .url(let destination): destination.pattern
        }
    }
}

/// What the job file may say of a publication of kind `calendar`.
package struct CalendarOptions: Hashable, Sendable {
    /// Where it goes.
    package let destination: PublicationDestination
    /// How it is divided.
    package let division: Division
    /// What names the feeds of persons are derived from, where there is one for each.
    package let secret: SecretReference?
    /// The calendar's name.
    package let name: String?
    /// What it holds.
    package let description: String?
    /// A CSS3 colour name (RFC 7986 §5.9).
    package let color: String?
    /// How often a client should look again (RFC 7986 §5.7).
    package let refresh: Duration?
    /// Where the file can be fetched (RFC 7986 §5.8).
    package let source: String?
    /// Whether join links are in it.
    package let joinLinks: Bool
    /// In which language its own words are.
    package let language: LanguageTag?
    /// The IANA zone in whose wall time starts and ends are written; nil is UTC.
    package let zone: String?
    /// How long before a start clients ring; nil is never.
    package let alarm: Duration?
    /// A picture that stands for the calendar (RFC 7986 §5.10).
    package let image: String?
    /// Whether it is written as jCal (RFC 7265).
    package let isJCal: Bool

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String, isZone: (String) -> Bool) {
        let keys = [
            "kind", "to", "each", "name", "description", "color", "refresh", "calendar-url", "join-links", "language",
            "time-zone", "alarm", "image", "format", "secret",
        ]
        guard let map = JobMap(kind.node, problems, keys: keys + HTTPDestination.keys) else { return nil }
        let split = map.choice("each", PublicationSplit.self)
        name = map.text("name").map { Line(cleaning: $0).text }
        description = map.text("description")
        color = map.parsed("color", "a CSS colour name such as steelblue") { text in
            !text.isEmpty && text.utf8.allSatisfy { (97...122).contains($0 | 32) } ? text.lowercased() : nil
        }
        refresh = map.duration("refresh")
        source = map.parsed("calendar-url", "an https URL") { PublicationText.url($0) }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        zone = PublicationText.zone(map, isZone)
        alarm = map.duration("alarm")
        image = map.parsed("image", "an https URL") { PublicationText.url($0) }
        isJCal = map.parsed("format", "icalendar or jcal") { ["icalendar": false, "jcal": true][$0] } ?? false
        secret = PublicationText.secret(map, split)
        guard let destination = PublicationText.destination(map, folder: folder, split: split) else { return nil }
        (self.destination, division) = (destination, Division(destination.text, split))
    }
}

/// What the job file may say of a publication of kind `page`.
package struct PageOptions: Hashable, Sendable {
    /// Where it goes.
    package let destination: PublicationDestination
    /// The page's title.
    package let title: String?
    /// Where the calendar can be subscribed to.
    package let calendarURL: String?
    /// Whether join links are on it.
    package let joinLinks: Bool
    /// The page's language.
    package let language: LanguageTag?
    /// The template's name.
    package let template: String
    /// Where the page can be seen.
    package let pageURL: String?
    /// What it is about, for those who share a link to it.
    package let description: String?
    /// A picture that stands for it.
    package let image: String?

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems, folder: String) {
        let keys = [
            "kind", "to", "title", "calendar-url", "join-links", "language", "template", "page-url", "description",
            "image",
        ]
        guard let map = JobMap(kind.node, problems, keys: keys + HTTPDestination.keys) else { return nil }
        title = map.text("title").map { Line(cleaning: $0).text }
        calendarURL = map.parsed("calendar-url", "an https URL") { PublicationText.url($0) }
        joinLinks = map.flag("join-links") ?? true
        language = map.parsed("language", "a language such as en, de or fr") { LanguageTag($0) }
        template = map.text("template") ?? "index"
        pageURL = map.parsed("page-url", "an https URL") { PublicationText.url($0) }
        description = map.text("description").map { Line(cleaning: $0).text }
        image = map.parsed("image", "an https URL") { PublicationText.url($0) }
        guard let destination = PublicationText.destination(map, folder: folder, split: nil) else { return nil }
        self.destination = destination
    }
}

/// What publications share.
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
        return map.required("secret", "{env: NAME}, of which the names of people's feeds are derived")?
            .secret(map.problems)
    }

    static func destination(_ map: JobMap, folder: String, split: PublicationSplit?) -> PublicationDestination? {
        guard let node = map.required("to", "a file, or a URL"), let text = node.text(map.problems) else { return nil }
        let locations = PublicationSplit.allCases.map(\.location).filter { text.contains($0) }
        let allowed = split?.allowed ?? []
        if let wrong = locations.first(where: { !allowed.contains($0) }) {
            let owner = PublicationSplit.allCases.first { $0.location == wrong }?.rawValue ?? ""
            map.problems.error(
                node, wrong,
                expected: split == nil ? "that only with each: \(owner)" : allowed.joined(separator: ", "))
        }
        if let split, !text.contains(split.location) {
            map.problems.error(
                node, "one file for every \(split.rawValue)",
                expected: "\(split.location) in the name: ../public/\(split.location).ics")
        }
        guard let scheme = text.firstRange(of: "://") else {
            for key in HTTPDestination.keys {
                if let other = map[key] { map.problems.error(other, key, expected: "that only where to: is a URL") }
            }
            return .file(JobPaths.resolve(text, in: folder))
        }
        let known = ["https", "http", "webdavs", "webdav", "s3"]
        guard known.contains(String(text[..<scheme.lowerBound])) else {
            map.problems.error(
                node, "the scheme \(text[..<scheme.lowerBound])", expected: known.joined(separator: ", "))
            return nil
        }
        return HTTPDestination(text, at: node, map, folder: folder).map { .url($0) }
    }
}

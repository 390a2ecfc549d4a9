package import UsherModel
internal import UsherText

/// What a publication is split by; each part has a file or URL of its own.
package enum PublicationSplit: String, Hashable, Sendable, CaseIterable {
    /// One for each session.
    case session
    /// One for each event.
    case event
    /// One for each person, with the sessions in which that person has a seat.
    case attendee
    /// One for each kind of event: `webinar`, `townhall`, `event`.
    case kind
    /// One for each audience: `everyone`, `organization`, `unknown`.
    case audience
    /// One for each zone in which sessions are scheduled.
    case timeZone = "time-zone"
    /// One for each presenter.
    case presenter
    /// One for each company of a presenter.
    case company
    /// One for each day of the year, month or year on which sessions start, in UTC.
    case day, month, year

    /// The placeholder for the part in a file name or URL.
    package var placeholder: String {
        switch self {
        case .session: "{session.id}"
        case .event: "{event.id}"
        case .attendee: "{attendee.token}"
        case .kind, .audience, .timeZone, .presenter, .company, .day, .month, .year: "{\(rawValue)}"
        }
    }

    /// The placeholders that a pattern may contain.
    var allowed: [String] {
        self == .session ? [placeholder, PublicationSplit.event.placeholder] : [placeholder]
    }

    /// The parts that a session belongs to; none where the parts belong to people.
    func values(of session: Session) -> [String] {
        switch self {
        case .session: [session.key.description]
        case .event: [session.key.event.rawValue]
        case .attendee: []
        case .kind: [session.kind.rawValue]
        case .audience: [session.audience.rawValue]
        case .timeZone: [session.zone.name]
        case .presenter: Set(session.presenters.map(\.name.text)).subtracting([""]).sorted()
        case .company: Set(session.presenters.map(\.company.text)).subtracting([""]).sorted()
        // RFC 3339: 2026-11-23T…
        case .day: [String(session.start.description.prefix(10))]
        case .month: [String(session.start.description.prefix(7))]
        case .year: [String(session.start.description.prefix(4))]
        }
    }
}

/// A file name or URL with placeholders, and what it is split by.
package struct Division: Hashable, Sendable {
    /// The file name or URL.
    package let pattern: String
    /// What it is split by; nil is a single file.
    package let split: PublicationSplit?

    package init(_ pattern: String, _ split: PublicationSplit?) {
        (self.pattern, self.split) = (pattern, split)
    }

    /// One of the parts: what stands in place of each placeholder.
    package struct Part: Hashable, Sendable {
        fileprivate let values: [String: String]
    }

    /// Groups items by their parts, in the order of locations; an item may belong to several parts, or to none.
    package func groups<Item>(_ items: [Item], of session: (Item) -> Session) -> [(part: Part, items: [Item])] {
        guard split != nil else { return [(Part(values: [:]), items)] }
        var groups: [Part: [Item]] = [:]
        for item in items {
            for part in parts(of: session(item)) { groups[part, default: []].append(item) }
        }
        return groups.map { (location(of: $0.key), ($0.key, $0.value)) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The parts that a session belongs to.
    package func parts(of session: Session) -> Set<Part> {
        guard let split else { return [Part(values: [:])] }
        if split == .session { return [Self.part(of: session.key)] }
        return Set(split.values(of: session).map { Part(values: [split.placeholder: FileNamePart.of($0)]) })
    }

    private static func part(of key: SessionKey) -> Part {
        Part(values: [
            PublicationSplit.session.placeholder: FileNamePart.of(key.session.rawValue),
            PublicationSplit.event.placeholder: FileNamePart.of(key.event.rawValue),
        ])
    }

    /// The location of a part.
    package func location(of part: Part) -> String {
        // A value holds no brace: that is percent-encoded.
        part.values.reduce(pattern) { $0.replacing($1.key, with: $1.value) }
    }

    /// The location of the part of one session.
    package func location(of key: SessionKey) -> String { location(of: Self.part(of: key)) }

    /// The location of the part of one person.
    package func location(of token: AttendeeToken) -> String {
        pattern.replacing(PublicationSplit.attendee.placeholder, with: token.text)
    }
}

/// Untrusted text as one part of a file name or of a URL path.
package enum FileNamePart {
    /// Letters, digits and `-_.@` stay; a leading dot and every other octet are percent-encoded; a long name is cut and ends in a digest.
    package static func of(_ text: String) -> String {
        let encoded = PercentEncoding.encode(text, keeping: .fileName)
        let name = encoded.hasPrefix(".") ? "%2E" + encoded.dropFirst() : encoded
        return name.utf8.count <= 150 ? name : "\(name.prefix(100))-\(Digest.hex(of: [text]).prefix(32))"
    }
}

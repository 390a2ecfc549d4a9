internal import ICalendar
internal import UsherModel
internal import UsherText

/// Finds the join link of an event of any calendar: the best of all links in it.
///
/// | where | counts |
/// |---|---|
/// | CONFERENCE (RFC 7986 §5.11), unless its FEATURE says that it is for moderators, or for telephone, chat or feed only | any https link |
/// | the X- properties of Teams, Skype for Business and Google | any https link |
/// | LOCATION, DESCRIPTION, URL (RFC 5545 §3.8.4.6), other X- properties, in this order | links that lead into a meeting of a known service, or to a host of `join-hosts` |
/// | URL | any https link, where there is no other |
///
/// A link of a known service that leads elsewhere (its calendar file, a test, registration, telephone numbers, help) never counts.
struct JoinLink {
    private let hosts: [String]

    init(hosts: Set<String>) { self.hosts = hosts.sorted() }

    /// The link; nil where the event has none.
    func find(in event: ICalendar.Event) -> JoinURL? { candidates(in: event).first { $0.link != nil }?.link }

    /// All links of an event, for a person.
    func report(on event: ICalendar.Event, _ uid: String) -> LinkReport {
        LinkReport(
            event: EventID(rawValue: uid), title: Line(cleaning: String((event.summary ?? "").prefix(200))),
            candidates: candidates(in: event).map {
                .init(
                    place: $0.place, text: Line(cleaning: String($0.text.prefix(500))).text, link: $0.link,
                    reason: $0.reason)
            })
    }

    /// A link in an event, and what was made of it.
    struct Candidate {
        /// The property that holds it.
        let place: String
        /// As it is written.
        let text: String
        /// The link as it would be given to people; nil where it is not the way in.
        let link: JoinURL?
        /// Why it ranks where it does, or why it does not count.
        let reason: String
        fileprivate let rank: Int
    }

    /// All links in an event, the best first, and those that do not count last.
    func candidates(in event: ICalendar.Event) -> [Candidate] {
        var found: [Candidate] = []
        for conference in event.conferences { found += candidate(conference) }
        for property in event.properties where property.name.text.hasPrefix("X-") {
            guard let text = Self.text(property) else { continue }
            if Self.ownProperties.contains(property.name.text) {
                found += links(in: text).map { judged($0, property.name.text, base: 300, isStated: true) }
            } else {
                found += links(in: text).map { judged($0, property.name.text, base: 0) }.filter { $0.rank >= 100 }
            }
        }
        let places = [("LOCATION", event.location, 3), ("DESCRIPTION", event.description, 2)]
        for (place, text, base) in places {
            for link in text.map(links) ?? [] { found.append(judged(link, place, base: base)) }
        }
        if let url = event.url { found.append(judged(url, "URL", base: 1, isStated: true)) }
        // The order in the event decides between equals.
        return found.enumerated().sorted { ($1.element.rank, $0.offset) < ($0.element.rank, $1.offset) }.map(\.element)
    }

    /// Properties that hold nothing but the link to join.
    private static let ownProperties: Set<String> = [
        "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK", "X-GOOGLE-CONFERENCE",
        "X-GOOGLE-HANGOUT",
        "X-ZOOM-MEETING-URL", "X-ZOOM-JOIN-URL", "X-WEBEX-MEETING-URL", "X-CONFERENCE-URL", "X-CONFERENCE",
    ]

    private func candidate(_ conference: Conference) -> [Candidate] {
        let features = Set(conference.features.map { $0.rawValue.uppercased() })
        let uri = conference.uri
        guard LinkParts(uri) != nil else { return [] }
        func refused(_ reason: String) -> [Candidate] {
            [Candidate(place: "CONFERENCE", text: uri, link: nil, reason: reason, rank: 0)]
        }
        if features.contains("MODERATOR") { return refused("for moderators (RFC 7986 §6.3)") }
        if !features.isEmpty, features.isSubset(of: ["PHONE", "CHAT", "FEED"]) {
            return refused("for \(features.sorted().joined(separator: ", ").lowercased()) only")
        }
        return [judged(uri, "CONFERENCE", base: 400, isStated: true)]
    }

    /// Ranks a link.
    ///
    /// - Parameters:
    ///   - text: The link as it is written.
    ///   - place: The property.
    ///   - base: The rank of the place among others.
    ///   - isStated: Whether the property is for nothing but such a link, so that any host will do.
    /// - Returns: The candidate; its rank is 0 where it does not count.
    private func judged(_ text: String, _ place: String, base: Int, isStated: Bool = false) -> Candidate {
        func candidate(_ link: String?, _ reason: String, _ rank: Int) -> Candidate {
            let url = link.flatMap(Self.link)
            return Candidate(
                place: place, text: text, link: url,
                reason: link != nil && url == nil ? "not a usable https link" : reason,
                rank: url == nil ? 0 : rank)
        }
        let unwrapped = WrappedLink.unwrapped(text.trimmingBlanks)
        guard let parts = LinkParts(unwrapped) else { return candidate(nil, "not a web link", 0) }
        if hosts.contains(where: { parts.host == $0 || parts.host.hasSuffix("." + $0) }) {
            return candidate(parts.text, "its host is in join-hosts", base + 120)
        }
        switch MeetingService.purpose(of: parts) {
        case .join?: return candidate(parts.secured, "leads into a meeting of a known service", base + 150)
        case .unclear?: return candidate(parts.secured, "of a known service", base + 100)
        case .other(let what)?: return candidate(nil, "of a known service, but \(what)", 0)
        case nil:
            guard isStated else {
                return candidate(nil, "its host is not known: add it to join-hosts if people join there", 0)
            }
            return candidate(parts.text, "stated as the link of the event", max(base, 1))
        }
    }

    private static func text(_ property: Property) -> String? {
        switch property.value {
        case .text(let text), .uri(let text), .raw(let text, _): text
        default: nil
        }
    }

    /// The links in a text or in HTML, in their order; also those of known services that are written without a scheme.
    private func links(in text: String) -> [String] {
        var found: [String] = []
        var plain = text
        if HTMLReader.isMarkup(text) {
            let document = HTMLReader.links(text)
            found = document.targets
            plain = document.text
        }
        found += TextPiece.pieces(of: plain[...]).compactMap(\.link)
        found += bareLinks(in: plain)
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    private static let longestBareText = 4096

    private func bareLinks(in text: String) -> [String] {
        text.prefix(Self.longestBareText).split { $0.isWhitespace || "<>()[]\"'，、。；：".contains($0) }.compactMap {
            word in
            guard word.contains("."), word.contains("/"), !word.contains(":"), word.utf8.allSatisfy({ $0 < 0x7F }),
                let parts = LinkParts("https://" + word), MeetingService.purpose(of: parts) == .join,
                MeetingService.isService(parts.host)
            else { return nil }
            return TextPiece.pieces(of: parts.text[...]).first?.link
        }
    }

    /// Whether a host belongs to a known meeting service.
    static func isService(_ host: String) -> Bool { MeetingService.isService(host) }

    private static func link(_ text: String) -> JoinURL? {
        do throws(JoinURL.Problem) { return try JoinURL(text) } catch { return nil }
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let start = drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}

internal import ICalendar
internal import UsherModel

/// Finds the join link of an event of any calendar.
///
/// In this order: CONFERENCE (RFC 7986 §5.11), the X- properties of Teams and Google, a link to a known meeting service in LOCATION or DESCRIPTION,
/// URL (RFC 5545 §3.8.4.6).
struct JoinLink {
    /// Hosts of meeting services; a subdomain counts as its domain.
    private static let services = [
        "teams.microsoft.com", "teams.live.com", "teams.cloud.microsoft", "zoom.us", "meet.google.com", "webex.com",
        "meet.goto.com", "gotomeeting.com", "whereby.com", "meet.jit.si", "bluejeans.com", "chime.aws",
    ]

    private let hosts: [String]

    init(hosts: Set<String>) { self.hosts = Self.services + hosts.sorted() }

    /// The link; nil where the event has none.
    func find(in event: ICalendar.Event) -> JoinURL? {
        let stated =
            event.conferences.map(\.uri)
            + [event.teamsMeetingURL, other("X-GOOGLE-CONFERENCE", in: event)].compactMap { $0 }
        if let link = stated.lazy.compactMap(Self.link).first { return link }
        for text in [event.location, event.description].compactMap({ $0 }) {
            if let link = serviceLink(in: text) { return link }
        }
        return event.url.flatMap(Self.link)
    }

    private func other(_ name: String, in event: ICalendar.Event) -> String? {
        for property in event.properties where property.name.text == name {
            switch property.value {
            case .text(let text), .uri(let text), .raw(let text, _): return text
            default: continue
            }
        }
        return nil
    }

    /// Whether a host belongs to a known meeting service.
    static func isService(_ host: String) -> Bool { matches(host, services) }

    private static func matches(_ host: String, _ hosts: [String]) -> Bool {
        hosts.contains { host == $0 || host.hasSuffix("." + $0) }
    }

    private func serviceLink(in text: String) -> JoinURL? {
        var rest = Substring(text)
        while let start = rest.firstRange(of: "https://") {
            rest = rest[start.upperBound...]
            let host = rest.prefix { !"/?#:".contains($0) && Self.isPartOfLink($0) }
            guard Self.matches(host.lowercased(), hosts) else { continue }
            let link = rest.prefix(while: Self.isPartOfLink)
            rest = rest[link.endIndex...]
            var trimmed = "https://" + link
            while let last = trimmed.last, ".,;!".contains(last) { trimmed.removeLast() }
            if let link = Self.link(trimmed) { return link }
        }
        return nil
    }

    private static func isPartOfLink(_ character: Character) -> Bool {
        !character.isWhitespace && !"<>\"'()[]{}\\^`|".contains(character)
    }

    private static func link(_ text: String) -> JoinURL? {
        do throws(JoinURL.Problem) { return try JoinURL(text) } catch { return nil }
    }
}

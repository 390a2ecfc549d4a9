internal import UsherText

/// A service whose meetings people join by a link, and how its links look.
///
/// docs/sources.md has the table with the source of each line.
struct MeetingService: Sendable {
    /// What a link of a service is for.
    enum Purpose: Hashable, Sendable {
        /// It leads into a meeting.
        case join
        /// It may lead into a meeting: the service has many forms.
        case unclear
        /// It leads to something else: the words say what.
        case other(String)
    }

    /// Domains; a subdomain counts as its domain.
    let domains: [String]
    /// The beginnings of paths that lead into a meeting, in lower case.
    var joins: [String] = []
    /// Parts of paths that lead elsewhere, in lower case, which come first.
    var others: [String] = []
    /// Subdomains that hold no meetings.
    var helpHosts: [String] = []
    /// Whether any other path may lead into a meeting.
    var isOpen = false

    static let all: [MeetingService] = [
        MeetingService(
            domains: ["zoom.us", "zoom.com", "zoomgov.com", "zoom.com.cn", "zoom.de"],
            joins: ["/j/", "/w/", "/my/", "/wc/join/", "/wc/", "/join", "/launch/jc/"],
            others: [
                "/ics", "/test", "/register", "/webinar/register", "/meeting/register", "/u/", "/zoomconference",
                "/download",
                "/rec/", "/recording", "/s/", "/skype/", "/pricing", "/hc/", "/support", "/calendar/", "/wc/leave",
            ],
            helpHosts: [
                "support", "help", "success", "explore", "blog", "status", "marketplace", "community", "learning",
            ]),
        MeetingService(
            domains: [
                "teams.microsoft.com", "teams.cloud.microsoft", "teams.microsoft.us", "teams.live.com",
                "teams.microsoftonline.cn",
            ],
            joins: ["/l/meetup-join/", "/meet/", "/event/", "/_#/l/meetup-join/", "/dl/launcher/", "/v2/?meetingjoin"],
            others: [
                "/l/channel/", "/l/team/", "/l/chat/", "/l/message/", "/l/entity/", "/l/app/", "/l/call/", "/l/file/",
                "/l/task/", "/meetingoptions", "/registration/", "/downloads", "/join-a-meeting", "/usp/",
            ], isOpen: true),
        MeetingService(
            domains: ["meet.google.com"], joins: ["/lookup/", "/stream/"],
            others: ["/landing", "/tel", "/new", "/linkredirect"],
            isOpen: true),
        MeetingService(domains: ["stream.meet.google.com"], joins: ["/stream/"]),
        MeetingService(domains: ["g.co"], joins: ["/meet/"]),
        MeetingService(
            domains: ["webex.com", "webex.com.cn"],
            joins: ["/meet/", "/join/", "/m/", "/wbxmjs/joinservice", "/webappng/sites/"],
            others: [
                "globalcallin", "/help", "/register", "/k2/", "tollfree", "/dashboard", "/download", "/recording",
                "/ldr.php",
                "/lsr.php", "/testmeeting", "/test-meeting", "/ic.php", "/msc?",
            ],
            helpHosts: ["help", "support", "www", "status", "developer"], isOpen: true),
        MeetingService(
            domains: [
                "meet.goto.com", "app.goto.com", "gotomeet.me", "gotomeet.at", "gotomeeting.com", "gotowebinar.com",
                "gototraining.com",
            ],
            joins: ["/join/", "/meeting/"],
            others: [
                "/register", "/dialin", "/download", "/system-check", "/install", "/test", "/unsubscribe", "/online/",
            ],
            helpHosts: ["support", "care", "blog", "www", "link"], isOpen: true),
        MeetingService(
            domains: ["bluejeans.com"],
            others: ["/premium-numbers", "/numbers", "/111", "/test", "/downloads", "/primetime/register", "/trial"],
            helpHosts: ["support", "www"], isOpen: true),
        MeetingService(
            domains: ["chime.aws"], others: ["/dialinnumbers", "/download", "/help", "/signin", "/pricing"],
            helpHosts: ["answers", "support"], isOpen: true),
        MeetingService(
            domains: ["meet.jit.si", "8x8.vc"], others: ["/static/", "/download", "/privacy", "/recordings"],
            isOpen: true),
        MeetingService(
            domains: ["whereby.com", "appear.in"],
            others: ["/information", "/user", "/blog", "/pricing", "/support", "/org/signup", "/help"],
            helpHosts: ["help", "support", "docs", "status"], isOpen: true),
        MeetingService(
            domains: ["meet.lync.com", "join.skype.com", "meet.lync.cn", "meet.gov.skypeforbusiness.us"],
            others: ["/dialin"],
            isOpen: true),
        MeetingService(domains: ["hangouts.google.com"], joins: ["/hangouts/_/", "/call/"]),
        MeetingService(
            domains: ["ringcentral.com"], joins: ["/join/", "/j/", "/conf/on/"], others: ["/teleconference"]),
        MeetingService(domains: ["adobeconnect.com"], others: ["/common/help", "/system/get-player"], isOpen: true),
        MeetingService(domains: ["facetime.apple.com"], joins: ["/join"]),
        MeetingService(domains: ["meeting.tencent.com", "voovmeeting.com"], joins: ["/dm/", "/s/", "/p/", "/dw/"]),
        MeetingService(domains: ["vc.feishu.cn", "vc.larksuite.com"], joins: ["/j/"]),
        MeetingService(domains: ["telemost.yandex.ru", "telemost.yandex.com"], joins: ["/j/"]),
        MeetingService(
            domains: ["meet.zoho.com", "meet.zoho.eu", "meet.zoho.in", "meeting.zoho.com", "meeting.zoho.eu"],
            joins: ["/meeting/join", "/join"], isOpen: true),
        MeetingService(domains: ["lifesizecloud.com", "lifesize.com"], helpHosts: ["www", "support"], isOpen: true),
        MeetingService(domains: ["meet.starleaf.com", "pexip.me"], isOpen: true),
        MeetingService(domains: ["app.livestorm.co"], others: ["/privacy"], isOpen: true),
        MeetingService(
            domains: ["meetings.vonage.com", "meetings.dialpad.com", "app.gather.town", "senfcall.de", "gather.town"],
            isOpen: true),
    ]

    /// What a link is for; nil where it belongs to no known service.
    static func purpose(of link: LinkParts) -> Purpose? {
        if let service = all.first(where: { $0.holds(link.host) }) { return service.purpose(link) }
        return isBigBlueButton(link.path) ? .join : nil
    }

    /// Whether a host belongs to a known service.
    static func isService(_ host: String) -> Bool { all.contains { $0.holds(host) } }

    private func holds(_ host: String) -> Bool { domains.contains { host == $0 || host.hasSuffix("." + $0) } }

    private func purpose(_ link: LinkParts) -> Purpose {
        if helpHosts.contains(where: { link.host.hasPrefix($0 + ".") && !domains.contains(link.host) }) {
            return .other("a page of help")
        }
        let path = link.path.lowercased()
        guard path.count > 1 else { return .other("the front page of the service") }
        // A path of joining may be followed by what is no longer one: `/j/1/register`, `/meeting/ID/ics`.
        if let other = others.first(where: { Self.path(path, holds: $0) }) {
            return .other("not the way in (\(other))")
        }
        if domains.contains("meet.google.com"), !joins.contains(where: path.hasPrefix) {
            return Self.isMeetCode(link.path) ? .join : .other("no code of a meeting")
        }
        if joins.contains(where: path.hasPrefix) { return .join }
        return isOpen ? .unclear : .other("no path of a meeting")
    }

    /// Whether a path has these segments anywhere, or begins with them where they end in a slash.
    private static func path(_ path: String, holds part: String) -> Bool {
        guard part.hasPrefix("/") else { return path.contains(part) }
        if part.hasSuffix("/") { return path.hasPrefix(part) || part.count > 4 && path.contains(part) }
        guard let range = path.firstRange(of: part) else { return false }
        let next = range.upperBound < path.endIndex ? path[range.upperBound] : "/"
        return "/?#.;".contains(next)
    }

    /// `/abc-defg-hij` (Google Meet).
    private static func isMeetCode(_ path: String) -> Bool {
        let code = path.dropFirst().prefix { !"/?#".contains($0) }
        let parts = code.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [3, 4, 3] && parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isLetter } }
    }

    /// BigBlueButton runs on hosts of its own: Greenlight's `/b/abc-def-ghi` and `/rooms/abc-def-ghi-jkl/join`, and the server's own entrance.
    private static func isBigBlueButton(_ path: String) -> Bool {
        let segments = path.prefix { !"?#".contains($0) }.split(separator: "/").map { $0.lowercased() }
        func isRoom(_ text: String) -> Bool {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            return (2...4).contains(parts.count)
                && parts.allSatisfy { $0.count == 3 && $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } }
        }
        if segments.count == 2, segments[0] == "b" { return isRoom(segments[1]) }
        if segments.count >= 2, segments[0] == "rooms" { return isRoom(segments[1]) }
        return segments.starts(with: ["bigbluebutton", "api", "join"])
            || segments.starts(with: ["html5client", "join"])
    }
}

/// A web link in its parts.
struct LinkParts: Hashable, Sendable {
    /// The link with its scheme in lower case; `http` becomes `https` where the service is known.
    let text: String
    /// The host in lower case.
    let host: String
    /// Path, query and fragment; empty for none.
    let path: String
    let isSecure: Bool

    /// Divides a link; nil where it is no http or https URL with a host.
    init?(_ link: String) {
        let lower = link.prefix(8).lowercased()
        guard lower.hasPrefix("https://") || lower.hasPrefix("http://") else { return nil }
        isSecure = lower.hasPrefix("https://")
        let rest = link.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        host = authority.prefix { $0 != ":" }.lowercased()
        guard !host.isEmpty, !authority.contains("@") else { return nil }
        let path = rest[authority.endIndex...]
        self.path = path.hasPrefix("/") || path.isEmpty ? String(path) : "/" + path
        text = (isSecure ? "https://" : "http://") + rest
    }

    /// The same link over https.
    var secured: String { isSecure ? text : "https://" + text.dropFirst(7) }
}

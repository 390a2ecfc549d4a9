internal import UsherText

/// Takes a link out of the ones in which mail gateways and search engines wrap it, so that they see who follows it.
///
/// Sources: Microsoft Defender for Office 365 "Safe Links"; Proofpoint "URL Defense" decoder (v1 to v3); the wrappers' own query parameters.
enum WrappedLink {
    /// Host (a subdomain counts, too) and the query parameters that hold the link.
    private static let parameters: [(host: String, names: [String])] = [
        ("safelinks.protection.outlook.com", ["url"]), ("safelinks.protection.office365.us", ["url"]),
        ("statics.teams.cdn.office.net", ["url"]), ("google.com", ["q", "url"]), ("linkprotect.cudasvc.com", ["a"]),
        ("trendmicro.com", ["url"]), ("fireeye.com", ["u"]), ("fireeye.eu", ["u"]), ("symantec.com", ["u"]),
        ("l.facebook.com", ["u"]), ("lm.facebook.com", ["u"]), ("linkedin.com", ["url"]),
        ("slack-redir.net", ["url"]), ("clicktime.cloud.postoffice.net", ["u"]), ("urlsand.com", ["u", "url"]),
        ("mimecastprotect.com", ["url"]), ("t.yesware.com", ["u"]), ("deref-gmx.net", ["redirectUrl"]),
        ("deref-web.de", ["redirectUrl"]), ("exclaimer.net", ["url"]),
    ]
    private static let mostLayers = 4

    /// The link within; the link itself where it is not wrapped.
    static func unwrapped(_ link: String) -> String {
        var current = link
        for _ in 0..<mostLayers {
            guard let parts = LinkParts(current), let inner = inner(parts), LinkParts(inner) != nil, inner != current
            else { return current }
            current = inner
        }
        return current
    }

    private static func inner(_ link: LinkParts) -> String? {
        if isHost(link.host, "urldefense.com") || isHost(link.host, "urldefense.proofpoint.com")
            || isHost(link.host, "urldefense.us")
        {
            return proofpoint(link)
        }
        // Cisco Secure Email: https://secure-web.cisco.com/TOKEN/https%3A%2F%2F…
        if isHost(link.host, "secure-web.cisco.com") {
            return link.path.prefix { $0 != "?" }.split(separator: "/").last.map(decoded)
        }
        for (host, names) in parameters where isHost(link.host, host) {
            // Google's links are wrapped only under /url.
            if host == "google.com", !link.path.hasPrefix("/url?") { return nil }
            for name in names {
                if let value = parameter(name, of: link) { return decoded(value) }
            }
        }
        return nil
    }

    private static func isHost(_ host: String, _ domain: String) -> Bool {
        host == domain || host.hasSuffix("." + domain)
    }

    private static func parameter(_ name: String, of link: LinkParts) -> Substring? {
        guard let query = link.path.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
        for part in query.split(whereSeparator: { "&;".contains($0) }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, pair[0].lowercased() == name.lowercased() { return pair[1] }
        }
        return nil
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        String(decoding: PercentEncoding.octets(text), as: UTF8.self)
    }

    // MARK: Proofpoint

    private static func proofpoint(_ link: LinkParts) -> String? {
        if link.path.hasPrefix("/v3/") { return third(link.path) }
        guard let value = parameter("u", of: link) else { return nil }
        if link.path.hasPrefix("/v1/") { return decoded(value) }
        // In v2, a minus stands for a percent sign and a low line for a slash.
        return decoded(String(value.map { $0 == "-" ? "%" : $0 == "_" ? "/" : $0 }))
    }

    /// `/v3/__LINK__;BASE64!!…`: each `*` stands for one of the encoded octets, and `**X` for a run of them.
    private static func third(_ path: String) -> String? {
        let start = path.dropFirst("/v3/".count)
        guard start.hasPrefix("__"), let end = start.dropFirst(2).firstRange(of: "__;") else { return nil }
        let link = start[start.index(start.startIndex, offsetBy: 2)..<end.lowerBound]
        let encoded = start[end.upperBound...].prefix { $0 != "!" }
        let characters = Array(Base64.decode(encoded, .url).map { String(decoding: $0, as: UTF8.self) } ?? "")
        var (text, used) = ("", 0)
        var rest = link
        while let first = rest.popFirst() {
            guard first == "*" else {
                text.append(first)
                continue
            }
            var run = 1
            if rest.first == "*", let length = rest.dropFirst().first.flatMap(runLength) {
                rest = rest.dropFirst(2)
                run = length
            }
            guard used + run <= characters.count else { return nil }
            text += String(characters[used..<used + run])
            used += run
        }
        // A slash after the scheme is lost on the way through some programs.
        if text.hasPrefix("https:/"), !text.hasPrefix("https://") { text = "https://" + text.dropFirst(7) }
        return text
    }

    private static func runLength(_ character: Character) -> Int? {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        guard let index = alphabet.firstIndex(of: character) else { return nil }
        return alphabet.distance(from: alphabet.startIndex, to: index) + 2
    }
}

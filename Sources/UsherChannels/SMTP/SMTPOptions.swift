package import UsherCredentials
package import UsherJob
package import UsherModel
internal import UsherText

/// The options of a channel of kind `smtp`.
package struct SMTPOptions: Hashable, Sendable {
    /// How the connection is protected.
    package enum TLS: String, Hashable, Sendable, CaseIterable {
        /// STARTTLS; a server without it gets no mail (RFC 3207).
        case required
        /// TLS from the first byte (RFC 8314 §3).
        case implicit
        /// No TLS; only for a relay on this machine.
        case none
    }

    /// The servers, in the order in which they are tried.
    package let servers: [String]
    package let tls: TLS
    /// Nil where the client does not sign in.
    package let authentication: MailAuthentication?
    /// Certificates to trust in place of the system's; nil trusts the system's.
    package let caFile: String?
    /// The client's name in EHLO; nil uses the sender's domain.
    package let clientName: String?
    /// Messages sent over one connection before it is closed.
    package let messagesPerConnection: Int
    package let profile: MailProfile

    /// Reads the options; nil where there are problems.
    package init?(_ channel: ChannelNode, _ problems: JobProblems, folder: String) {
        let keys =
            Job.channelKeys + MailOptions.keys + MailAuthentication.keys
            + ["url", "urls", "tls", "ca-file", "messages-per-connection", "ehlo"]
        guard let map = JobMap(channel.kind.node, problems, keys: keys) else { return nil }
        let nodes = map["urls"].map { $0.items(problems, of: "servers") } ?? [map["url"]].compactMap { $0 }
        servers = nodes.compactMap { $0.parsed("smtp://HOST:PORT or smtps://HOST:PORT", problems) { Self.server($0) } }
        tls = map.choice("tls", TLS.self) ?? .required
        caFile = map.path("ca-file", in: folder)
        clientName = map.parsed("ehlo", "a domain name such as jobs.contoso.com") { text in
            let isName = text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 46
            }
            return isName && !text.isEmpty && text.utf8.count <= 255 ? text : nil
        }
        messagesPerConnection = map.integer("messages-per-connection", 1...100_000) ?? 100
        let authentication = Self.authentication(map)
        let profile = MailOptions.profile(map)
        if nodes.isEmpty { problems.error(map.node, "no server", expected: "url: smtp://HOST:587") }
        if tls == .none, !servers.allSatisfy({ NetworkLocation.isThisMachine(url: $0) }), let node = map["tls"] {
            problems.error(
                node, "none", expected: "required or implicit: only a server on this machine may do without TLS")
        }
        guard let authentication, let profile else { return nil }
        (self.authentication, self.profile) = (authentication, profile)
    }

    private static func server(_ text: String) -> String? {
        guard text.hasPrefix("smtp://") || text.hasPrefix("smtps://"), !text.contains("@"), !Line.hasForbidden(text),
            !text.contains(" "), NetworkLocation.host(ofURL: text) != nil
        else { return nil }
        return text
    }

    /// Reads the sign-in; `.some(nil)` where no user is named.
    private static func authentication(_ map: JobMap) -> MailAuthentication?? {
        guard map["username"] == nil else { return MailAuthentication(map).map { .some($0) } }
        for key in MailAuthentication.keys {
            if let node = map[key] { map.problems.error(node, "no username", expected: "username: {env: NAME}") }
        }
        return .some(nil)
    }
}

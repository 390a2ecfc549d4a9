package import UsherCredentials
package import UsherJob
internal import UsherModel
internal import UsherText
internal import UsherTransfer

/// The options of the mailbox that `usher inbox` reads.
package struct InboxOptions: Hashable, Sendable {
    /// How the connection is protected.
    package enum TLS: String, Hashable, Sendable, CaseIterable {
        /// STARTTLS, or no connection (RFC 2595 §3).
        case required
        /// From the first byte (RFC 8314 §3.2).
        case implicit
        /// None: for a server on this machine only.
        case none
    }

    /// `imap://host:port` or `imaps://host:port`.
    package let server: String
    /// The name of the mailbox, not encoded.
    package let folder: String
    package let tls: TLS
    package let authentication: MailAuthentication
    /// The mail servers whose word on the origin of a message counts.
    package let trust: MailTrust
    /// Certificates to trust in place of the system's; nil trusts the system's.
    package let caFile: String?

    /// Reads the options; nil where there are problems.
    package init?(_ node: JobNode, _ problems: JobProblems, folder jobFolder: String) {
        let keys = ["url", "tls", "ca-file", "trust"] + MailAuthentication.keys
        guard let map = JobMap(node, problems, keys: keys) else { return nil }
        let expected = "imaps://HOST/FOLDER, or imap://HOST/FOLDER for STARTTLS"
        let location = map.required("url", expected)?.parsed(expected, problems) { Self.location($0) }
        let authentication = MailAuthentication(map)
        caFile = map.path("ca-file", in: jobFolder)
        let expectedName = "the name at the beginning of the server's Authentication-Results fields, or exchange-online"
        trust = MailTrust(
            (map["trust"]?.items(map.problems, of: expectedName) ?? []).compactMap { node in
                node.parsed(expectedName, map.problems) { Self.serverName($0) }
            })
        let isImplicit = location?.server.hasPrefix("imaps://") ?? true
        let tls = map.choice("tls", TLS.self) ?? (isImplicit ? .implicit : .required)
        if let node = map["tls"] { Self.check(tls, location?.server, node, problems) }
        guard let location, let authentication else { return nil }
        (server, folder, self.authentication, self.tls) = (location.server, location.folder, authentication, tls)
    }

    /// A name as RFC 8601 §2.5 recommends it: that of a host, or another word.
    private static func serverName(_ text: String) -> String? {
        let isWord = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?=".utf8.contains($0) }
        return isWord && !text.isEmpty ? text : nil
    }

    private static func check(_ tls: TLS, _ server: String?, _ node: JobNode, _ problems: JobProblems) {
        guard let server else { return }
        if tls == .none, !NetworkLocation.isThisMachine(url: server) {
            problems.error(
                node, "none", expected: "required or implicit: only a server on this machine may do without TLS")
        }
        if tls != .implicit, server.hasPrefix("imaps://") {
            problems.error(node, tls.rawValue, expected: "implicit, or a URL that begins with imap://")
        }
    }

    /// Server and mailbox of an IMAP URL (RFC 5092 §2) without a user; the mailbox is `INBOX` where it names none.
    private static func location(_ text: String) -> (server: String, folder: String)? {
        guard let scheme = ["imap://", "imaps://"].first(where: { text.hasPrefix($0) }),
            !Line.hasForbidden(text), !text.contains(" ")
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let host = rest.prefix { $0 != "/" }
        guard !host.isEmpty, !host.contains(where: { "@?#;".contains($0) }) else { return nil }
        guard let folder = PercentEncoding.text(rest.dropFirst(host.count + 1)), !Line.hasForbidden(folder) else {
            return nil
        }
        return (scheme + host, folder.isEmpty ? "INBOX" : folder)
    }
}

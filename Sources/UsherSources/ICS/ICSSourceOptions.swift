package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// The options of a source of kind `ics`.
package struct ICSSourceOptions: Hashable, Sendable {
    /// Where the calendar is.
    package enum Location: Hashable, Sendable {
        /// A file.
        case file(String)
        /// An https URL that the job file states.
        case url(String)
        /// A URL that is itself a secret, as private calendar addresses are.
        case reference(SecretReference)
    }

    package let location: Location
    /// More attendees, beside those in the calendar.
    package let attendees: AttendeesCSV?
    /// Hosts whose links are join links wherever they occur, beside the well-known ones.
    package let joinHosts: Set<String>
    /// The zone of times without one (floating times); nil for the one that the calendar names, or else UTC.
    package let zone: String?
    /// What the server of a URL is told.
    package let access: FeedAccess
    /// How long an event without an end is taken to last.
    package let length: Duration

    /// Reads the options; nil where there are problems.
    package init?(
        _ kind: KindNode, _ problems: JobProblems, folder: String, length: Duration = Job.defaultLength,
        isZone: (String) -> Bool
    ) {
        self.length = length
        let keys = ["kind", "file", "url", "attendees", "join-hosts", "time-zone"] + FeedAccess.keys
        guard let map = JobMap(kind.node, problems, keys: keys) else { return nil }
        attendees = map["attendees"].flatMap { AttendeesCSV($0, problems, folder: folder) }
        joinHosts = JoinHosts.read(map)
        zone = map.parsed("time-zone", "an IANA zone such as Europe/Berlin") { isZone($0) ? $0 : nil }
        guard let access = FeedAccess(map) else { return nil }
        self.access = access
        switch (map["file"], map["url"]) {
        case (.some, nil):
            for key in FeedAccess.keys {
                if let node = map[key] { problems.error(node, key, expected: "that only with url") }
            }
            guard let path = map.path("file", in: folder) else { return nil }
            location = .file(path)
        case (nil, let node?):
            guard let location = Self.url(node, problems) else { return nil }
            self.location = location
        case (nil, nil), (.some, .some):
            problems.error(map.node, "not exactly one of file and url", expected: "file: PATH, or url: an https URL")
            return nil
        }
    }

    private static func url(_ node: JobNode, _ problems: JobProblems) -> Location? {
        if case .map = node.value { return node.secret(problems).map { .reference($0) } }
        if case .text(let text) = node.value, hasUser(text) {
            // Its password must not be shown.
            problems.error(
                node, "a URL with a user name in it",
                expected: "the URL without it, and username and password beside it")
            return nil
        }
        return node.parsed("an https URL (http only to this machine), or a reference to one", problems) { text in
            let url = secured(text)
            return allows(url) ? .url(url) : nil
        }
    }

    private static func hasUser(_ url: String) -> Bool {
        guard let scheme = url.firstRange(of: "://") else { return false }
        return url[scheme.upperBound...].prefix { !"/?#".contains($0) }.contains("@")
    }

    /// The https URL of a subscription link: `webcal` is what calendars call it.
    static func secured(_ text: String) -> String {
        for scheme in ["webcal://", "webcals://"] where text.lowercased().hasPrefix(scheme) {
            return "https://" + text.dropFirst(scheme.count)
        }
        return text
    }

    /// Whether a calendar may be fetched from a URL: over TLS, or from this machine.
    static func allows(_ text: String) -> Bool {
        do throws(TransferError) {
            let url = try HTTPURL(text)
            return url.scheme == .https || NetworkLocation.isThisMachine(host: url.host)
        } catch {
            return false
        }
    }
}

/// `join-hosts` of a source.
enum JoinHosts {
    /// The host names in lower case.
    static func read(_ map: JobMap) -> Set<String> {
        Set(
            (map["join-hosts"]?.items(map.problems, of: "host names") ?? []).compactMap { node in
                node.parsed("a host name such as meet.contoso.com", map.problems) { text in
                    text.isEmpty || text.contains { "/:@ ".contains($0) } ? nil : text.lowercased()
                }
            })
    }
}

internal import UsherCredentials
package import UsherGraph
package import UsherJob
package import UsherModel

/// The options of a source of kind `graph`.
package struct GraphSourceOptions: Hashable, Sendable {
    /// An entry of `events`.
    package enum Selection: Hashable, Sendable {
        /// All of a kind that the application may see.
        case all(EventKind)
        /// Those of one user in a role.
        case user(EventKind, id: String, role: Role)
        /// Those of the signed-in user in a role: only with a delegated token.
        case signedIn(EventKind, role: Role)
        /// One, by its id.
        case one(EventKind, EventID)

        package var kind: EventKind {
            switch self {
            case .all(let kind), .user(let kind, _, _), .signedIn(let kind, _), .one(let kind, _): kind
            }
        }

        /// What it selects, in words: the ledger remembers by them which entries listed a session.
        package var name: String {
            switch self {
            case .all(let kind): "all \(kind.rawValue)s"
            case .user(let kind, let id, let role): "\(kind.rawValue)s of user \(id) as \(role.rawValue)"
            case .signedIn(let kind, let role): "\(kind.rawValue)s of the signed-in user as \(role.rawValue)"
            case .one(let kind, let id): "\(kind.rawValue) \(id)"
            }
        }
    }

    /// A user's part in an event.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// The person who created it.
        case organizer
        /// A person who helps to run it.
        case coOrganizer
    }

    package let connection: GraphConnection
    package let events: [Selection]
    /// Hosts that join links may have, beside those of the cloud.
    package let joinHosts: Set<String>

    /// Reads the options; nil where there are problems.
    package init?(_ kind: KindNode, _ problems: JobProblems) {
        let keys = ["kind"] + GraphConnection.keys + ["events", "join-hosts", "try-anyway"]
        guard let map = JobMap(kind.node, problems, keys: keys) else { return nil }
        let connection = GraphConnection(map)
        let events = map.required("events", "a list of events")?.items(problems, of: "events") ?? []
        self.events = events.compactMap { Self.selection($0, problems) }
        joinHosts = JoinHosts.read(map)
        guard let connection else { return nil }
        self.connection = connection
        if events.isEmpty, map["events"] != nil {
            problems.error(map.node, "no events", expected: "one entry at least")
        }
        check(map)
    }

    /// Checks cloud, sign-in and events against each other.
    private func check(_ map: JobMap) {
        if !connection.application.cloud.offersVirtualEvents, map.flag("try-anyway") != true {
            map.problems.error(
                map["cloud"] ?? map.node,
                "\(connection.application.cloud.rawValue), whose Microsoft Graph does not offer virtual events (its metadata of 2026-08-20 has none)",
                expected: "cloud: global, or try-anyway: true if you know that this has changed")
        }
        let needsUser = events.contains { if case .signedIn = $0 { true } else { false } }
        if connection.application.hasReadyToken { return }
        if needsUser, let node = map["events"] {
            map.problems.error(
                node, "events of the signed-in user, where an application signs in",
                expected: "by-user: the organizer's id, or auth: {kind: token, token: …} with a user's token")
        }
    }

    private static let kinds: [(one: String, many: String, kind: EventKind)] = [
        ("webinar", "webinars", .webinar), ("townhall", "townhalls", .townhall), ("event", "events", .event),
    ]

    private static func selection(_ node: JobNode, _ problems: JobProblems) -> Selection? {
        guard let map = JobMap(node, problems, keys: kinds.map(\.one) + kinds.map(\.many)) else { return nil }
        if case .map(let entries) = node.value, entries.count > 1 {
            problems.error(node, "several keys in one entry", expected: "one entry for each: a list item of its own")
            return nil
        }
        for (one, many, kind) in kinds {
            if let id = map.text(one) { return .one(kind, EventID(rawValue: id)) }
            if let node = map[many] { return selection(node, kind, problems) }
        }
        problems.error(node, "no event", expected: "webinar, townhall, event, webinars, townhalls or events")
        return nil
    }

    private static func selection(_ node: JobNode, _ kind: EventKind, _ problems: JobProblems) -> Selection? {
        if case .text("all") = node.value { return .all(kind) }
        guard kind != .event else {
            problems.error(node, node.shape, expected: "all: only webinars and townhalls can be asked for by user")
            return nil
        }
        guard let map = JobMap(node, problems, keys: ["by-user", "role"]) else { return nil }
        let role = map.choice("role", Role.self) ?? .organizer
        guard let user = map["by-user"] else { return .signedIn(kind, role: role) }
        return user.text(problems).map { .user(kind, id: $0, role: role) }
    }
}

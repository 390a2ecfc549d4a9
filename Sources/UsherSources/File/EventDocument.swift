internal import UsherModel
internal import UsherText

/// One file of events in Graph's shapes, walked through once.
///
/// Accepted are `{"webinars": […], "townhalls": […], "events": […]}`, Graph's list answer `{"value": […]}`, a bare array of events, and a
/// single event; each event may hold `sessions`, `registrations` and `presenters`, as `$expand` gives them, in any order.
struct EventDocument {
    /// An event as it was found.
    struct EventRecord {
        /// What kind its container says it is.
        let kind: EventKind?
        /// The line in which it begins.
        let line: Int
        /// Everything of it but sessions and registrations; nil where that is no JSON object of reasonable size.
        let own: JSONValue?
        /// Its sessions, each with the line in which it begins; nil for one that is no JSON object of reasonable size.
        let sessions: [(line: Int, tree: JSONValue?)]
        /// Where its registrations begin.
        let registrations: [Place]
    }

    /// A place in a file.
    struct Place: Hashable, Sendable {
        let path: String
        let offset: Int64
        let line: Int
        /// The file as it was then.
        let identity: String?
    }

    private let stream: JSONStream
    private static let containers: [String: EventKind?] = [
        "webinars": .webinar, "townhalls": .townhall, "events": nil, "value": nil,
    ]

    /// Walks through a file and hands out its events.
    ///
    /// - Throws: ``SourceError`` where the file cannot be read or is no JSON; what was handed out before stands.
    static func walk(_ path: String, _ body: (EventRecord) throws(SourceError) -> Void) throws(SourceError) {
        let bytes = try ByteStream(path: path)
        let document = EventDocument(stream: JSONStream(bytes))
        if document.stream.peek() == UInt8(ascii: "[") {
            try document.stream.eachItem { () throws(SourceError) in try document.event(kind: nil, body) }
        } else {
            try document.root(body)
        }
        guard document.stream.peek() == nil else { throw document.stream.broken("the end of the file") }
        try bytes.check()
    }

    /// The outermost object: a container of events, or an event itself.
    private func root(_ body: (EventRecord) throws(SourceError) -> Void) throws(SourceError) {
        var collector = Collector(kind: nil, line: stream.line)
        try stream.eachMember { (key) throws(SourceError) in
            if let kind = Self.containers[key] {
                if stream.peek() == UInt8(ascii: "[") {
                    try stream.eachItem { () throws(SourceError) in try event(kind: kind, body) }
                } else {
                    try event(kind: kind, body)
                }
            } else {
                try member(key, &collector)
            }
        }
        if let found = collector.found, found.own?["id"] != .null || !found.sessions.isEmpty { try body(found) }
    }

    private func event(kind: EventKind?, _ body: (EventRecord) throws(SourceError) -> Void) throws(SourceError) {
        guard stream.peek() == UInt8(ascii: "{") else {
            let line = stream.line
            try stream.skip()
            return try body(EventRecord(kind: kind, line: line, own: nil, sessions: [], registrations: []))
        }
        var collector = Collector(kind: kind, line: stream.line)
        try stream.eachMember { (key) throws(SourceError) in try member(key, &collector) }
        if let found = collector.found { try body(found) }
    }

    private func member(_ key: String, _ collector: inout Collector) throws(SourceError) {
        switch (key, stream.peek()) {
        case ("sessions", UInt8(ascii: "[")):
            try stream.eachItem { () throws(SourceError) in
                let line = stream.line
                let bytes = try stream.value(limit: Limits.recordBytes)
                guard collector.sessions.count <= Limits.sessions else { return }
                collector.sessions.append((line, bytes.flatMap { JSONValue($0) }))
            }
        case ("registrations", UInt8(ascii: "[")):
            collector.registrations.append(
                Place(
                    path: stream.bytes.path, offset: stream.bytes.offset, line: stream.line,
                    identity: stream.bytes.identity))
            try stream.skip()
        default:
            collector.add(key, try stream.value(limit: Limits.recordBytes))
        }
    }

    /// Gathers the members of an event in whatever order they come.
    private struct Collector {
        let kind: EventKind?
        let line: Int
        var sessions: [(line: Int, tree: JSONValue?)] = []
        var registrations: [Place] = []
        private var own = JSONObject()
        private var size = 0
        private var isBroken = false

        init(kind: EventKind?, line: Int) {
            (self.kind, self.line) = (kind, line)
        }

        mutating func add(_ key: String, _ bytes: [UInt8]?) {
            size += bytes?.count ?? Limits.recordBytes
            guard size <= Limits.recordBytes, let bytes, let tree = JSONValue(bytes) else {
                isBroken = true
                return
            }
            own.append(key, tree)
        }

        var found: EventRecord? {
            EventRecord(
                kind: kind, line: line, own: isBroken ? nil : .object(own), sessions: sessions,
                registrations: registrations)
        }
    }
}

internal import UsherModel
internal import UsherText

/// Reads one file of events in Graph's shapes, in a single pass.
///
/// It accepts `{"webinars": […], "townhalls": […], "events": […]}`, Graph's list answer `{"value": […]}`, a bare array of events, and a
/// single event; each event may hold `sessions`, `registrations` and `presenters`, as `$expand` returns them, in any order.
struct EventDocument {
    /// One event of the file.
    struct Entry {
        /// The kind that its container implies; nil where it implies none.
        let kind: EventKind?
        /// The line it begins in.
        let line: Int
        /// Its properties without sessions and registrations; nil where they are no JSON object within ``Limits/recordBytes``.
        let own: JSONValue?
        /// Its sessions, each with the line it begins in; nil for one that is no JSON object within ``Limits/recordBytes``.
        let sessions: [(line: Int, tree: JSONValue?)]
        /// Where its arrays of registrations begin.
        let registrations: [Location]
    }

    /// A position in a file, to return to later.
    struct Location: Hashable, Sendable {
        let path: String
        let offset: Int64
        let line: Int
        /// The identity of the file at that time.
        let identity: String?
    }

    private let stream: JSONStream
    private static let containers: [String: EventKind?] = [
        "webinars": .webinar, "townhalls": .townhall, "events": nil, "value": nil,
    ]

    /// Calls `body` for each event of a file.
    ///
    /// - Throws: ``SourceError`` where the file cannot be read or is not JSON; events passed to `body` before remain valid.
    static func walk(_ path: String, _ body: (Entry) throws(SourceError) -> Void) throws(SourceError) {
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
    private func root(_ body: (Entry) throws(SourceError) -> Void) throws(SourceError) {
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
        let entry = collector.entry
        if entry.own?["id"] != .null || !entry.sessions.isEmpty { try body(entry) }
    }

    private func event(kind: EventKind?, _ body: (Entry) throws(SourceError) -> Void) throws(SourceError) {
        guard stream.peek() == UInt8(ascii: "{") else {
            let line = stream.line
            try stream.skip()
            return try body(Entry(kind: kind, line: line, own: nil, sessions: [], registrations: []))
        }
        var collector = Collector(kind: kind, line: stream.line)
        try stream.eachMember { (key) throws(SourceError) in try member(key, &collector) }
        try body(collector.entry)
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
                Location(
                    path: stream.bytes.path, offset: stream.bytes.offset, line: stream.line,
                    identity: stream.bytes.identity))
            try stream.skip()
        default:
            collector.add(key, try stream.value(limit: Limits.recordBytes))
        }
    }

    /// Collects the members of an event, in any order.
    private struct Collector {
        let kind: EventKind?
        let line: Int
        var sessions: [(line: Int, tree: JSONValue?)] = []
        var registrations: [Location] = []
        private var own = JSONObject()
        private var size = 0
        private var isInvalid = false

        init(kind: EventKind?, line: Int) {
            (self.kind, self.line) = (kind, line)
        }

        mutating func add(_ key: String, _ bytes: [UInt8]?) {
            size += bytes?.count ?? Limits.recordBytes
            guard size <= Limits.recordBytes, let bytes, let tree = JSONValue(bytes) else {
                isInvalid = true
                return
            }
            own.append(key, tree)
        }

        var entry: Entry {
            Entry(
                kind: kind, line: line, own: isInvalid ? nil : .object(own), sessions: sessions,
                registrations: registrations)
        }
    }
}

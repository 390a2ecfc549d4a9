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
        /// Why its properties are no JSON; nil where they are, or are too many.
        let fault: DocumentFault?
        /// Its sessions.
        let sessions: [Item]
        /// Where its arrays of registrations begin.
        let registrations: [Location]
        /// Whether it says which sessions it has, be it none.
        let statesSessions: Bool
    }

    /// What a file holds that is no event.
    struct Stranger {
        /// The line it begins in.
        let line: Int
        /// The keys of the outermost object.
        let keys: [String]
    }

    /// A record within an event.
    struct Item {
        /// The line it begins in.
        let line: Int
        /// Nil where it is no JSON object within ``Limits/recordBytes``.
        let tree: JSONValue?
        /// Why it is no JSON; nil where it is, or is too long.
        let fault: DocumentFault?

        init(_ bytes: [UInt8]?, line: Int) {
            self.line = line
            tree = bytes.flatMap { JSONValue($0) }
            fault = tree == nil ? bytes.flatMap { DocumentFault($0, line: line) } : nil
        }
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
    /// - Returns: What the file holds instead, where its outermost object is neither a container of events nor an event.
    /// - Throws: ``SourceError`` where the file cannot be read or is not JSON; events passed to `body` before remain valid.
    static func walk(
        _ path: String, _ body: (Entry) throws(SourceError) -> Void
    ) throws(SourceError) -> Stranger? {
        var stranger: Stranger?
        let bytes = try ByteStream(path: path)
        let document = EventDocument(stream: JSONStream(bytes))
        if document.stream.peek() == UInt8(ascii: "[") {
            try document.stream.eachItem { () throws(SourceError) in try document.event(kind: nil, body) }
        } else {
            stranger = try document.root(body)
        }
        guard document.stream.peek() == nil else { throw document.stream.broken("the end of the file") }
        try bytes.check()
        return stranger
    }

    /// The outermost object: a container of events, or an event itself.
    private func root(_ body: (Entry) throws(SourceError) -> Void) throws(SourceError) -> Stranger? {
        var keys: [String] = []
        var isContainer = false
        let line = stream.line
        var collector = Collector(kind: nil, line: stream.line)
        try stream.eachMember { (key) throws(SourceError) in
            if keys.count < 10 { keys.append(key) }
            if let kind = Self.containers[key] {
                isContainer = true
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
        guard entry.own?["id"] == .null, entry.sessions.isEmpty else {
            try body(entry)
            return nil
        }
        return isContainer ? nil : Stranger(line: line, keys: keys)
    }

    private func event(kind: EventKind?, _ body: (Entry) throws(SourceError) -> Void) throws(SourceError) {
        guard stream.peek() == UInt8(ascii: "{") else {
            let line = stream.line
            try stream.skip()
            return try body(
                Entry(
                    kind: kind, line: line, own: nil, fault: nil, sessions: [], registrations: [], statesSessions: false
                ))
        }
        var collector = Collector(kind: kind, line: stream.line)
        try stream.eachMember { (key) throws(SourceError) in try member(key, &collector) }
        try body(collector.entry)
    }

    private func member(_ key: String, _ collector: inout Collector) throws(SourceError) {
        switch (key, stream.peek()) {
        case ("sessions", UInt8(ascii: "[")):
            collector.statesSessions = true
            try stream.eachItem { () throws(SourceError) in
                let line = stream.line
                let bytes = try stream.value(limit: Limits.recordBytes)
                guard collector.sessions.count <= Limits.sessions else { return }
                collector.sessions.append(Item(bytes, line: line))
            }
        case ("registrations", UInt8(ascii: "[")):
            collector.registrations.append(
                Location(
                    path: stream.bytes.path, offset: stream.bytes.offset, line: stream.line,
                    identity: stream.bytes.identity))
            try stream.skip()
        default:
            let line = stream.line
            collector.add(key, try stream.value(limit: Limits.recordBytes), line: line)
        }
    }

    /// Collects the members of an event, in any order.
    private struct Collector {
        let kind: EventKind?
        let line: Int
        var sessions: [Item] = []
        var statesSessions = false
        var registrations: [Location] = []
        private var own = JSONObject()
        private var size = 0
        private var isInvalid = false
        private var fault: DocumentFault?

        init(kind: EventKind?, line: Int) {
            (self.kind, self.line) = (kind, line)
        }

        mutating func add(_ key: String, _ bytes: [UInt8]?, line: Int) {
            size += bytes?.count ?? Limits.recordBytes
            guard size <= Limits.recordBytes, let bytes, let tree = JSONValue(bytes) else {
                isInvalid = true
                fault = fault ?? bytes.flatMap { DocumentFault($0, line: line) }
                return
            }
            own.append(key, tree)
        }

        var entry: Entry {
            Entry(
                kind: kind, line: line, own: isInvalid ? nil : .object(own), fault: fault, sessions: sessions,
                registrations: registrations, statesSessions: statesSessions)
        }
    }
}

/// A mistake in JSON, with its line in the file.
struct DocumentFault: Hashable, Sendable {
    let line: Int
    let problem: String

    /// Finds the mistake in octets that begin on a line; nil where they are JSON.
    init?(_ bytes: [UInt8], line: Int) {
        guard let fault = JSONFault(in: bytes) else { return nil }
        (self.line, problem) = (line + fault.lines, fault.problem)
    }
}

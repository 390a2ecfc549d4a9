internal import FoundationEssentials
package import UsherJob
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// What is remembered of places that were published to.
package protocol PublicationMemory: Sendable {
    /// What a place held when it was published last; nil for nothing.
    ///
    /// - Throws: ``PublishError``.
    func mark(of location: String) async throws(PublishError) -> PublishedMark?

    /// Remembers what a place holds now; nil forgets it.
    ///
    /// - Throws: ``PublishError``.
    func remember(_ mark: PublishedMark?, of location: String) async throws(PublishError)
}

/// A calendar object resource (RFC 4791 §4.1): a calendar with one event.
package struct CalendarObject: Hashable, Sendable {
    /// The event's UID, which names the resource.
    package let uid: String
    /// The calendar.
    package let bytes: [UInt8]

    /// Takes both.
    package init(uid: String, bytes: [UInt8]) {
        (self.uid, self.bytes) = (uid, bytes)
    }
}

/// What became of a collection.
package struct CollectionOutcome: Sendable {
    /// How often which, of the objects.
    package var counts: [Published: Int] = [:]
    /// What could not be brought up to date.
    package var problems: [PublishError] = []
}

/// Keeps a CalDAV collection up to date (RFC 4791): one object an event, only what has changed is written, and what is gone is deleted.
///
/// One REPORT compares. Objects that others made are never touched; where someone else has changed ours, theirs stays and it is said. A
/// collection that is missing is made.
package struct CollectionPublisher: Sendable {
    private let options: CollectionOptions
    private let prodID: String
    private let server: WebServer
    private let memory: any PublicationMemory

    /// So many objects that fail end the work on a collection for this run.
    static let patience = 5

    /// Takes the destination and fetches its secrets; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - options: The collection.
    ///   - prodID: What our calendars say of who made them: an object that carries it is ours even where the ledger does not know it.
    ///   - secrets: Where secrets come from.
    ///   - memory: What was published before.
    /// - Throws: ``PublishError`` where a secret cannot be had, or this machine has no memory or thread left.
    package init(
        _ options: CollectionOptions, prodID: String, secrets: SecretStore, memory: any PublicationMemory
    ) throws(PublishError) {
        (self.options, self.prodID, self.memory) = (options, prodID, memory)
        server = try WebServer(options.destination, secrets: secrets)
    }

    /// Ends the connections.
    package func finish() async { await server.finish() }

    /// Brings the collection to hold these objects, and none that was published before and is not among them.
    ///
    /// - Parameters:
    ///   - objects: What it shall hold.
    ///   - isStopping: Whether to leave the rest to the next run.
    /// - Returns: What became of each; an object that fails stops none of the others, unless many do.
    /// - Throws: ``PublishError`` where the collection can neither be read nor made.
    package func publish(
        _ objects: [CalendarObject], isStopping: () -> Bool
    ) async throws(PublishError) -> CollectionOutcome {
        let there = try await listing()
        var outcome = CollectionOutcome()
        for object in objects.sorted(by: { $0.uid < $1.uid }) {
            await note(&outcome, isStopping) { () async throws(PublishError) in
                try await publish(object, there.tags[Self.name(object.uid)])
            }
        }
        let wanted = Set(objects.map { Self.name($0.uid) })
        for (name, tag) in there.tags.sorted(by: { $0.key < $1.key }) where !wanted.contains(name) {
            await note(&outcome, isStopping) { () async throws(PublishError) in try await remove(name, tag) }
        }
        return outcome
    }

    private func note(
        _ outcome: inout CollectionOutcome, _ isStopping: () -> Bool,
        _ work: () async throws(PublishError) -> Published?
    ) async {
        let isHopeless = outcome.problems.contains { $0.code == .refusedCredentials }
        guard !isHopeless, outcome.problems.count < Self.patience, !isStopping() else { return }
        do throws(PublishError) {
            if let one = try await work() { outcome.counts[one, default: 0] += 1 }
        } catch {
            outcome.problems.append(error)
        }
    }

    private static func name(_ uid: String) -> String { uid + ".ics" }

    private func location(_ name: String) -> String {
        options.destination.pattern + ObjectKey.encoded(Array(name.utf8))
    }

    // MARK: The collection

    private func listing() async throws(PublishError) -> MultiStatus {
        let url = try server.url(options.destination.pattern)
        var answer = try await query(url)
        if answer.status == 404 || answer.status == 409 {
            try await makeCollection(url)
            answer = try await query(url)
        }
        guard answer.status == 207, let listing = MultiStatus(answer.body) else {
            throw PublishError(
                .cannotWrite, location: "REPORT \(url.location)",
                problem: "the server answered \(answer.status), with no list of calendar objects",
                next: "Check that the URL is a calendar collection of a CalDAV server, not its start page")
        }
        return listing
    }

    /// RFC 4791 §7.8: all events, by name and entity tag.
    private func query(_ url: HTTPURL) async throws(PublishError) -> HTTPResponse {
        let body = """
            <?xml version="1.0" encoding="utf-8"?>
            <c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/></d:prop>\
            <c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"/></c:comp-filter></c:filter>\
            </c:calendar-query>
            """
        return try await server.send(.report, url, [("Depth", "1"), Self.xml], Array(body.utf8))
    }

    /// RFC 4791 §5.3.1.
    private func makeCollection(_ url: HTTPURL) async throws(PublishError) {
        let properties: [XMLText?] = [
            options.name.map { "<d:displayname>\($0)</d:displayname>" },
            options.description.map { "<c:calendar-description>\($0)</c:calendar-description>" },
            // Apple's clients and most others read the color here, with an opaque alpha channel.
            options.color.map { "<a:calendar-color>\($0)FF</a:calendar-color>" },
        ]
        let set = XMLText(joining: properties.compactMap { $0 })
        let body: XMLText = """
            <?xml version="1.0" encoding="utf-8"?>
            <c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="http://apple.com/ns/ical/">\
            <d:set><d:prop>\(set)<c:supported-calendar-component-set><c:comp name="VEVENT"/>\
            </c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>
            """
        var answer = try await server.send(.mkcalendar, url, [Self.xml], Array(body.text.utf8))
        if answer.status == 409, try await server.makeCollections(above: url) {
            answer = try await server.send(.mkcalendar, url, [Self.xml], Array(body.text.utf8))
        }
        guard answer.isSuccess else { throw server.refusal(answer, .mkcalendar, url) }
    }

    private static let xml = ("Content-Type", "application/xml; charset=utf-8")

    // MARK: One object

    private func publish(_ object: CalendarObject, _ tag: String?) async throws(PublishError) -> Published {
        let location = location(Self.name(object.uid))
        let url = try server.url(location)
        let digest = Digest.hex(ofBytes: object.bytes)
        guard let tag else { return try await put(object.bytes, digest, location, url, ("If-None-Match", "*")) }
        let known = try await memory.mark(of: location)
        if let known, known.entityTag == tag, !tag.isEmpty {
            guard known.digest != digest else { return .unchanged }
            return try await put(object.bytes, digest, location, url, ("If-Match", tag))
        }
        return try await settle(object, digest, location, url, known)
    }

    /// The server holds something else than what was remembered: it decides whose it is.
    private func settle(
        _ object: CalendarObject, _ digest: String, _ location: String, _ url: HTTPURL, _ known: PublishedMark?
    ) async throws(PublishError) -> Published {
        let answer = try await server.send(.get, url, [("Accept-Encoding", "identity")])
        guard answer.status == 200 else { throw server.refusal(answer, .get, url) }
        let tag = answer.strongTag
        let held = Digest.hex(ofBytes: answer.body)
        if held == digest {
            let mark = PublishedMark(entityTag: tag, digest: digest)
            if mark != known { try await memory.remember(mark, of: location) }
            return .unchanged
        }
        // Known by no ledger and made by this program: published before by a ledger that was lost.
        let isOurs = known.map { $0 == .unsure || $0.digest == held } ?? isMade(answer.body)
        guard isOurs else { throw server.lostRace(url) }
        return try await put(object.bytes, digest, location, url, tag.map { ("If-Match", $0) })
    }

    private func isMade(_ body: [UInt8]) -> Bool {
        String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).contains("PRODID:\(prodID)")
    }

    private func put(
        _ bytes: [UInt8], _ digest: String, _ location: String, _ url: HTTPURL, _ condition: (String, String)?
    ) async throws(PublishError) -> Published {
        let fields = [("Content-Type", "text/calendar; charset=utf-8")] + (condition.map { [$0] } ?? [])
        let known = try await memory.mark(of: location)
        try await memory.remember(.unsure, of: location)
        let answer: HTTPResponse
        do throws(PublishError) {
            answer = try await server.send(.put, url, fields, bytes)
            if (400...499).contains(answer.status) { try await memory.remember(known, of: location) }
        } catch {
            if !error.mayHaveArrived { try await memory.remember(known, of: location) }
            throw error
        }
        if answer.status == 412 { throw server.lostRace(url) }
        guard answer.isSuccess else { throw server.refusal(answer, .put, url) }
        // RFC 4791 §5.3.4: a server that has rewritten the object gives no tag in its reply; the tag of what it holds is asked for.
        var tag = answer.strongTag
        if tag == nil { tag = try await server.send(.head, url, [("Accept-Encoding", "identity")]).strongTag }
        try await memory.remember(PublishedMark(entityTag: tag, digest: digest), of: location)
        return .written
    }

    /// Deletes what was published before; nil for what is none of ours.
    private func remove(_ name: String, _ tag: String) async throws(PublishError) -> Published? {
        let location = location(name)
        guard let known = try await memory.mark(of: location) else { return nil }
        let url = try server.url(location)
        guard known == .unsure || known.entityTag == tag else {
            // It is theirs now: said once.
            try await memory.remember(nil, of: location)
            throw server.lostRace(url)
        }
        let answer = try await server.send(.delete, url, [("If-Match", tag)])
        guard answer.isSuccess || answer.status == 404 || answer.status == 410 else {
            throw answer.status == 412 ? server.lostRace(url) : server.refusal(answer, .delete, url)
        }
        try await memory.remember(nil, of: location)
        return .removed
    }
}

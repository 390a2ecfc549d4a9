internal import FoundationEssentials
package import UsherCredentials
package import UsherModel
internal import UsherText
internal import UsherTransfer

/// A CalDAV collection (RFC 4791): one object for each event, named after its UID.
///
/// One REPORT lists the objects; only what has changed is written, and what is no longer wanted is deleted. Objects that
/// others created are never touched. Where someone else has changed one of ours, their version stays and each run reports
/// it. A missing collection is created.
package struct CollectionDestination: Destination {
    private let options: CollectionOptions
    private let prodID: String
    private let server: WebServer

    /// Fetches the secrets; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - options: The collection.
    ///   - prodID: The PRODID of our calendars: an object that carries it is ours even if the memory does not have it.
    ///   - secrets: The secrets that the options refer to.
    /// - Throws: ``PublishError`` where a secret is missing, or this machine has no memory or thread left.
    package init(_ options: CollectionOptions, prodID: String, secrets: SecretStore) async throws(PublishError) {
        (self.options, self.prodID) = (options, prodID)
        server = try await WebServer(options.web, secrets: secrets)
    }

    /// A server may rewrite the objects it stores (RFC 4791 §5.3.4).
    package let capabilities: Set<DestinationCapability> = [
        .replacesAtomically, .noticesForeignWrites, .writesConditionally, .remembers, .removes,
    ]

    /// One object after the other: many servers lock the collection for each write.
    package let width = 1

    package func label(of location: String) -> String { WebOptions.label(of: location) }

    package func examine(_ pattern: String) async -> Examination? { await server.examine(pattern, isCollection: true) }

    package func close() async { await server.close() }

    package func read(_ location: String) async throws(PublishError) -> [UInt8]? { try await server.read(location) }

    // MARK: The collection

    package func inventory() async throws(PublishError) -> Inventory? {
        let tags = try await listing().tags.map { (options.location(ofObject: $0.key), $0.value) }
        return Inventory(Dictionary(tags) { first, _ in first })
    }

    private func listing() async throws(PublishError) -> MultiStatus {
        let url = try server.url(options.web.pattern)
        var answer = try await query(url)
        if answer.status == 404 || answer.status == 409 {
            try await makeCollection(url)
            answer = try await query(url)
        }
        guard answer.status == 207, let listing = MultiStatus(answer.body) else {
            throw PublishError(
                .cannotWrite, location: "REPORT \(url.location)",
                problem: "the server answered \(answer.status), without a list of calendar objects",
                next: "Check that the URL is a calendar collection of a CalDAV server, not its start page")
        }
        return listing
    }

    /// RFC 4791 §7.8: the names and entity tags of all events.
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

    package func publish(
        _ artifact: Artifact, in inventory: Inventory?, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome {
        let upload = Upload(
            url: try server.url(artifact.location), artifact: artifact, digest: Digest.hex(ofBytes: artifact.bytes),
            remembered: try await memory.mark(of: artifact.location), memory: memory)
        guard let tag = inventory?.entityTags[artifact.location] else {
            return try await write(upload, ("If-None-Match", "*"))
        }
        if let remembered = upload.remembered, remembered.entityTag == tag, !tag.isEmpty {
            guard remembered.digest != upload.digest else { return .unchanged }
            return try await write(upload, ("If-Match", tag))
        }
        return try await resolve(upload)
    }

    private struct Upload {
        let url: HTTPURL
        let artifact: Artifact
        let digest: String
        let remembered: PublishedMark?
        let memory: any PublicationMemory
    }

    /// The server holds something other than what is remembered: replaces it only if it is ours.
    private func resolve(_ upload: Upload) async throws(PublishError) -> PublishOutcome {
        let answer = try await server.send(.get, upload.url, [("Accept-Encoding", "identity")])
        guard answer.status == 200 else { throw server.refusal(answer, .get, upload.url) }
        let tag = answer.strongTag
        let stored = Digest.hex(ofBytes: answer.body)
        if stored == upload.digest {
            let mark = PublishedMark(entityTag: tag, digest: upload.digest)
            if mark != upload.remembered { try await upload.memory.remember(mark, of: upload.artifact.location) }
            return .unchanged
        }
        // Not remembered, but written by this program: published under a ledger that was lost.
        let isOurs = upload.remembered.map { $0 == .unsure || $0.digest == stored } ?? hasOurProdID(answer.body)
        guard isOurs else { throw server.lostRace(upload.url) }
        return try await write(upload, tag.map { ("If-Match", $0) })
    }

    private func hasOurProdID(_ body: [UInt8]) -> Bool {
        String(decoding: body, as: UTF8.self).split(whereSeparator: \.isNewline).contains("PRODID:\(prodID)")
    }

    private func write(
        _ upload: Upload, _ condition: (String, String)?
    ) async throws(PublishError) -> PublishOutcome {
        let answer = try await server.put(
            upload.artifact, upload.url, condition.map { [$0] } ?? [], over: upload.remembered, memory: upload.memory)
        if answer.status == 412 { throw server.lostRace(upload.url) }
        guard answer.isSuccess else { throw server.refusal(answer, .put, upload.url) }
        // RFC 4791 §5.3.4: a server that has rewritten the object sends no tag in its reply, so it has to be asked for.
        var tag = answer.strongTag
        if tag == nil { tag = try await server.send(.head, upload.url, [("Accept-Encoding", "identity")]).strongTag }
        try await upload.memory.remember(
            PublishedMark(entityTag: tag, digest: upload.digest), of: upload.artifact.location)
        return .written
    }

    package func remove(
        _ location: String, in inventory: Inventory, memory: any PublicationMemory
    ) async throws(PublishError) -> PublishOutcome? {
        guard let tag = inventory.entityTags[location], let remembered = try await memory.mark(of: location) else {
            return nil
        }
        let url = try server.url(location)
        guard remembered == .unsure || remembered.entityTag == tag else {
            // Someone else has changed it, so it is theirs from now on; the error tells them once.
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
